import Dispatch
import Histogram

/// What the threads or tasks of a run do between two looks at whether to stop: so many operations that read no
/// clock, and if there is a schedule one that does.
struct Pass {
  let untimed: Int
  var schedule: Schedule?

  /// Counts operations and reads no clock between them.
  static let throughput = Pass(untimed: 64)
  /// Times a sample of the acquisitions: one in seven, which is odd, so as not to beat with anything. Its
  /// throughput is not reported: the clock slows it down.
  static let latency = Pass(untimed: 6, schedule: .closed)
  /// Times every acquisition, each from when it was to begin.
  static func schedule(_ schedule: Schedule) -> Self { Self(untimed: 0, schedule: schedule) }

  /// Of some of the acquisitions only.
  var isSample: Bool { untimed > 0 && schedule != nil }
}

/// What one pass of one row found.
struct PassResult {
  var operations: Int
  /// Of each thread or task.
  var shares: [Int]
  var nanoseconds: Double
  /// The operations of the slowest thread or task as a part of those of the fastest.
  var evenness: Double
  var violations: Int
  var latencies: Histogram<UInt64>
  /// From the call on; only of a schedule.
  var services: Histogram<UInt64>
  /// How long tasks that had nothing to do with the locks took to start; none without a probe.
  var starts: Histogram<UInt64>
}

/// Runs all threads or tasks of a pass for about that long.
///
/// Generic over the contender down to the timed loop, so that there is a copy of it for each of them
/// and it calls nothing through a table of functions. What runs for a worker is called once.
func measure<Key: BenchKey>(
  _ workload: Workload<Key>, seconds: Double, probing: Bool = false,
  worker: (_ number: Int, _ signal: StartAndStop) -> Running<Tally>
) -> PassResult {
  workload.resetCounters()
  let (signal, probeSignal) = (StartAndStop(), StartAndStop())
  let workers = workload.orders.indices.map { worker($0, signal) }
  signal.start(whenReady: workers.count)
  let probe = probing ? Running.thread { probePool(until: probeSignal) } : nil
  sleepThread(seconds: seconds)
  probeSignal.stop()
  let starts = probe?.join() ?? emptyHistogram()
  signal.stop()
  let tallies = workers.map { $0.join() }
  var result = PassResult(tallies, seconds: seconds, starts: starts)
  let reads = tallies.reduce(0) { $0 + $1.readers.reads }
  result.violations += workload.violations(expected: result.operations - reads)
  return result
}

extension PassResult {
  /// The violations are those that readers saw.
  init(_ tallies: [Tally], seconds: Double, starts: Histogram<UInt64> = emptyHistogram()) {
    // A file with fewer lines than there are threads leaves some of them without work.
    let busy = tallies.filter { $0.operations > 0 }
    let operations = busy.map(\.operations)
    let begin = busy.map(\.begin).min() ?? 0
    let end = busy.map(\.end).max() ?? 0
    self.init(
      operations: operations.reduce(0, +),
      shares: tallies.map(\.operations),
      // If nothing was done, one operation takes longer than the pass.
      nanoseconds: busy.isEmpty ? seconds * 1e9 : Double(end - begin),
      evenness: Double(operations.min() ?? 0) / Double(max(operations.max() ?? 0, 1)),
      violations: tallies.reduce(0) { $0 + $1.readers.changes },
      latencies: tallies.reduce(into: emptyHistogram()) { $0.add($1.latencies) },
      services: tallies.reduce(into: emptyHistogram()) { $0.add($1.services) },
      starts: starts)
  }
}

/// Starts a task now and then that has nothing to do with the locks, and measures how long it takes
/// until that runs: what the fight for a key costs everybody else on the pool.
private func probePool(until signal: StartAndStop) -> Histogram<UInt64> {
  let (starts, hasRun) = (Box(emptyHistogram()), DispatchSemaphore(value: 0))
  while !signal.isStopped {
    let begin = monotonicNanoseconds()
    Task.detached {
      starts.value.record(monotonicNanoseconds() - begin)
      hasRun.signal()
    }
    hasRun.wait()
    sleepThread(seconds: 0.0001)
  }
  return starts.value
}
