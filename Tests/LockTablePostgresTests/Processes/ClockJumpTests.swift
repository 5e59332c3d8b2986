#if Postgres
  import Foundation
  import LeaseProcessKit
  import Testing

  @Suite(
    "A process whose wall clock jumps", .needsPostgres, .needsProcesses, .timeLimit(.minutes(15)),
    .enabled(if: TestWallClock.isPossible, "needs Linux and a C compiler"))
  struct ClockJumpTests {
    @Test("Nothing changes for its leases, its waits and its connection")
    func jumps() async throws {
      let clock = try await TestWallClock()
      let workers = try await TestWorkers(duration: .seconds(6))
      let jumping = try await workers.start(environment: clock.environment)
      let other = try await workers.start()
      jumping.say("hold a")
      let token = try await jumping.token("a")
      other.say("hold b")
      _ = try await other.token("b")
      other.say("hold a")
      jumping.say("hold b")
      try await workers.untilQueued("a")
      try await workers.untilQueued("b")

      for days in [1, -1] as [Int64] {
        try clock.set(seconds: days * 86_400)
        let wall = try await (seconds(of: jumping), seconds(of: other))
        #expect(abs(wall.0 - wall.1 - days * 86_400) < 3600)
        try await workers.untilRenewed("a")
        try await workers.terminate(jumping)
        try await jumping.line("suspended")
        try await jumping.line("resumed")
        try await workers.untilRenewed("a")
      }
      #expect(!jumping.hasSaid("lost a") && !other.hasSaid("granted a"))
      #expect(!jumping.hasSaid("granted b") && !other.hasSaid("lost b"))
      jumping.say("write a")
      try await jumping.line("accepted a")
      jumping.say("release a")
      try await jumping.line("released a")
      #expect(try await other.token("a") > token)
      other.say("release b")
      try await other.line("released b")
      _ = try await jumping.token("b")
      for (process, key) in [(jumping, "b"), (other, "a")] {
        process.say("release \(key)")
        try await process.line("released \(key)")
      }
      let records = try await workers.finish()
      #expect(records.count(.lost) == 0)
      #expect(try await workers.rowCount == 0)
    }

    private func seconds(of process: HelperProcess) async throws -> Int64 {
      process.say("wall")
      return try #require(Int64(try await process.line("wall")))
    }
  }
#endif
