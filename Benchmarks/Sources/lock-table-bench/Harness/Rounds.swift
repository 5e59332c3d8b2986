import Histogram

/// What a row showed in all rounds of its scenario.
struct Observations {
  /// Wall-clock nanoseconds for each operation of all threads together, round by round.
  var nanoseconds: [Double] = []
  var evenness: [Double] = []
  var violations = 0
  var latencies = emptyHistogram()
  var starts = emptyHistogram()

  mutating func add(_ throughput: PassResult, _ latency: PassResult) {
    nanoseconds.append(throughput.nanoseconds / Double(max(throughput.operations, 1)))
    evenness.append(throughput.evenness)
    violations += throughput.violations + latency.violations
    latencies.add(latency.latencies)
    starts.add(latency.starts)
  }
}

/// How long to measure, and how often.
struct Effort: Codable, Sendable {
  /// Of a throughput pass; a latency pass takes half as long.
  var seconds: Double
  var rounds: Int

  /// "5 interleaved rounds of 0.05 s"
  var words: String {
    "\(rounds == 1 ? "one round" : "\(rounds) interleaved rounds") of \(decimal(seconds, 3)) s"
  }

  /// Of each row before the first round: code, memory, and the core's frequency.
  var warmUpSeconds: Double { min(seconds / 4, 0.05) }
}

/// Runs all rows of a scenario: in every round each of them once, so that whatever else the machine
/// does meets all of them. Each round begins with another row.
func observe<Key: BenchKey>(
  _ rows: [Row<Key>], _ workload: Workload<Key>, _ effort: Effort, progress: (String) -> Void
) -> [Observations] {
  var observations = rows.map { _ in Observations() }
  for row in rows {
    progress("warm-up: \(row.name)")
    _ = row.measure(workload, .throughput, effort.warmUpSeconds)
  }
  interleave(rounds: effort.rounds, rows.count) { round, index in
    progress("round \(round + 1) of \(effort.rounds): \(rows[index].name)")
    observations[index].add(
      rows[index].measure(workload, .throughput, effort.seconds),
      rows[index].measure(workload, .latency, effort.seconds / 2))
  }
  return observations
}

/// Calls `body` with each index in every round, each round beginning with another.
func interleave(
  rounds: Int, _ count: Int, _ body: (_ round: Int, _ index: Int) throws -> Void
) rethrows {
  for round in 0..<rounds {
    for turn in 0..<count {
      try body(round, (round + turn) % count)
    }
  }
}

/// The middle value, or the mean of the two in the middle; not a number if there is none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2)
    ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
