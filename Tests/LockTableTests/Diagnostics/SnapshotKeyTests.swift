import Foundation
import LockTable
import LockTableFoundation
import Testing

/// Expects that a snapshot shows a held key as what it is, alone and beside another.
// Not optimised, as all that depends on the kind of key is done by the library.
@_optimize(none)
private func expectGivenBack<Key: Hashable & Sendable>(
  _ key: Key, beside other: Key, named name: String? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let tables = [
    LockTable<Key>(), .diagnosed(), .diagnosed(stripeCount: 1),
    LockTable<Key>(configuration: .init(fairness: .fifo, stripeCount: 1)),
  ]
  for locks in tables {
    locks.withLock(key) {
      let keys = locks.snapshot().keys
      #expect(keys.map(\.key) == [key], sourceLocation: sourceLocation)
      #expect(
        keys.map(\.name) == [name ?? String(describing: key)], sourceLocation: sourceLocation)
      locks.withLock(other) {
        #expect(
          Set(locks.snapshot().keys.map(\.key)) == [key, other], sourceLocation: sourceLocation)
      }
    }
    #expect(locks.snapshot().keys.isEmpty && locks.isEmpty, sourceLocation: sourceLocation)
  }
}

/// Expects that it shows words for the key, which it can't make again.
// Not optimised, as all that depends on the kind of key is done by the library.
@_optimize(none)
private func expectName<Key: Hashable & Sendable>(
  _ name: String, of key: Key, sourceLocation: SourceLocation = #_sourceLocation
) {
  let locks = LockTable<Key>()
  let entry = locks.withLock(key) { locks.snapshot().keys.first }
  #expect(entry != nil && entry?.key == nil, sourceLocation: sourceLocation)
  #expect(entry?.name == name, sourceLocation: sourceLocation)
}

@Suite(.watched) struct SnapshotKeyTests {
  @Test func integersAreGivenBack() {
    expectGivenBack(0, beside: 1)
    expectGivenBack(-1, beside: 1)
    expectGivenBack(Int.min, beside: .max)
    expectGivenBack(Int8.min, beside: .max)
    expectGivenBack(Int16(-300), beside: 300)
    expectGivenBack(Int32.min, beside: -1)
    expectGivenBack(Int64(-1) << 40, beside: 0)
    expectGivenBack(UInt.max, beside: 0)
    expectGivenBack(UInt8.max, beside: 0)
    expectGivenBack(UInt16.max, beside: 0)
    expectGivenBack(UInt32.max, beside: 0)
    expectGivenBack(UInt64.max, beside: 1 << 63)
    var dice = Dice(1)
    for _ in 0..<100 {
      expectGivenBack(Int.random(in: .min ... .max, using: &dice), beside: 0)
    }
  }

  @Test func textIsGivenBack() {
    expectGivenBack("account-42", beside: "account-43")
    expectGivenBack("", beside: " ")
    expectGivenBack("a\0b", beside: "a", named: #"a\0b"#)
    expectGivenBack("größe", beside: "groesse")
    expectGivenBack("e\u{301}te\u{301}", beside: "ete")
    expectGivenBack(
      String(repeating: "long-", count: 40), beside: "short",
      named: String(repeating: "long-", count: 25) + "lon… (200 bytes)")
    expectGivenBack(String(repeating: "e\u{301}", count: 100), beside: "👩‍👩‍👧‍👦")
    expectGivenBack("account-42".dropFirst(8), beside: "account-42".dropLast(3))
    expectGivenBack("größe".dropFirst(2), beside: "x")
  }

  @Test func decomposedTextIsGivenBackComposed() {
    let locks = LockTable<String>()
    let entry = locks.withLock("e\u{301}") { locks.snapshot().keys.first }
    #expect(entry?.key == "e\u{301}" && entry?.key == "é")
    #expect(entry?.key.map { Array($0.utf8) } == Array("\u{e9}".utf8))
  }

  @Test func bytesAreGivenBack() {
    expectGivenBack([UInt8]([1, 0, 255]), beside: [], named: "0x0100ff")
    expectGivenBack([UInt8](), beside: [0], named: "0x")
    expectGivenBack(
      [UInt8](repeating: 7, count: 64), beside: [UInt8](repeating: 7, count: 65),
      named: "0x" + String(repeating: "07", count: 64))
    expectGivenBack(
      [UInt8](repeating: 7, count: 65), beside: [UInt8](repeating: 7, count: 64),
      named: "0x" + String(repeating: "07", count: 64) + "… (65 bytes)")
  }

  @Test func wrappersAreGivenBack() {
    expectGivenBack(AccountID(rawValue: -7), beside: AccountID(rawValue: 7))
    expectGivenBack(Region(rawValue: "münster"), beside: Region(rawValue: "x"))
    expectGivenBack(Resource.disk, beside: .network)
    for _ in 0..<10 {
      expectGivenBack(UUID(), beside: UUID())
    }
  }

  @Test func pairsAreGivenBack() {
    expectGivenBack(LockKeyPair(1, 2), beside: LockKeyPair(2, 1))
    expectGivenBack(LockKeyPair(Int32(-1), UInt8(255)), beside: LockKeyPair(-1, 0))
    expectGivenBack(LockKeyPair("ab", "c"), beside: LockKeyPair("a", "bc"))
    expectGivenBack(LockKeyPair("", ""), beside: LockKeyPair("", "x"))
    expectGivenBack(LockKeyPair(-3, "über"), beside: LockKeyPair(3, "über"))
    expectGivenBack(LockKeyPair("e\u{301}", -3), beside: LockKeyPair("e", -3))
    expectGivenBack(
      LockKeyPair(LockKeyPair("a", Int16(-2)), LockKeyPair([UInt8](), "ü")),
      beside: LockKeyPair(LockKeyPair("a", Int16(-2)), LockKeyPair([0], "ü")))
    expectGivenBack(
      LockKeyPair(LockKeyPair(1, 2), 3), beside: LockKeyPair(LockKeyPair(1, 3), 2))
    expectGivenBack(
      LockKeyPair(AccountID(rawValue: -1), Resource.disk),
      beside: LockKeyPair(AccountID(rawValue: -1), Resource.network))
    expectGivenBack(
      LockKeyPair(String(repeating: "a", count: 500), 1), beside: LockKeyPair("", 1),
      named: "(\"" + String(repeating: "a", count: 128) + "… (500 bytes)\", 1)")
  }

  @Test func keysThatSwiftComparesAreGivenBack() {
    expectGivenBack(Place.room("kitchen", floor: 1), beside: .nowhere)
    expectGivenBack(Colliding("a"), beside: Colliding("b"))
    expectGivenBack(LooseName(rawValue: "Anna"), beside: LooseName(rawValue: "Bea"))
    expectGivenBack(Node(1), beside: Node(2))
    expectGivenBack([1, 2], beside: [])
    expectGivenBack(1.5, beside: -1.5)
  }

  @Test func aKeyWithAnIdentityOfItsOwnIsShownByName() {
    expectName("anna", of: FoldedName(name: "Anna"))
    expectName(
      String(describing: LockKeyPair<Int32, String>(-4, "bea")),
      of: TenantUser(tenant: -4, user: "bea"))
    expectName(
      String(describing: LockKeyPair<Int32, String>(7, "ü")),
      of: Desk(owner: TenantUser(tenant: 7, user: "ü")))
    expectName("-5", of: Leaf(-5))
  }

  /// A pair can't be had if a part can't.
  @Test func aPairWithAnIdentityInItHasAName() throws {
    let key = LockKeyPair(FoldedName(name: "Anna"), 1)
    let locks = LockTable<LockKeyPair<FoldedName, Int>>()
    let entry = try #require(locks.withLock(key) { locks.snapshot().keys.first })
    #expect(entry.key == nil)
    #expect(!entry.name.isEmpty)
  }
}

/// An identity that has one of its own.
private struct Desk: LockKey {
  var owner: TenantUser
  var lockIdentity: TenantUser { owner }
}
