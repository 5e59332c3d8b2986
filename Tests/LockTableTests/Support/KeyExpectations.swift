import LockTable
import Testing

/// Expects that two keys are one to every way into a table.
func expectOneKey<Key: Hashable & Sendable>(
  _ left: Key, _ right: Key, sourceLocation: SourceLocation = #_sourceLocation
) {
  for table in [LockTable<Key>(), LockTable<Key>(configuration: .init(stripeCount: 1))] {
    #expect(
      meet(left, right, in: table) && meet(right, left, in: table),
      "\(left) and \(right) are to be one key", sourceLocation: sourceLocation)
    #expect(table.acquire(all: [left, right]).count == 1, sourceLocation: sourceLocation)
    #expect(table.isEmpty, sourceLocation: sourceLocation)
  }
}

/// Expects that two keys have nothing to do with each other.
func expectTwoKeys<Key: Hashable & Sendable>(
  _ left: Key, _ right: Key, sourceLocation: SourceLocation = #_sourceLocation
) {
  for table in [LockTable<Key>(), LockTable<Key>(configuration: .init(stripeCount: 1))] {
    #expect(
      areStrangers(left, right, in: table) && areStrangers(right, left, in: table),
      "\(left) and \(right) are to be two keys", sourceLocation: sourceLocation)
    #expect(table.acquire(all: [left, right]).count == 2, sourceLocation: sourceLocation)
    #expect(table.isEmpty, sourceLocation: sourceLocation)
  }
}

/// While one is held, is the other held in every respect?
func meet<Key>(_ held: Key, _ asked: Key, in table: LockTable<Key>) -> Bool {
  table.withLock(held) {
    table.isLocked(asked)
      && table.withLockIfAvailable(asked) {} == nil
      && table.acquireIfAvailable(asked) == nil
      && table.withLockIfAvailable(all: [asked]) {} == nil
      && (try? table.withLock(asked, timeout: .zero) {}) == nil
      && table.count == 1
  }
}

/// While one is held, is the other free in every respect?
func areStrangers<Key>(_ held: Key, _ asked: Key, in table: LockTable<Key>) -> Bool {
  table.withLock(held) {
    !table.isLocked(asked)
      && table.withLockIfAvailable(asked) { table.count } == 2
      && table.withLock(asked) { table.isLocked(asked) }
      && table.withLockIfAvailable(all: [asked]) { table.count } == 2
      && table.count == 1
  }
}
