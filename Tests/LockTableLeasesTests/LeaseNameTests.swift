import LockTable
import LockTableLeases
import Testing

struct LeaseNameTests {
  @Test func aNameIsPrintableASCII() {
    #expect(LeaseName(namespace: "orders", key: "account-42")?.text == "orders/account-42")
    #expect(
      LeaseName(namespace: "a/b", key: "Zürich/100%,\n")?.text == "a%2Fb/Z%C3%BCrich%2F100%25%2C%0A"
    )
    #expect(LeaseName(namespace: "n", key: -7)?.text == "n/-7")
    #expect(LeaseName(namespace: "n", key: UInt64.max)?.text == "n/18446744073709551615")
    #expect(LeaseName(namespace: "n", key: [UInt8]([0, 255]))?.text == "n/00FF")
    #expect(LeaseName(namespace: "n", key: "")?.text == "n/%")
    #expect(LeaseName(namespace: "n", key: LockKeyPair(7, "a,b"))?.text == "n/7,a%2Cb")
    #expect(LeaseName(namespace: "n", key: true)?.text == "n/1")
  }

  @Test func textsThatAreEqualHaveOneName() {
    #expect(LeaseName(namespace: "n", key: "\u{fc}") == LeaseName(namespace: "n", key: "u\u{308}"))
  }

  @Test func aNameIsReadFromItsText() {
    let name = LeaseName(namespace: "a b", key: LockKeyPair("x/y", "%"))
    #expect(name.flatMap { LeaseName($0.text) } == name)
    #expect(
      LeaseName("no namespace") == nil && LeaseName("a/b/c") == nil && LeaseName("a/ü") == nil)
  }

  @Test func aLongNameIsRefused() {
    let most = LeaseName.maximumLength - 2
    #expect(LeaseName(namespace: "n", key: String(repeating: "k", count: most)) != nil)
    #expect(LeaseName(namespace: "n", key: String(repeating: "k", count: most + 1)) == nil)
    #expect(LeaseName(namespace: String(repeating: "n", count: 49), key: 1) == nil)
  }

  @Test func anOwnerIsReadFromItsText() {
    let owner = LeaseOwner(
      process: LeaseProcess(
        id: "3f2a96c0d1e4b875", host: "web-3", number: 4711, started: 1_764_489_600),
      serial: 17)
    #expect(owner.text == "3f2a96c0d1e4b875/17/web-3:4711:1764489600")
    #expect(LeaseOwner(owner.text) == owner)
    #expect(LeaseOwner("") == nil && LeaseOwner("a/b/c") == nil && LeaseOwner("a/1/b:c:d") == nil)
  }
}
