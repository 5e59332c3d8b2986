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

  @Test func wrappersAreGivenBackAndShownAsWhatTheyWrap() {
    expectGivenBack(AccountID(rawValue: -7), beside: AccountID(rawValue: 7), named: "-7")
    expectGivenBack(Region(rawValue: "münster"), beside: Region(rawValue: "x"), named: "münster")
    expectGivenBack(Resource.disk, beside: .network)
    expectGivenBack(Lane.slow, beside: .fast, named: "slow")
    expectGivenBack(LooseName(rawValue: "Anna"), beside: LooseName(rawValue: "Bea"), named: "Anna")
    expectGivenBack(Told(rawValue: 4), beside: Told(rawValue: 5), named: "number 4")
    expectGivenBack(true, beside: false)
    expectGivenBack(Data([1, 10]), beside: Data(), named: "0x010a")
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
      beside: LockKeyPair(AccountID(rawValue: -1), Resource.network), named: "-1/disk")
    expectGivenBack(LockKeyPair(true, Data([2])), beside: LockKeyPair(false, Data([2])))
    let uuid = UUID()
    expectGivenBack(
      LockKeyPair(7, uuid, "a"), beside: LockKeyPair(7, uuid, "b"), named: "7/\(uuid)/a")
    expectGivenBack(
      LockKeyPair(String(repeating: "a", count: 500), 1), beside: LockKeyPair("", 1),
      named: String(repeating: "a", count: 128) + "… (500 bytes)/1")
  }

  @Test func keysThatSwiftComparesAreGivenBack() {
    expectGivenBack(Place.room("kitchen", floor: 1), beside: .nowhere)
    expectGivenBack(Colliding("a"), beside: Colliding("b"))
    expectGivenBack(Node(1), beside: Node(2))
    expectGivenBack([1, 2], beside: [])
    expectGivenBack(1.5, beside: -1.5)
  }

  @Test func aKeyThatCanBeMadeOfItsIdentityIsGivenBack() {
    expectGivenBack(
      Seat(row: 3, name: "Jörg"), beside: Seat(row: 3, name: "Bea"), named: "3/Jörg")
    expectGivenBack(
      Bench(seat: Seat(row: 1, name: "a")), beside: Bench(seat: Seat(row: 2, name: "")),
      named: "1/a")
    expectGivenBack(
      LockKeyPair(Seat(row: 3, name: "/"), true),
      beside: LockKeyPair(Seat(row: 3, name: "/"), false),
      named: #"3/"/"/true"#)
    expectGivenBack(Stored(lockIdentity: 4), beside: Stored(lockIdentity: 5), named: "4")
    expectGivenBack(Folded(rawValue: "Anna"), beside: Folded(rawValue: "Bea"), named: "anna")
  }

  @Test func aKeyWithAnIdentityOfItsOwnIsShownByItsParts() {
    expectName("anna", of: FoldedName(name: "Anna"))
    expectName("-4/bea", of: TenantUser(tenant: -4, user: "bea"))
    expectName("7/ü", of: Desk(owner: TenantUser(tenant: 7, user: "ü")))
    expectName("-5", of: Leaf(-5))
  }

  @Test func aPairWithSuchAPartIsShownByItsParts() {
    expectName("anna/1", of: LockKeyPair(FoldedName(name: "Anna"), 1))
    expectName(
      #"1/7/"a/b"/true"#, of: LockKeyPair(1, TenantUser(tenant: 7, user: "a/b"), true))
    expectName("2/0x0102", of: LockKeyPair(2, Packed(bytes: [1, 2])))
  }

  /// It would be another key than the one that is held.
  @Test func aKeyWithAnotherIdentityIsNotGivenBack() {
    expectName("4", of: Slot(rawValue: 42))
    expectName("1", of: Refused(number: 1))
  }
}

/// An identity that has one of its own.
private struct Desk: LockKey {
  var owner: TenantUser
  var lockIdentity: TenantUser { owner }
}

private struct Seat: LockKey {
  var row: Int
  var name: String
  var lockIdentity: LockKeyPair<Int, String> { LockKeyPair(row, name) }
}

extension Seat {
  init(lockIdentity: LockKeyPair<Int, String>) {
    self.init(row: lockIdentity.first, name: lockIdentity.second)
  }
}

/// Made of a key that is made.
private struct Bench: LockKey {
  var seat: Seat
  var lockIdentity: Seat { seat }
}

extension Bench {
  init?(lockIdentity: Seat) { self.init(seat: lockIdentity) }
}

private struct Stored: LockKey {
  var lockIdentity: Int
}

private struct Packed: LockKey {
  var bytes: [UInt8]
  var lockIdentity: [UInt8] { bytes }
}

private enum Lane: Int, LockKey {
  case slow = 3
  case fast = 7
}

private struct Told: RawRepresentable, LockKey, CustomStringConvertible {
  var rawValue: Int
  var description: String { "number \(rawValue)" }
}

/// Its raw value is not its identity, but makes a key that has it.
private struct Folded: RawRepresentable, LockKey {
  var rawValue: String
  var lockIdentity: String { rawValue.lowercased() }
  static func == (left: Self, right: Self) -> Bool { left.lockIdentity == right.lockIdentity }
  func hash(into hasher: inout Hasher) { hasher.combine(lockIdentity) }
}

/// Its raw value makes a key that has another identity.
private struct Slot: RawRepresentable, LockKey {
  var rawValue: Int
  var lockIdentity: Int { rawValue / 10 }
  static func == (left: Self, right: Self) -> Bool { left.lockIdentity == right.lockIdentity }
  func hash(into hasher: inout Hasher) { hasher.combine(lockIdentity) }
}

private struct Refused: LockKey {
  var number: Int
  var lockIdentity: Int { number }
}

extension Refused {
  init?(lockIdentity: Int) { return nil }
}
