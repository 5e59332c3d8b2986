import Foundation
import Testing

@testable import lock_table_bench

@Suite struct RecordTests {
  /// What a command line measures.
  private func records(_ arguments: [String]) throws -> [any Record] {
    var records: [any Record] = []
    let session = Session { records += $0 }
    let experiment = try #require(LockTableBench.parseAsRoot(arguments) as? any Experiment)
    try session.run(experiment, command: "test")
    #expect(session.lockTableViolations == 0)
    return records
  }

  @Test(arguments: [
    "floor --rounds 1": "floor", "compare --threads 2 --distribution single": "row",
    "latency --threads 1 --arrivals closed uniform": "latency",
    "scale --dimension stripes --values 1 2": "scale", "churn --key-type int": "churn",
    "fairness --threads 2 --hold 0": "fairness", "keys --rounds 1": "key",
    "flights --rounds 1 --callers 10": "flight",
    "turns --rounds 1 --burst 10 --keys 2": "turn",
  ])
  func whatIsPrintedCanBeReadAgainAndFits(command: String, kind: String) throws {
    let effort = command.contains("--rounds") ? "" : " --seconds 0.002 --rounds 2"
    let records = try records((command + effort).split(separator: " ").map(String.init))
    for record in records {
      let line = try RecordLine(record).json
      let again = try JSONDecoder().decode(RecordLine.self, from: Data(line.utf8))
      #expect(try again.json == line)
    }
    #expect(Set(records.map { type(of: $0).kind }).isSuperset(of: ["conditions", kind]))
    #expect(printed(hasLegend: true, [records]).filter { $0.count > 120 } == [])
  }

  @Test func aBoundIsAnObject() throws {
    let line = try JSONEncoder().encode(TargetRecord.Bound.atLeast(1.8))
    #expect(String(decoding: line, as: UTF8.self) == #"{"atLeast":1.8}"#)
  }

  @Test func aLockThatFailsIsShownAsFailing() throws {
    let records = try records([
      "compare", "--threads", "4", "--distribution", "single", "--hold", "2000", "--with-broken",
      "--seconds", "0.05", "--rounds", "2",
    ])
    let rows = records.compactMap { $0 as? RowRecord }
    let broken = try #require(rows.first { $0.subject.name == "broken on purpose" })
    #expect(broken.subject.violations > 0)
    #expect(broken.name.title.hasSuffix("FAILS"))
    #expect(broken.timeToPthread?.refusal == .failsWitness)
  }

  @Test func violationsOfTheTableAreCounted() throws {
    let session = Session { _ in }
    session.count(lockTableViolations: 2)
    #expect(session.lockTableViolations == 2)
  }
}
