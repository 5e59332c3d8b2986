import Histogram

/// What the threads of a run look at.
enum Pass {
  /// Counts operations and reads no clock between them.
  case throughput
  /// Times a sample of the acquisitions. Its throughput is not reported: the clock slows it down.
  case latency
}

/// What one pass of one row found.
struct PassResult {
  var operations: Int
  var nanoseconds: Double
  /// The operations of the slowest thread as a part of those of the fastest.
  var spread: Double
  var violations: Int
  var latencies: Histogram<UInt64>
}

/// Runs all threads of a pass for about that long.
///
/// Generic over the contender, so that there is a copy of everything below for each of them and the
/// timed loop calls nothing through a table of functions.
func measure<C: Contender>(
  _ contender: C, _ workload: Workload<C.Key>, _ pass: Pass, seconds: Double
) -> PassResult {
  workload.resetCounters()
  let signal = StartAndStop()
  let lanes = workload.orders.indices.map { Lane(contender, workload, thread: $0, signal) }
  let threads = lanes.map { lane in WorkerThread { lane.run(pass) } }
  signal.start(whenReady: lanes.count)
  sleepThread(seconds: seconds)
  signal.stop()
  for thread in threads {
    thread.join()
  }
  return summary(of: lanes, workload)
}

private func summary<C: Contender>(of lanes: [Lane<C>], _ workload: Workload<C.Key>) -> PassResult {
  var latencies = emptyHistogram()
  for lane in lanes {
    latencies.add(lane.latencies)
  }
  // A file with fewer lines than there are threads leaves some of them without work.
  let busy = lanes.filter { $0.operations > 0 }
  let operations = busy.map(\.operations)
  let total = operations.reduce(0, +)
  let begin = busy.map(\.begin).min() ?? 0
  let end = busy.map(\.end).max() ?? 0
  return PassResult(
    operations: total,
    nanoseconds: Double(end - begin),
    spread: Double(operations.min() ?? 0) / Double(max(operations.max() ?? 0, 1)),
    violations: workload.violations(expected: total),
    latencies: latencies)
}
