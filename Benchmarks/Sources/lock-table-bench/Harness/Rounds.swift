import Histogram

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

/// What a row showed in all rounds.
struct Observations {
  var name: String
  var role: Role
  /// Of throughput passes: wall-clock nanoseconds for each operation of all threads together.
  var nanoseconds: [Double] = []
  /// Of throughput passes: the operations of the slowest thread as a part of those of the fastest.
  var evenness: [Double] = []
  /// Of all passes that time acquisitions.
  var latencies = emptyHistogram()
  /// The same, from the call on.
  var services = emptyHistogram()
  /// The latencies, round by round.
  var tails: [Percentiles] = []
  /// Of the same passes: acquisitions a second, of all threads or tasks together.
  var rates: [Double] = []
  /// Of the same passes: acquisitions of each thread or task.
  var shares: [[Int]] = []
  /// Of latency passes with tasks: until an unrelated task runs.
  var starts = emptyHistogram()
  var violations = 0
  var operations = 0

  mutating func add(_ result: PassResult, of pass: Pass) {
    violations += result.violations
    operations += result.operations
    guard pass.schedule != nil else {
      nanoseconds.append(result.nanoseconds / Double(max(result.operations, 1)))
      evenness.append(result.evenness)
      return
    }
    starts.add(result.starts)
    services.add(result.services)
    rates.append(Double(result.operations) * 1e9 / max(result.nanoseconds, 1))
    shares.append(result.shares)
    latencies.add(result.latencies)
    tails.append(Percentiles(result.latencies))
  }

  /// Of each round: a percentile, or the maximum.
  func tail(_ percentile: KeyPath<Percentiles, UInt64>) -> [Double] {
    tails.map { Double($0[keyPath: percentile]) }
  }

  var subject: Subject {
    Subject(name: name, role: role, violations: violations, operations: operations)
  }
}

/// Measures all rows after a warm-up: in every round each of them once, so that whatever else the machine does
/// meets all of them. Each round begins with another row.
func observe(
  _ rows: [Row], _ passes: [Pass], _ effort: Effort, progress: (String) -> Void = { _ in }
) -> [Observations] {
  var observations = rows.map { Observations(name: $0.name, role: $0.role) }
  for row in rows {
    progress("warm-up: \(row.name)")
    _ = row.measure(.throughput, effort.warmUpSeconds)
  }
  interleave(rounds: effort.rounds, rows.count) { round, index in
    progress("round \(round + 1) of \(effort.rounds): \(rows[index].name)")
    for (number, pass) in passes.enumerated() {
      let seconds = number == 0 ? effort.seconds : effort.seconds / 2
      observations[index].add(rows[index].measure(pass, seconds), of: pass)
    }
  }
  return observations
}

/// Calls `body` with each index in every round, each round beginning with another.
func interleave(
  rounds: Int, _ count: Int, _ body: (_ round: Int, _ index: Int) throws -> Void
) rethrows {
  for round in 0..<rounds {
    for turn in 0..<count { try body(round, (round + turn) % count) }
  }
}

/// The middle value, or the mean of the two in the middle; not a number if there is none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
