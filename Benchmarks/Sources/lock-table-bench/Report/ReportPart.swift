import ArgumentParser
import Foundation

/// An experiment that `report` can run.
enum ReportPart: String, CaseIterable {
  case compare
  case latency
  case scale
  case churn
  case fairness
  case floor
  case targets

  /// With what is to be in a page: less than the subcommand of that name measures, where the rest would
  /// only make the page longer.
  func run(in session: Session, quick: Bool) throws {
    func effort(_ seconds: Double, _ rounds: Int) -> Effort {
      quick ? Effort(seconds: seconds / 5, rounds: 3) : Effort(seconds: seconds, rounds: rounds)
    }
    switch self {
    case .compare:
      try session.run(
        CompareExperiment(scenarios: Self.scenarios, effort: effort(0.045, 7)))
    case .latency:
      // So slow a rate that a machine with other work to do keeps up with it.
      try session.run(LatencyExperiment(rate: 20_000, effort: effort(0.25, 5)))
    case .scale:
      for dimension in ScaleRecord.Dimension.allCases {
        let values = quick ? dimension.everyOther : nil
        try session.run(
          ScaleExperiment(dimensions: [dimension], values: values, effort: effort(0.04, 5)))
      }
    case .churn:
      try session.run(ChurnExperiment(effort: effort(0.25, 3)))
    case .fairness:
      try session.run(FairnessExperiment(effort: effort(0.1, 5)))
    case .floor:
      try session.run(FloorExperiment(rounds: quick ? 3 : 9))
    case .targets:
      try session.run(TargetsExperiment(effort: effort(0.1, 9)))
    }
  }

  /// From what should cost nothing to what has to be fought for; the first is the key figure.
  private static let scenarios = [
    Scenario(threads: 1, keyType: .int),
    Scenario(threads: 1, keyType: .string),
    Scenario(threads: 2, keyType: .int, keys: 100_000, distribution: .uniform),
    Scenario(threads: 8, keyType: .int, keys: 100_000, distribution: .uniform),
    Scenario(threads: 8, keyType: .int, keys: 100_000, distribution: .zipf),
    Scenario(threads: 8, keyType: .int),
    Scenario(threads: 8, writes: 5),
    Scenario(threads: 8, waiters: .tasks, keys: 100_000, distribution: .uniform),
    Scenario(threads: 8, waiters: .tasks),
  ]
}

extension ScaleRecord.Dimension {
  /// Of many, the ends and half of what is between.
  fileprivate var everyOther: [Int] {
    let values = defaultValues
    guard values.count > 5 else { return values }
    return values.indices.filter { $0.isMultiple(of: 2) || $0 == values.count - 1 }
      .map { values[$0] }.filter { $0 <= 1_000_000 }
  }
}

/// The value of `--sections`.
struct ReportParts: ExpressibleByArgument, Equatable {
  var parts: [ReportPart]

  /// Without LockTable's own bounds, which are for those who work on it.
  static let standard = ReportParts(parts: ReportPart.allCases.filter { $0 != .targets })

  init(parts: [ReportPart]) {
    self.parts = parts
  }

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    let parts = names.compactMap { ReportPart(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
    guard !parts.isEmpty, parts.count == names.count, Set(parts).count == parts.count else {
      return nil
    }
    self.parts = parts
  }

  var defaultValueDescription: String { parts.map(\.rawValue).joined(separator: ",") }
}
