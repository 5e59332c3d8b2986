import Benchmark
import Foundation
import SinglePaths

// What one path costs in the time of one pthread_mutex: of much the same size on every machine.
let benchmarks: @Sendable () -> Void = {
  let percent = BenchmarkMetric.custom("% of a pthread_mutex pair")

  Benchmark.defaultConfiguration = .init(
    metrics: [percent],
    warmupIterations: 3,
    maxDuration: .seconds(2),
    maxIterations: 100,
    // Coarse on purpose: what trips it is a lost fast path, not a busy machine.
    thresholds: [percent: .init(relative: [.p90: 100])])

  // For the mutex: see `Loop.mutexPair`.
  Thread.detachNewThread { while true { sleep(3_600) } }
  let pair = Loop.mutexPair
  for path in SinglePath.ints() + SinglePath.strings() {
    Benchmark(path.identifier) { benchmark in
      var shortest = (path: Double.infinity, pair: Double.infinity)
      // Often enough for one loop of each that nothing has interrupted. They are short beside a time slice,
      // and long beside reading the clock.
      for _ in 0..<20 {
        shortest.path = min(shortest.path, try await path.loop.nanoseconds(2_000))
        shortest.pair = min(shortest.pair, try await pair.nanoseconds(2_000))
      }
      benchmark.measurement(percent, Int((shortest.path / shortest.pair * 100).rounded()))
    }
  }
}
