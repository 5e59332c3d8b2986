import Benchmark
import SinglePaths

// What one path costs on this machine: to be compared between two versions, on one machine.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.instructions, .wallClock],
    warmupIterations: 3,
    scalingFactor: .kilo,
    maxDuration: .seconds(1),
    maxIterations: .kilo(10))

  for path in SinglePath.ints() + SinglePath.strings() {
    Benchmark(path.identifier) { benchmark in
      try await path.loop.run(benchmark.scaledIterations.count)
    }
  }
}
