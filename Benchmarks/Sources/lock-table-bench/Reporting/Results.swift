import Histogram

/// The finished figures of one row.
struct RowResult: Encodable {
  var name: String
  var role: Role
  var operationsPerSecond: Double
  var nanosecondsPerOperation: Double
  /// Time divided by the yardstick's: one pthread_mutex, or one pthread_rwlock where there are readers.
  var timeToPthread: Double
  /// Time divided by that of the fastest row that gives the same as the table.
  var timeToBestExact: Double?
  /// As `timeToPthread`, after the loop's own time was taken off both. Only with one thread: the
  /// loop without a lock says nothing of how several threads slow each other down.
  var timeToPthreadWithoutLoop: Double?
  var latency: Latency
  /// How long unrelated tasks took to start meanwhile. Only where there are tasks.
  var taskStart: Latency?
  /// The operations of the slowest thread as a part of those of the fastest. Only with several.
  var spread: Double?
  var violations: Int

  /// In nanoseconds.
  struct Latency: Encodable {
    var p50: UInt64
    var p99: UInt64
    var p999: UInt64
    var max: UInt64
  }
}

/// A scenario's figures.
struct ScenarioResult {
  var scenario: Scenario
  var rows: [RowResult]

  var lockTableViolations: Int {
    rows.filter { $0.role == .lockTable }.reduce(0) { $0 + $1.violations }
  }

  init<Key: BenchKey>(_ scenario: Scenario, _ rows: [Row<Key>], _ observed: [Observations]) {
    self.scenario = scenario
    let references = References(rows, observed)
    self.rows = zip(rows, observed).map { row, observed in
      RowResult(row.name, row.role, observed, references, threads: scenario.threads)
    }
  }
}

/// What the other rows are compared to, round by round.
private struct References {
  var yardstick: [Double]
  var bestExact: [Double]
  var loop: [Double]

  init<Key: BenchKey>(_ rows: [Row<Key>], _ observed: [Observations]) {
    func times(_ role: Role) -> [Double] {
      zip(rows, observed).filter { $0.0.role == role }.map(\.1.nanoseconds)
        .min { median($0) < median($1) } ?? []
    }
    yardstick = times(.yardstick)
    bestExact = times(.exact)
    loop = times(.loop)
  }
}

extension RowResult {
  fileprivate init(
    _ name: String, _ role: Role, _ observed: Observations, _ references: References, threads: Int
  ) {
    let times = observed.nanoseconds
    self.name = name
    self.role = role
    nanosecondsPerOperation = median(times)
    operationsPerSecond = 1e9 / nanosecondsPerOperation
    timeToPthread = medianRatio(times, references.yardstick)
    timeToBestExact = medianRatio(times, references.bestExact)
    if threads == 1 {
      timeToPthreadWithoutLoop = medianRatio(
        zip(times, references.loop).map { $0 - $1 },
        zip(references.yardstick, references.loop).map { $0 - $1 })
    } else {
      spread = median(observed.spreads)
    }
    violations = observed.violations
    latency = Latency(observed.latencies)
    taskStart = observed.starts.totalCount == 0 ? nil : Latency(observed.starts)
  }
}

extension RowResult.Latency {
  fileprivate init(_ histogram: Histogram<UInt64>) {
    p50 = histogram.valueAtPercentile(50)
    p99 = histogram.valueAtPercentile(99)
    p999 = histogram.valueAtPercentile(99.9)
    max = histogram.max
  }
}

/// Of the ratios in each round: a slow moment of the machine slows both of a round.
func medianRatio(_ values: [Double], _ references: [Double]) -> Double {
  median(zip(values, references).map { $0 / $1 })
}

/// The memory of one row, for one type of keys.
struct MemoryResult: Encodable {
  var name: String
  var role: Role
  var keyType: KeyType
  var bytes: MemoryUse?
}
