import Foundation
import Testing

@testable import lock_table_bench

@Suite struct ChildTests {
  private static let shell = URL(fileURLWithPath: "/bin/sh")

  @Test func eachLineIsAnsweredWithALine() throws {
    let child = try Child(
      Self.shell, ["-c", "while read -r line; do n=$((n + 1)); echo \"$n, 東京\"; done"])
    #expect(child.ask() == "1, 東京")
    #expect(child.ask() == "2, 東京")
    child.end()
  }

  @Test func aProcessThatEndsAnswersNothing() throws {
    let child = try Child(Self.shell, ["-c", "read -r line; echo unfinished; read -r line; exit"])
    #expect(child.ask() == "unfinished")
    #expect(child.ask() == nil)
    child.end()
  }

  @Test func whatIsNoProgramIsAnError() {
    #expect(throws: (any Error).self) { try Child(URL(fileURLWithPath: "/nowhere/at-all"), []) }
  }
}

@Suite struct ChildRoundsTests {
  @Test(arguments: [false, true])
  func theArgumentsAreThoseOfTheCommand(withoutMembarrier: Bool) throws {
    let arguments = ChildRounds.arguments(
      tasks: 40, keys: 20, seconds: 0.1, withoutMembarrier: withoutMembarrier)
    let command = try #require(LockTableBench.parseAsRoot(arguments) as? ChildRounds)
    #expect((command.tasks, command.keys) == (40, 20))
    #expect(command.seconds == 0.1)
    #expect(command.withoutMembarrier == withoutMembarrier)
  }

  @Test func aRoundIsALineAndAnythingElseAReason() throws {
    let round = ChildRounds.Round(nanoseconds: 812.5, violations: 0, acquisitions: 9, fences: 2)
    #expect(try ChildRounds.Round(answer: round.line) == round)
    #expect(throws: NotMeasured(reason: "no filter")) {
      try ChildRounds.Round(answer: "no filter")
    }
    #expect(throws: NotMeasured.self) { try ChildRounds.Round(answer: nil) }
  }

  @Test func aReasonIsShownInTheRatiosPlace() {
    var rounds = FenceRounds(Scenario(threads: 2, waiters: .tasks), seconds: 0.001)
    let (ratio, detail) = rounds.ratio(nil, patience: 1)
    #expect(ratio == nil)
    #expect(detail == "the program does not find itself")
  }

  /// The program, next to its tests, where these have a process of their own.
  private static var program: URL? {
    let url = Bundle.main.executableURL?.deletingLastPathComponent()
      .appendingPathComponent("lock-table-bench")
    return url.flatMap { FileManager.default.isExecutableFile(atPath: $0.path) ? $0 : nil }
  }

  #if os(Linux)
    @Test(.enabled(if: program != nil))
    func aChildWithoutMembarrierNeverCallsIt() throws {
      let program = try #require(Self.program)
      let scenario = Scenario(
        threads: 8, waiters: .tasks, keys: 4, distribution: .uniform, yields: true)
      var rounds = FenceRounds(scenario, seconds: 0.01)
      do {
        try rounds.addPair(program)
      } catch let error as NotMeasured {
        // A system may have no membarrier(), or no filters. That membarrier() was not refused is no
        // such reason.
        #expect(error.reason.hasPrefix("the system"))
        return
      }
      #expect(rounds.with.count == rounds.without.count)
      #expect(rounds.without.allSatisfy { $0.fences == 0 })
      #expect((rounds.with + rounds.without).allSatisfy { $0.violations == 0 })
    }
  #endif
}
