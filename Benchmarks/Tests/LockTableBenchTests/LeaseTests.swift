import Foundation
import Testing

@testable import lock_table_bench

@Suite struct LeaseTests {
  private static let work = LeaseWork(tasks: 3, hold: 50, seconds: 0.25)

  @Test(arguments: [false, true])
  func theArgumentsAreThoseOfTheCommand(withoutFront: Bool) throws {
    let arguments = LeaseChild.arguments(
      .directory("/some/where"), witness: "/some/file", Self.work, withoutFront: withoutFront)
    let command = try #require(LockTableBench.parseAsRoot(arguments) as? LeaseChild)
    #expect(command.directory == "/some/where")
    #expect(command.postgres == nil)
    #expect((command.witness, command.tasks, command.hold) == ("/some/file", 3, 50))
    #expect((command.seconds, command.withoutFront) == (0.25, withoutFront))
  }

  @Test func aRoundIsALineAndAnythingElseAReason() throws {
    let round = LeaseChild.Round(acquisitions: 7, entries: 9, handOffs: 5)
    #expect(try LeaseChild.Round(answer: round.line) == round)
    #expect(throws: NotMeasured(reason: "no server")) { try LeaseChild.Round(answer: "no server") }
    #expect(throws: NotMeasured.self) { try LeaseChild.Round(answer: nil) }
  }

  @Test func theSmallerPartIsDividedByTheLarger() {
    let round = LeasePair.Round(
      parts: [
        LeaseChild.Round(acquisitions: 30, entries: 38, handOffs: 0),
        LeaseChild.Round(acquisitions: 40, entries: 48, handOffs: 0),
      ])
    #expect(round.evenness == 0.75)
    #expect(round.rate(seconds: 2) == 35)
  }

  @Test func theWitnessMissesAHolderThatWasNotAlone() throws {
    try withFile(Data()) { path in
      let (one, other) = (try Witness(path: path), try Witness(path: path))
      one.enter(nanoseconds: 1)
      other.enter(nanoseconds: 1)
      #expect((one.count, other.count) == (2, 2))
      one.enter { other.enter {} }
      #expect((one.count, other.count) == (3, 3))
    }
  }

  @Test(.disabled(if: LeasePlace.hasPostgres))
  func aServerNeedsTheTrait() {
    #expect(throws: (any Error).self) {
      try LeasesExperiment.parse(["--postgres", "host=nowhere"])
    }
  }
}
