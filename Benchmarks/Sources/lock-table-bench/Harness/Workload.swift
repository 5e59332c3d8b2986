/// A key in the pool of keys.
///
/// Not copyable, so that the timed loop can only borrow it from there: a copy of a `String` is a
/// retain and a release, which cost as much as a mutex.
struct PooledKey<Key: BenchKey>: ~Copyable {
  let key: Key
}

/// What a scenario's threads work on: keys, orders, and a plain counter for each key, which is
/// incremented inside the lock without any protection of its own. An increment that is missing at
/// the end is a violation: two threads were inside at once. So is a counter that changes while a reader
/// is inside.
final class Workload<Key: BenchKey>: @unchecked Sendable {
  // Sound to share: the pool and the orders are not changed, and the counters are what the locks
  // under test protect.
  let pool: UnsafeMutablePointer<PooledKey<Key>>
  let counters: UnsafeMutablePointer<Int>
  let orders: [UnsafeMutableBufferPointer<Int32>]
  let keyCount: Int
  let holdNanoseconds: UInt64
  /// Others, which are held meanwhile.
  let held: [Key]
  /// Tasks suspend while they hold a key.
  let yields: Bool

  init(
    _ order: KeyOrder<Key>, holdNanoseconds: UInt64, held: [Key] = [], yields: Bool = false
  ) {
    (self.held, self.yields) = (held, yields)
    keyCount = order.keys.count
    pool = .allocate(capacity: keyCount)
    for (position, key) in order.keys.enumerated() {
      pool.advanced(by: position).initialize(to: PooledKey(key: key))
    }
    counters = .allocate(capacity: keyCount)
    counters.initialize(repeating: 0, count: keyCount)
    orders = order.orders.map { positions in
      let buffer = UnsafeMutableBufferPointer<Int32>.allocate(capacity: positions.count)
      _ = buffer.initialize(fromContentsOf: positions)
      return buffer
    }
    self.holdNanoseconds = holdNanoseconds
  }

  convenience init(_ scenario: Scenario) {
    self.init(
      KeyOrder(scenario), holdNanoseconds: scenario.holdNanoseconds,
      held: (0..<scenario.held).map { Key(number: scenario.keys + $0) }, yields: scenario.yields)
  }

  deinit {
    pool.deinitialize(count: keyCount)
    pool.deallocate()
    counters.deallocate()
    for order in orders { order.deallocate() }
  }

  func resetCounters() { counters.update(repeating: 0, count: keyCount) }

  /// Increments that were lost. Only when no thread is at work.
  func violations(expected: Int) -> Int {
    expected - UnsafeBufferPointer(start: counters, count: keyCount).reduce(0, +)
  }
}
