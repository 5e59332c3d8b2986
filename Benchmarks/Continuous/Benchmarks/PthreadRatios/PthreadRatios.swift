import Benchmark
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

  for path in SinglePath.allCases {
    let (tables, yardstick) = (Tables(), Yardstick())
    Benchmark(path.rawValue) { benchmark in
      var times = PairedTimes()
      for _ in 0..<PairedTimes.turns {
        let time = ContinuousClock().measure { tables.run(path, PairedTimes.count) }
        times.add(time, beside: yardstick.time())
      }
      benchmark.measurement(percent, times.percent)
    }
  }

  for path in SingleTaskPath.allCases {
    let (tables, yardstick) = (Tables(), Yardstick())
    Benchmark(path.rawValue) { benchmark in
      var times = PairedTimes()
      for _ in 0..<PairedTimes.turns {
        let time = try await ContinuousClock().measure {
          try await tables.run(path, PairedTimes.count)
        }
        times.add(time, beside: yardstick.time())
      }
      benchmark.measurement(percent, times.percent)
    }
  }
}

extension Yardstick {
  fileprivate func time() -> Duration {
    ContinuousClock().measure { run(PairedTimes.count) }
  }
}
