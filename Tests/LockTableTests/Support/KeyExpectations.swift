import LockTable
import Testing

/// Expects that two keys are one to every way into a table.
func expectOneKey<Key: Hashable & Sendable>(
  _ left: Key, _ right: Key, sourceLocation: SourceLocation = #_sourceLocation
) {
  for table in [LockTable<Key>(), LockTable<Key>(configuration: .init(stripeCount: 1))] {
    let areOne = meet(left, right, in: table) && meet(right, left, in: table)
    let count = table.acquire(all: [left, right]).count
    expect(areOne, count, of: 1, [left, right], table.isEmpty, sourceLocation)
  }
}

/// Expects that two keys have nothing to do with each other.
func expectTwoKeys<Key: Hashable & Sendable>(
  _ left: Key, _ right: Key, sourceLocation: SourceLocation = #_sourceLocation
) {
  for table in [LockTable<Key>(), LockTable<Key>(configuration: .init(stripeCount: 1))] {
    let areTwo = areStrangers(left, right, in: table) && areStrangers(right, left, in: table)
    let count = table.acquire(all: [left, right]).count
    expect(areTwo, count, of: 2, [left, right], table.isEmpty, sourceLocation)
  }
}

// Not generic: what `#expect` expands to would be compiled for each kind of key.
private func expect(
  _ areSo: Bool, _ count: Int, of expected: Int, _ keys: [Any], _ isEmpty: Bool,
  _ sourceLocation: SourceLocation
) {
  #expect(areSo, "\(keys) are to be \(expected) in number", sourceLocation: sourceLocation)
  #expect(count == expected, sourceLocation: sourceLocation)
  #expect(isEmpty, sourceLocation: sourceLocation)
}

/// While one is held, is the other held in every respect?
func meet<Key>(_ held: Key, _ asked: Key, in table: LockTable<Key>) -> Bool {
  heldBesides(held, asked, in: table).allSatisfy { $0 == nil } && table.isEmpty
}

/// While one is held, is the other free in every respect?
func areStrangers<Key>(_ held: Key, _ asked: Key, in table: LockTable<Key>) -> Bool {
  heldBesides(held, asked, in: table).allSatisfy { $0 == 2 } && table.isEmpty
}

/// How many keys are held once the second is acquired beside the first, or nil if it cannot be: each
/// way into a table answers. One function, as the compiler makes one for each kind of key.
@inline(never)
private func heldBesides<Key>(_ held: Key, _ asked: Key, in table: LockTable<Key>) -> [Int?] {
  table.withLock(held) {
    let isFree = !table.isLocked(asked)
    let before = table.acquireIfAvailable(asked) == nil ? nil : table.count + 1
    return [
      isFree ? 2 : nil,
      table.count == 1 ? before : 0,
      table.withLockIfAvailable(asked) { table.isLocked(asked) ? table.count : 0 },
      table.withLockIfAvailable(all: [asked]) { table.count },
      try? table.withLock(asked, timeout: .zero) { table.count },
    ]
  }
}
