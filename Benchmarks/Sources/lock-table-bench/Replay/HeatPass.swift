import LockTable

/// What a key's acquirers met with.
struct KeyHeat {
  var acquisitions = 0
  /// That found the key held.
  var contended = 0
  var waitedNanoseconds: UInt64 = 0
  var longestWaitNanoseconds: UInt64 = 0

  mutating func add(_ other: Self) {
    acquisitions += other.acquisitions
    contended += other.contended
    waitedNanoseconds += other.waitedNanoseconds
    longestWaitNanoseconds = max(longestWaitNanoseconds, other.longestWaitNanoseconds)
  }
}

/// One thread's part of a pass that looks at the keys one by one: it tries first, and times the wait
/// where that fails.
private final class HeatLane: @unchecked Sendable {
  // Sound to share: its thread alone works with it, and others read it when that has been joined.
  var heat: [KeyHeat]

  init(keys: Int) { heat = Array(repeating: KeyHeat(), count: keys) }

  func run(
    _ table: LockTable<String>, _ workload: Workload<String>, _ number: Int,
    _ signal: StartAndStop
  ) {
    let order = workload.orders[number]
    signal.arrive()
    var position = 0
    while !order.isEmpty && !signal.isStopped {
      let index = Step(order[position]).index
      position = position + 1 == order.count ? 0 : position + 1
      let waited = acquire(table, workload.pool[index], workload, index)
      heat[index].add(waited)
    }
  }

  private func acquire(
    _ table: LockTable<String>, _ pooled: borrowing PooledKey<String>,
    _ workload: Workload<String>, _ index: Int
  ) -> KeyHeat {
    let counter = workload.counters + index
    let work = {
      let count = counter.pointee
      spin(nanoseconds: workload.holdNanoseconds)
      counter.pointee = count + 1
    }
    var heat = KeyHeat(acquisitions: 1)
    guard table.withLockIfAvailable(pooled.key, work) == nil else { return heat }
    heat.contended = 1
    let begin = monotonicNanoseconds()
    table.withLock(pooled.key) {
      heat.waitedNanoseconds = monotonicNanoseconds() - begin
      work()
    }
    heat.longestWaitNanoseconds = heat.waitedNanoseconds
    return heat
  }
}

/// Key by key, and the violations of all.
func measureHeat(
  _ workload: Workload<String>, seconds: Double
) -> (heat: [KeyHeat], violations: Int) {
  let table = LockTable<String>()
  let lanes = workload.orders.map { _ in HeatLane(keys: workload.keyCount) }
  let result = measure(workload, .throughput, seconds: seconds, probing: false) { number, signal in
    let lane = lanes[number]
    return .thread(
      tally: { Tally(operations: lane.heat.reduce(0) { $0 + $1.acquisitions }) },
      { lane.run(table, workload, number, signal) })
  }
  var heat = [KeyHeat](repeating: KeyHeat(), count: workload.keyCount)
  for lane in lanes {
    for index in heat.indices { heat[index].add(lane.heat[index]) }
  }
  return (heat, result.violations)
}
