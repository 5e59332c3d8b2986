import LockTable

// Many keys are held, and one that is not goes in and out.

/// A contender whose keys can be held without a scope.
protocol Holder: AnyObject {
  var subject: Subject { get }

  /// Holds the keys from 0 on, for good.
  init(holding count: Int)

  /// Locks and unlocks so many keys from `first` on, one after the other, `count` times in all.
  /// Returns nanoseconds.
  func timeFreshKeys(first: Int, _ count: Int) -> Double
}

/// Different keys that go in and out.
private let freshKeys = 1 << 10

/// Measures each holder at each number of keys that are held.
func measureLiveKeys(
  _ values: [Int], _ effort: Effort, _ show: (String) -> Void
) -> [ScalePoint] {
  let plans = values.flatMap { value -> [(value: Int, holder: any Holder)] in
    show("holding \(grouped(value))")
    return [(value, TableHolder(holding: value)), (value, PthreadHolder(holding: value))]
  }
  var points = plans.map { ScalePoint(subject: $0.holder.subject, value: $0.value) }
  // As many operations for all, chosen so that the fastest take about the time that was asked for.
  let count = max(Int(effort.seconds * 1e9 / 40) / freshKeys, 1) * freshKeys
  for (value, holder) in plans { _ = holder.timeFreshKeys(first: value, count / 4) }
  interleave(rounds: effort.rounds, plans.count) { round, index in
    let (value, holder) = plans[index]
    show("round \(round + 1) of \(effort.rounds): \(grouped(value)), \(holder.subject.name)")
    let instructions = countingInstructions {
      let time = holder.timeFreshKeys(first: value, count)
      points[index].nanoseconds.append(time / Double(count))
    }
    points[index].instructions = instructions.map { Double($0) / Double(count) }
  }
  return points
}

final class TableHolder: Holder {
  let subject = Subject(name: "LockTable", role: .lockTable, violations: 0)
  private let table: LockTable<Int>
  private let held: LockTable<Int>.MultiGuard

  init(holding count: Int) {
    let table = LockTable<Int>()
    self.table = table
    held = table.acquire(all: 0..<count)
  }

  func timeFreshKeys(first: Int, _ count: Int) -> Double { time(table, first, count) }

  @inline(never)
  private func time(_ table: LockTable<Int>, _ first: Int, _ count: Int) -> Double {
    let begin = monotonicNanoseconds()
    for number in 0..<count { table.withLock(first + number & (freshKeys - 1)) {} }
    return Double(monotonicNanoseconds() - begin)
  }
}

final class PthreadHolder: Holder {
  let subject = Subject(
    name: "refcounted pthread, \(stripeCount) stripes", role: .exact, violations: 0)
  private let dictionary = StripedPthreadDictionary<Int>()
  private let count: Int

  init(holding count: Int) {
    self.count = count
    for key in 0..<count { dictionary.acquire(key) }
  }

  deinit {
    for key in 0..<count { dictionary.release(key) }
  }

  @inline(never)
  func timeFreshKeys(first: Int, _ count: Int) -> Double {
    let begin = monotonicNanoseconds()
    for number in 0..<count { dictionary.run(first + number & (freshKeys - 1)) {} }
    return Double(monotonicNanoseconds() - begin)
  }
}
