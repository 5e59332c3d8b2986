import Foundation
import Testing

@testable import lock_table_bench

@Suite struct RecordTests {
  @Test func whatIsPrintedCanBeReadAgain() throws {
    var records: [Record] = []
    let session = Session(command: "test") { records += $0 }
    let effort = Effort(seconds: 0.001, rounds: 2)
    try session.run(FloorExperiment(rounds: 1))
    try session.run(CompareExperiment(scenarios: [Scenario(threads: 2)], effort: effort))
    try session.run(
      LatencyExperiment(
        scenario: Scenario(threads: 1), arrivals: [.closed, .uniform], effort: effort))
    try session.run(ScaleExperiment(dimensions: [.stripes], values: [1, 2], effort: effort))
    try session.run(ChurnExperiment(keyTypes: [.int], threads: 1, effort: effort))
    try session.run(FairnessExperiment(threads: 2, holds: [0], effort: effort))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for record in records {
      let line = try encoder.encode(record)
      let again = try JSONDecoder().decode(Record.self, from: line)
      #expect(try encoder.encode(again) == line)
    }
    let kinds = Set(records.map { type(of: $0.shape).kind })
    #expect(
      kinds.isSuperset(of: ["conditions", "floor", "row", "latency", "scale", "churn", "fairness"]))
  }

  @Test func aBoundIsAnObject() throws {
    let line = try JSONEncoder().encode(TargetRecord.Bound.atLeast(1.8))
    #expect(String(decoding: line, as: UTF8.self) == #"{"atLeast":1.8}"#)
  }

  @Test func anUnknownKindIsAnError() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Record.self, from: Data(#"{"kind":"none"}"#.utf8))
    }
  }

  @Test func aLockThatFailsIsShownAsFailing() throws {
    var records: [Record] = []
    let session = Session(command: "test") { records += $0 }
    let scenario = Scenario(threads: 4, holdNanoseconds: 2_000)
    try session.run(
      CompareExperiment(
        scenarios: [scenario], extras: .broken, effort: Effort(seconds: 0.05, rounds: 2)))
    let rows = records.compactMap { if case .row(let row) = $0 { row } else { nil } }
    let broken = try #require(rows.first { $0.subject.name == "broken on purpose" })
    #expect(broken.subject.violations > 0)
    #expect(broken.subject.title.hasSuffix("FAILS"))
    #expect(broken.timeToPthread?.refusal == .failsWitness)
    #expect(session.lockTableViolations == 0)
  }

  @Test func violationsOfTheTableAreCounted() throws {
    let session = Session(command: "test") { _ in }
    session.count(lockTableViolations: 2)
    #expect(session.lockTableViolations == 2)
  }
}
