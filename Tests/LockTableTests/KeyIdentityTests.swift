import Foundation
import LockTable
import LockTableFoundation
import Testing

/// Keys that are `==` are one key, and no others are: by each of the ways that a key can take.
@Suite(.watched) struct KeyIdentityTests {
  private func expectIntegersToBeThemselves<Key: FixedWidthInteger & LockKey>(_: Key.Type) {
    let samples = Set<Key>([.min, .min + 1, 0, 1, .max - 1, .max, Key(truncatingIfNeeded: -1)])
    for left in samples {
      for right in samples {
        left == right ? expectOneKey(left, right) : expectTwoKeys(left, right)
      }
    }
  }

  @Test func integersOfEachWidth() {
    expectIntegersToBeThemselves(Int.self)
    expectIntegersToBeThemselves(Int8.self)
    expectIntegersToBeThemselves(Int16.self)
    expectIntegersToBeThemselves(Int32.self)
    expectIntegersToBeThemselves(Int64.self)
    expectIntegersToBeThemselves(UInt.self)
    expectIntegersToBeThemselves(UInt8.self)
    expectIntegersToBeThemselves(UInt16.self)
    expectIntegersToBeThemselves(UInt32.self)
    expectIntegersToBeThemselves(UInt64.self)
  }

  @Test func allSmallIntegersAreDifferentKeys() {
    let bytes = LockTable<UInt8>(configuration: .init(stripeCount: 1))
    #expect(bytes.withLock(all: UInt8.min...UInt8.max) { bytes.count } == 256)
    let words = LockTable<Int16>()
    #expect(words.withLock(all: Int16.min...Int16.max) { words.count } == 65536)
    #expect(bytes.isEmpty && words.isEmpty)
  }

  @Test func strings() {
    expectOneKey("account-42", "account-" + String(42))
    expectOneKey("", String())
    expectTwoKeys("", "\0")
    expectTwoKeys("\0", "\0\0")
    expectTwoKeys("a", "a\0")
    expectTwoKeys("a\0b", "a\0c")
    expectTwoKeys("a", "A")
    expectTwoKeys("a", " a")
  }

  /// Around the length at which the core stops to keep a key in place, and those at which its hash
  /// changes its step.
  @Test(arguments: [1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000])
  func keysOfEachLength(length: Int) {
    let key = String(repeating: "k", count: length)
    expectOneKey(key, String(Array(key)))
    expectTwoKeys(key, key + "k")
    expectTwoKeys(key, String(key.dropLast()) + "j")
    expectTwoKeys(key, "j" + key.dropFirst())

    let bytes = [UInt8](repeating: 0, count: length)
    expectOneKey(bytes, Array(bytes))
    expectTwoKeys(bytes, bytes + [0])
    expectTwoKeys(bytes, bytes.dropLast() + [1])
    expectTwoKeys(bytes, [255] + bytes.dropFirst())
  }

  @Test func aKeyOfAMegabyte() {
    let key = String(repeating: "0123456789abcdef", count: 1 << 16)
    expectOneKey(key, String(Array(key.utf8).map { Character(UnicodeScalar($0)) }))
    expectTwoKeys(key, String(key.dropLast()) + "g")
    let bytes = Array(key.utf8)
    expectTwoKeys(bytes, [0] + bytes.dropFirst())
  }

  @Test func substringsAreTheirText() {
    let text = "tenant/account/42"
    let parts = text.split(separator: "/")
    expectOneKey(parts[1], Substring("account"))
    expectTwoKeys(parts[0], parts[1])
    expectOneKey(text.dropFirst(3).dropFirst(2), text.dropFirst(5))
    expectOneKey("cafe\u{301}s".dropLast(1), "cafés".dropLast(1))
  }

  @Test func bridgedStringsAreTheirText() {
    let bridged = NSString(string: "account-é-42") as String
    expectOneKey(bridged, "account-é-42")
    expectOneKey(bridged, "account-e\u{301}-42")
    let long = NSMutableString(string: String(repeating: "long ", count: 40)) as String
    expectOneKey(long, String(repeating: "long ", count: 40))
  }

  @Test func bytes() {
    expectOneKey([UInt8](), [])
    expectTwoKeys([], [UInt8(0)])
    expectTwoKeys([0], [UInt8(0), 0])
    expectOneKey([0xff, 0, 0x80], [UInt8(0xff), 0, 0x80])
    expectTwoKeys([0xc3, 0xa9], Array("e\u{301}".utf8))
  }

  @Test func theTableKeepsItsOwnCopyOfAKey() {
    for length in [10, 100] {
      let locks = LockTable<[UInt8]>()
      var key = [UInt8](repeating: 1, count: length)
      let before = key
      let held = locks.acquire(key)
      for index in key.indices {
        key[index] = 2
      }
      #expect(locks.isLocked(before))
      #expect(!locks.isLocked(key))
      held.release()
    }
  }

  @Test func uuids() throws {
    let first = UUID()
    expectOneKey(first, try #require(UUID(uuidString: first.uuidString)))
    for index in 0..<16 {
      var bytes = first.uuid
      withUnsafeMutableBytes(of: &bytes) { $0[index] ^= 0x80 }
      expectTwoKeys(first, UUID(uuid: bytes))
    }
    expectTwoKeys(UUID(), UUID())
  }

  @Test func wrappersAreTheirRawValue() {
    expectOneKey(AccountID(rawValue: .min), AccountID(rawValue: .min))
    expectTwoKeys(AccountID(rawValue: 1), AccountID(rawValue: -1))
    expectOneKey(Region(rawValue: "caf\u{e9}"), Region(rawValue: "cafe\u{301}"))
    expectTwoKeys(Region(rawValue: "eu"), Region(rawValue: "us"))
    expectOneKey(Resource.disk, .disk)
    expectTwoKeys(Resource.disk, .network)
  }

  @Test func anIdentityMayBeLooserThanTheValue() {
    expectOneKey(FoldedName(name: "Ada"), FoldedName(name: "ADA"))
    expectTwoKeys(FoldedName(name: "Ada"), FoldedName(name: "Bob"))
  }

  @Test func composedKeys() {
    expectOneKey(TenantUser(tenant: 1, user: "é"), TenantUser(tenant: 1, user: "e\u{301}"))
    expectTwoKeys(TenantUser(tenant: 1, user: "a"), TenantUser(tenant: 2, user: "a"))
    expectTwoKeys(TenantUser(tenant: 1, user: "a"), TenantUser(tenant: 1, user: "b"))
  }

  @Test func pairs() {
    expectOneKey(LockKeyPair("ab", "c"), LockKeyPair("ab", "c"))
    expectTwoKeys(LockKeyPair("ab", "c"), LockKeyPair("a", "bc"))
    expectTwoKeys(LockKeyPair("", "ab"), LockKeyPair("ab", ""))
    expectOneKey(LockKeyPair("", ""), LockKeyPair("", ""))
    expectTwoKeys(LockKeyPair("a\0", "b"), LockKeyPair("a", "\0b"))
    expectOneKey(LockKeyPair("\u{212a}", "\u{e9}"), LockKeyPair("K", "e\u{301}"))
    expectTwoKeys(LockKeyPair(1, 2), LockKeyPair(2, 1))
    expectOneKey(LockKeyPair(Int.min, Int.max), LockKeyPair(Int.min, Int.max))
    expectTwoKeys(LockKeyPair(Int8(-1), "a"), LockKeyPair(Int8(1), "a"))
    expectTwoKeys(LockKeyPair("a", 1), LockKeyPair("a", 2))
    expectTwoKeys(LockKeyPair([UInt8(1)], [2]), LockKeyPair([UInt8(1), 2], []))
    let long = String(repeating: "long", count: 1000)
    expectOneKey(LockKeyPair(long, long), LockKeyPair(long + "", long))
    expectTwoKeys(LockKeyPair(long, long), LockKeyPair(long + "l", String(long.dropFirst())))
  }

  @Test func pairsNest() {
    let key = LockKeyPair(LockKeyPair("a", "b"), LockKeyPair(1, LockKeyPair("c", [UInt8(2)])))
    expectOneKey(key, key)
    var other = key
    other.second.second.second = [3]
    expectTwoKeys(key, other)
    other = key
    other.first.first = "ab"
    other.first.second = ""
    expectTwoKeys(key, other)
    expectTwoKeys(
      LockKeyPair("a", LockKeyPair("b", "c")), LockKeyPair("ab", LockKeyPair("", "c")))
    expectTwoKeys(LockKeyPair(LockKeyPair(1, 2), 3), LockKeyPair(LockKeyPair(1, 3), 2))
  }

  @Test func characters() {
    expectOneKey(Character("é"), Character("e\u{301}"))
    expectTwoKeys(Character("e"), Character("é"))
  }

  @Test func floatingPointNumbers() {
    expectOneKey(-0.0, 0.0)
    expectTwoKeys(1.0, 1.0.nextUp)
    expectOneKey(Float.infinity, .infinity)
    expectTwoKeys(Float.infinity, -.infinity)
  }

  /// Not equal to itself, NaN is another key each time it is acquired.
  @Test func notANumberEqualsNoKey() {
    let locks = LockTable<Double>()
    locks.withLock(.nan) {
      #expect(!locks.isLocked(.nan))
      #expect(locks.withLock(.nan) { locks.count } == 2)
      #expect(locks.withLockIfAvailable(all: [.nan, 1, .nan]) { locks.count } == 4)
    }
    #expect(locks.isEmpty)
  }

  @Test func wideIntegers() {
    expectOneKey(Int128.min, Int128.min)
    expectTwoKeys(Int128(1), Int128(1) << 64)
    expectTwoKeys(UInt128.max, UInt128.max - 1)
  }

  @Test func enumerationsWithPayload() {
    expectOneKey(Place.nowhere, .nowhere)
    expectOneKey(Place.room("é", floor: 1), .room("e\u{301}", floor: 1))
    expectTwoKeys(Place.room("a", floor: 1), .room("a", floor: 2))
    expectTwoKeys(Place.shelf(0), .nowhere)
  }

  @Test func customEqualityDecides() {
    expectOneKey(LooseName(rawValue: "Ada"), LooseName(rawValue: "aDA"))
    expectTwoKeys(LooseName(rawValue: "Ada"), LooseName(rawValue: "Bob"))
  }

  @Test func collectionsOfKeys() {
    expectOneKey(["a", "b"], ["a", "b"])
    expectTwoKeys(["a", "b"], ["ab"])
    expectOneKey(Set([1, 2, 3]), Set([3, 2, 1]))
    expectTwoKeys([1: "a"], [1: "b"])
  }

  @Test func keysOfOneHashAreDifferent() {
    expectOneKey(Colliding(1), Colliding(1))
    expectTwoKeys(Colliding(1), Colliding(2))
    expectOneKey(Colliding("é"), Colliding("e\u{301}"))
    let locks = LockTable<Colliding<Int>>()
    #expect(locks.withLock(all: (0..<300).map(Colliding.init)) { locks.count } == 300)
    #expect(locks.isEmpty)
  }

  // In processes of their own: a key that is taken for another kind ends the process.

  @Test func optionalKeys() async {
    await #expect(processExitsWith: .success) {
      requireDifferentKeys([5, nil, 0, 6, .min] as [Int?])
      requireDifferentKeys(["a", nil, "", "b"] as [String?])
      requireDifferentKeys([[1], nil, []] as [[UInt8]?])
      requireDifferentKeys([.some(nil), nil, .some(.some(1))] as [Int??])
    }
  }

  @Test func objectsOfASubclassWithAnIdentity() async {
    await #expect(processExitsWith: .success) {
      requireDifferentKeys([Leaf(1), Node(2), Leaf(3)])
      requireOneKey(Leaf(1), Node(1))
      requireOneKey(Node(1), Leaf(1))
    }
  }
}

private func requireDifferentKeys<Key>(_ keys: [Key], in locks: LockTable<Key> = LockTable()) {
  for (index, key) in keys.enumerated() {
    precondition(meet(key, key, in: locks))
    for other in keys[..<index] {
      precondition(areStrangers(key, other, in: locks))
    }
  }
}

private func requireOneKey<Key: Hashable & Sendable>(_ left: Key, _ right: Key) {
  precondition(meet(left, right, in: LockTable()))
}
