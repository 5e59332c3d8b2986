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

  /// Five rounds that differ by a tenth.
  static func steady(_ time: Double) -> [Double] {
    (0..<5).map { $0.isMultiple(of: 2) ? time : time * 11 / 10 }
  }

  static let ours = Contender(name: "LockTable", role: .lockTable, rounds: steady(10))

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

  static let memory = [("LockTable", Role.lockTable, 88.0), ("other", .exact, 201)].map {
    MemoryRecord(
      name: $0, role: $1, keyType: .int, heldKeys: 100_000,
      bytes: MemoryUse(empty: 32_768, perHeldKey: $2, perReleasedKey: 0.3))
  }

  /// A page with charts of both kinds, a row that fails, and text that must be escaped.
  static let page: ReportPage = {
    let slow = Contender(name: "slow", rounds: steady(30))
    let contenders = [
      ours, Contender(name: "LockTable, .fifo", role: .lockTable, rounds: steady(11)), slow,
      Contender(name: "dictionary & no lock", rounds: steady(7), violations: 1_204),
    ]
    let scenario = Scenario(threads: 8, keys: 100_000, distribution: .uniform)
    return ReportPage(
      records: [conditions] + rows(contenders, scenario) + [latency(ours), latency(slow)],
      lines: (0..<200).map { #"{"kind":"row","name":"LockTable <\#($0)>"}"# })
  }()

  private static var latencies: Histogram<UInt64> {
    var histogram = emptyHistogram()
    for value: UInt64 in [40, 60, 90, 1_200, 9_000, 70_000] { histogram.record(value) }
    return histogram
  }
}

/// The lines that a program prints for readers.
func printed(isWide: Bool = false, hasLegend: Bool = false, _ records: [[any Record]]) -> [String] {
  var text = ""
  let printer = TextPrinter(isWide: isWide, hasLegend: hasLegend) { text += $0 + "\n" }
  for records in records { printer.print(records) }
  printer.finish()
  return text.components(separatedBy: "\n").dropLast()
}

/// Calls `body` with the path of a file of that text, for as long as it takes.
func withFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "/lock-table-bench-\(UUID().uuidString)"
  try data.write(to: URL(fileURLWithPath: path))
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
