import Histogram

/// What a row showed when every acquisition was timed.
struct TimedObservations {
  var latencies = emptyHistogram()
  var services = emptyHistogram()
  /// Of each round: the greatest latency.
  var maxima: [Double] = []
  /// Of each round: acquisitions a second, of all threads or tasks together.
  var rates: [Double] = []
  /// Of each round: acquisitions of each thread or task.
  var shares: [[Int]] = []
  var violations = 0

  mutating func add(_ pass: PassResult) {
    latencies.add(pass.latencies)
    services.add(pass.services)
    maxima.append(Double(pass.latencies.max))
    rates.append(Double(pass.operations) * 1e9 / max(pass.nanoseconds, 1))
    shares.append(pass.shares)
    violations += pass.violations
  }
}

/// As the other one, with every acquisition timed.
func observe<Key: BenchKey>(
  _ rows: [Row<Key>], _ workload: Workload<Key>, _ schedule: Schedule, _ effort: Effort,
  progress: (String) -> Void
) -> [TimedObservations] {
  var observations = rows.map { _ in TimedObservations() }
  for row in rows {
    progress("warm-up: \(row.name)")
    _ = row.measure(workload, .throughput, effort.warmUpSeconds)
  }
  interleave(rounds: effort.rounds, rows.count) { round, index in
    progress("round \(round + 1) of \(effort.rounds): \(rows[index].name)")
    observations[index].add(rows[index].measure(workload, .schedule(schedule), effort.seconds))
  }
  return observations
}

extension Row {
  func subject(_ observed: TimedObservations) -> Subject {
    Subject(name: name, role: role, violations: observed.violations)
  }
}
