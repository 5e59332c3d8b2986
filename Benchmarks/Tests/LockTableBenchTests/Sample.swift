import Foundation
import Histogram

@testable import lock_table_bench

/// Records of invented figures.
enum Sample {
  static let conditions = Conditions(
    experiment: "compare", summary: "How.", command: "lock-table-bench compare",
    date: "2026-01-31T12:00:00Z", system: "Linux", processor: "Example", cores: 2, load: 0.5,
    isOptimised: true, floor: QuickFloor(rmwPair: 6, pthreadPair: 16, handOff: 4_900))

  /// A contender and its times, round by round.
  struct Contender {
    var name: String
    var role = Role.exact
    var rounds: [Double]
    var violations = 0
  }

  static let ours = Contender(name: "LockTable", role: .lockTable, rounds: [10, 11, 10, 11, 10])

  static func rows(
    _ contenders: [Contender], _ scenario: Scenario = Scenario(threads: 2),
    handOffAfter: Double = 70
  ) -> [RowRecord] {
    RowRecord.records(
      contenders.map { contender in
        var observed = Observations(name: contender.name, role: contender.role)
        observed.nanoseconds = contender.rounds
        observed.evenness = contender.rounds.map { _ in 0.5 }
        observed.violations = contender.violations
        observed.operations = 1_000_000
        observed.latencies = latencies
        return observed
      }, scenario, Effort(seconds: 0.05, rounds: 5),
      MachineClass(handOffBefore: 68, handOffAfter: handOffAfter),
      QuickFloor(rmwPair: 3, pthreadPair: 6))
  }

  /// The contender's rounds are those of its 99.9th percentile.
  static func latency(
    _ contender: Contender, count: Int = 100_000, rate: Double = 1_000, achieved: Double = 999
  ) -> LatencyRecord {
    var all = latencies
    for _ in 0..<count { all.record(50) }
    return LatencyRecord(
      subject: Subject(
        name: contender.name, role: contender.role, violations: contender.violations,
        operations: count),
      arrivals: .poisson, rate: rate, achievedRate: achieved, scenario: Scenario(threads: 2),
      latency: Percentiles(all), service: Percentiles(all), roundP999: Spread(contender.rounds),
      curve: [.init(percentile: 0, nanoseconds: 0), .init(percentile: 75, nanoseconds: 50)],
      machine: MachineClass(handOffBefore: 68, handOffAfter: 70))
  }

  static func memory(_ name: String, _ role: Role, bytes: Double) -> MemoryRecord {
    MemoryRecord(
      name: name, role: role, keyType: .int, heldKeys: 100_000,
      bytes: MemoryUse(empty: 32_768, perHeldKey: bytes, perReleasedKey: 0.3))
  }

  static let failing = "dictionary & no lock"

  /// A page with charts of both kinds, a row that fails, and text that must be escaped.
  static let page: Page = {
    let slow = Contender(name: "slow", rounds: [30, 33, 30, 33, 30])
    let contenders = [
      ours, Contender(name: "LockTable, .fifo", role: .lockTable, rounds: [11, 12, 11, 12, 11]),
      slow, Contender(name: failing, rounds: [7, 7, 7, 7, 7], violations: 1_204),
    ]
    let scenario = Scenario(threads: 8, keys: 100_000, distribution: .uniform)
    return Page(
      records: [conditions] + rows(contenders, scenario) + [latency(ours), latency(slow)],
      lines: (0..<200).map { #"{"kind":"row","name":"LockTable <\#($0)>"}"# })
  }()

  private static var latencies: Histogram<UInt64> {
    var histogram = emptyHistogram()
    for value: UInt64 in [40, 60, 90, 1_200, 9_000, 70_000] { histogram.record(value) }
    return histogram
  }
}
