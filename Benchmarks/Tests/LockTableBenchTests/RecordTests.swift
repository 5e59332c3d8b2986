import Foundation
import Testing

@testable import lock_table_bench

@Suite struct RecordTests {
  private struct Outcome {
    var records: [any Record] = []
    var violations = 0

    init(of arguments: [String]) throws {
      var records: [any Record] = []
      let session = Session { records += $0 }
      let experiment = try #require(LockTableBench.parseAsRoot(arguments) as? any Experiment)
      try session.run(experiment, command: "test")
      self.records = records
      violations = session.lockTableViolations
    }
  }

  /// What a command line measures. An experiment blocks its thread until its tasks have ended. So it
  /// gets a thread of its own: two experiments on the pool of two cores would wait for each other.
  private func records(_ arguments: [String]) async throws -> [any Record] {
    let outcome = Box<Result<Outcome, any Error>?>(nil)
    await withCheckedContinuation { continuation in
      _ = Running<Void>.thread {
        outcome.value = Result { try Outcome(of: arguments) }
        continuation.resume()
      }
    }
    let measured = try #require(try outcome.value?.get())
    #expect(measured.violations == 0)
    return measured.records
  }

  @Test(arguments: [
    "floor --rounds 1": "floor", "compare --threads 2 --distribution single": "row",
    "latency --threads 1 --arrivals closed uniform": "latency",
    "scale --dimension stripes --values 1 2": "scale", "churn --key-type int": "churn",
    "fairness --threads 2 --hold 0": "fairness", "keys --rounds 1": "key",
    "flights --rounds 1 --callers 10": "flight",
    "turns --rounds 1 --burst 10 --keys 2": "turn",
    "leases --only acquire --rounds 1": "lease",
  ])
  func whatIsPrintedCanBeReadAgainAndFits(command: String, kind: String) async throws {
    let effort = command.contains("--rounds") ? "" : " --seconds 0.002 --rounds 2"
    let records = try await records((command + effort).split(separator: " ").map(String.init))
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

  @Test func aLockThatFailsIsShownAsFailing() async throws {
    let records = try await records([
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
