import Foundation
import Histogram

@testable import lock_table_bench

/// Records of invented figures.
enum Sample {
  static let conditions = Conditions(
    experiment: "compare", summary: "How.", command: "lock-table-bench compare",
    date: "2026-01-31T12:00:00Z", system: "Linux", processor: "Example", cores: 2, load: 0.5,
    isOptimised: true, floor: QuickFloor(rmwPair: 6, pthreadPair: 16, handOff: 4_900))

  /// A contender whose rounds differ by a tenth.
  static func contender(
    _ name: String, _ time: Double, _ role: Role = .exact, rounds: Int = 5, violations: Int = 0
  ) -> Observations {
    var observed = Observations(name: name, role: role)
    observed.nanoseconds = (0..<rounds).map { $0.isMultiple(of: 2) ? time : time * 11 / 10 }
    observed.evenness = observed.nanoseconds.map { _ in 0.5 }
    observed.violations = violations
    observed.operations = 1_000_000
    for value: UInt64 in [40, 60, 90, 1_200, 9_000, 70_000] { observed.latencies.record(value) }
    return observed
  }

  static var ours: Observations { contender("LockTable", 10, .lockTable) }

  static func rows(
    _ contenders: [Observations], _ scenario: Scenario = Scenario(threads: 2),
    handOffAfter: Double = 70
  ) -> [RowRecord] {
    RowRecord.records(
      contenders, scenario, Effort(seconds: 0.05, rounds: 5),
      MachineClass(handOffBefore: 68, handOffAfter: handOffAfter),
      QuickFloor(rmwPair: 3, pthreadPair: 6))
  }

  /// The contender's rounds are those of its 99.9th percentile.
  static func latency(
    _ contender: Observations, count: Int = 100_000, achieved: Double = 999
  ) -> LatencyRecord {
    var all = contender.latencies
    for _ in 0..<count { all.record(50) }
    return LatencyRecord(
      subject: contender.subject, arrivals: .poisson, rate: 1_000, achievedRate: achieved,
      scenario: Scenario(threads: 2), latency: Percentiles(all), service: Percentiles(all),
      roundP999: Spread(contender.nanoseconds),
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
    let slow = contender("slow", 30)
    let contenders = [
      ours, contender("LockTable, .fifo", 11, .lockTable), slow,
      contender("dictionary & no lock", 7, violations: 1_204),
    ]
    let scenario = Scenario(threads: 8, keys: 100_000, distribution: .uniform)
    return ReportPage(
      records: [conditions] + rows(contenders, scenario) + [latency(ours), latency(slow)],
      lines: (0..<200).map { #"{"kind":"row","name":"LockTable <\#($0)>"}"# })
  }()
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
