import Foundation
import LockTable
import LockTableFoundation
import Testing

// A table has one way to identify its keys, whatever the code that calls it knows of their type.

@inline(never)
@_optimize(none)
private func genericHold<Key: Hashable & Sendable>(
  _ locks: LockTable<Key>, _ key: Key, _ body: () -> Void
) {
  locks.withLock(key, body)
}

@inline(never)
@_optimize(none)
private func genericIsTaken<Key: Hashable & Sendable>(
  _ locks: LockTable<Key>, _ key: Key
) -> Bool {
  locks.isLocked(key) && locks.acquireIfAvailable(key) == nil
    && locks.acquireIfAvailable(all: [key]) == nil
}

@inline(never)
@_optimize(none)
private func lockKeyHold<Key: LockKey>(
  _ locks: LockTable<Key>, _ key: Key, _ body: () -> Void
) {
  locks.withLock(key, body)
}

@inline(never)
@_optimize(none)
private func lockKeyIsTaken<Key: LockKey>(_ locks: LockTable<Key>, _ key: Key) -> Bool {
  locks.isLocked(key) && locks.acquireIfAvailable(key) == nil
    && locks.acquireIfAvailable(all: [key]) == nil
}

/// Knows the type only as what it conforms to.
private protocol Service {
  associatedtype Key: Hashable & Sendable
  var locks: LockTable<Key> { get }
}

extension Service {
  @inline(never)
  @_optimize(none)
  func hold(_ key: Key, _ body: () -> Void) {
    let held = locks.acquire(key)
    body()
    held.release()
  }

  @inline(never)
  @_optimize(none)
  func isTaken(_ key: Key) -> Bool {
    locks.withLockIfAvailable(key) {} == nil
      && (try? locks.acquire(key, timeout: .zero).release()) == nil
  }
}

private struct ServiceOf<Key: Hashable & Sendable>: Service {
  let locks: LockTable<Key>
}

private typealias Hold<Key> = (Key, () -> Void) -> Void
private typealias IsTaken<Key> = (Key) -> Bool

@Suite(.watched) struct SpecialisationTests {
  private func expectOneKeyForAllCode<Key: Hashable & Sendable>(
    _ key: Key, in locks: LockTable<Key>, holds: [Hold<Key>], checks: [IsTaken<Key>],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let service = ServiceOf(locks: locks)
    let holds = holds + [{ genericHold(locks, $0, $1) }, service.hold]
    let checks = checks + [{ genericIsTaken(locks, $0) }, service.isTaken]
    for (holder, hold) in holds.enumerated() {
      hold(key) {
        for (checker, check) in checks.enumerated() {
          #expect(
            check(key), "way \(holder) holds, way \(checker) sees it free",
            sourceLocation: sourceLocation)
        }
      }
      #expect(locks.isEmpty, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [0, 1, -1, Int.min, .max]) func integers(key: Int) {
    let locks = LockTable<Int>()
    expectOneKeyForAllCode(
      key, in: locks,
      holds: [{ locks.withLock($0, $1) }, { lockKeyHold(locks, $0, $1) }],
      checks: [
        { locks.isLocked($0) && locks.acquireIfAvailable($0) == nil },
        { lockKeyIsTaken(locks, $0) },
      ])
  }

  @Test(arguments: [UInt8.min, 7, .max]) func narrowIntegers(key: UInt8) {
    let locks = LockTable<UInt8>()
    expectOneKeyForAllCode(
      key, in: locks,
      holds: [{ locks.withLock($0, $1) }, { lockKeyHold(locks, $0, $1) }],
      checks: [
        { locks.isLocked($0) && locks.acquireIfAvailable($0) == nil },
        { lockKeyIsTaken(locks, $0) },
      ])
  }

  @Test(arguments: [
    "", "a", "account-42", "caf\u{e9}", "cafe\u{301}", "\u{212a}",
    String(repeating: "long", count: 40), String(repeating: "\u{e9}", count: 40),
  ])
  func texts(key: String) {
    let locks = LockTable<String>()
    expectOneKeyForAllCode(
      key, in: locks,
      holds: [{ locks.withLock($0, $1) }, { lockKeyHold(locks, $0, $1) }],
      checks: [
        { locks.isLocked($0) && locks.acquireIfAvailable($0) == nil },
        { lockKeyIsTaken(locks, $0) },
      ])
    let parts = LockTable<Substring>()
    expectOneKeyForAllCode(
      Substring(key), in: parts,
      holds: [{ parts.withLock($0, $1) }, { lockKeyHold(parts, $0, $1) }],
      checks: [
        { parts.isLocked($0) && parts.acquireIfAvailable($0) == nil },
        { lockKeyIsTaken(parts, $0) },
      ])
  }

  @Test func bytesAndComposedKeys() {
    let bytes = LockTable<[UInt8]>()
    expectOneKeyForAllCode(
      [0, 255], in: bytes,
      holds: [{ bytes.withLock($0, $1) }, { lockKeyHold(bytes, $0, $1) }],
      checks: [{ bytes.isLocked($0) }, { lockKeyIsTaken(bytes, $0) }])
    let uuids = LockTable<UUID>()
    expectOneKeyForAllCode(
      UUID(), in: uuids,
      holds: [{ uuids.withLock($0, $1) }, { lockKeyHold(uuids, $0, $1) }],
      checks: [{ uuids.isLocked($0) }, { lockKeyIsTaken(uuids, $0) }])
    let accounts = LockTable<AccountID>()
    expectOneKeyForAllCode(
      AccountID(rawValue: -3), in: accounts,
      holds: [{ accounts.withLock($0, $1) }, { lockKeyHold(accounts, $0, $1) }],
      checks: [{ accounts.isLocked($0) }, { lockKeyIsTaken(accounts, $0) }])
    let users = LockTable<TenantUser>()
    expectOneKeyForAllCode(
      TenantUser(tenant: 4, user: "\u{e9}"), in: users,
      holds: [{ users.withLock($0, $1) }, { lockKeyHold(users, $0, $1) }],
      checks: [{ users.isLocked($0) }, { lockKeyIsTaken(users, $0) }])
  }

  @Test func keysThatSwiftCompares() {
    let characters = LockTable<Character>()
    expectOneKeyForAllCode(
      "\u{e9}", in: characters, holds: [{ characters.withLock($0, $1) }],
      checks: [{ characters.isLocked($0) }])
    let places = LockTable<Place>()
    expectOneKeyForAllCode(
      .room("a", floor: 1), in: places, holds: [{ places.withLock($0, $1) }],
      checks: [{ places.isLocked($0) }])
    let names = LockTable<LooseName>()
    expectOneKeyForAllCode(
      LooseName(rawValue: "a"), in: names, holds: [{ names.withLock($0, $1) }],
      checks: [{ names.isLocked($0) }])
  }

  @Test func anEqualKeyInAnotherSpellingIsSeenByAll() {
    let locks = LockTable<String>()
    genericHold(locks, "e\u{301}") {
      #expect(locks.isLocked("\u{e9}"))
      #expect(lockKeyIsTaken(locks, "\u{e9}"))
      #expect(ServiceOf(locks: locks).isTaken("\u{e9}"))
    }
    lockKeyHold(locks, "\u{212a}") {
      #expect(locks.isLocked("K"))
      #expect(genericIsTaken(locks, "K"))
    }
    locks.withLock("K") {
      #expect(genericIsTaken(locks, "\u{212a}"))
      #expect(lockKeyIsTaken(locks, "\u{212a}"))
    }
    #expect(locks.isEmpty)
  }
}
