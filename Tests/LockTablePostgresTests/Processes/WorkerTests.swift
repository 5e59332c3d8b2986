#if Postgres
  import Foundation
  import LeaseProcessKit
  import LockTableLeasesTesting
  import Testing

  @Suite(
    "Processes that do as they are told", .needsPostgres, .needsProcesses, .timeLimit(.minutes(15)))
  struct WorkerTests {
    @Test("Processes that contend keep the order of tokens and lose nothing")
    func contention() async throws {
      let workers = try await TestWorkers(duration: .seconds(60))
      var processes: [HelperProcess] = []
      for _ in 0..<4 { processes.append(try await workers.start()) }
      for process in processes { process.say("contend 3 4 25") }
      for process in processes { try await process.line("contended") }
      let records = try await workers.finish()
      #expect(records.count(.kept) == 400)
      #expect(records.count(.lost) == 0)
      #expect(records.count(.accepted) == 800)
      #expect(records.count(.rejected) == 0)
      #expect(records.overlaps == [])
      #expect(try await workers.rowCount == 0)
    }

    @Test("A holder that is stopped for longer than its lease lasts is told, and fenced off")
    func stoppedHolder() async throws {
      let workers = try await TestWorkers(duration: .seconds(4))
      let (stopped, other) = try await (workers.start(), workers.start())
      stopped.say("hold a")
      let token = try await stopped.token("a")
      stopped.say("write a")
      try await stopped.line("accepted a")
      let stop = ContinuousClock.now
      stopped.send(SIGSTOP)
      other.say("hold a")
      #expect(try await other.token("a") > token)
      other.say("write a")
      try await other.line("accepted a")

      // It may find this before it finds that it has lost its lease.
      stopped.say("write a")
      stopped.send(SIGCONT)
      let length = stop.duration(to: .now)
      try await stopped.line("rejected a")
      try await stopped.line("cancelled a")
      try await stopped.line("lost a")
      stopped.say("write a")
      try await stopped.line("rejected a")
      other.say("write a")
      try await other.line("accepted a")
      other.say("release a")
      try await other.line("released a")

      // And all goes on.
      stopped.say("hold a")
      _ = try await stopped.token("a")
      stopped.say("write a")
      try await stopped.line("accepted a")
      stopped.say("release a")
      try await stopped.line("released a")
      let records = try await workers.finish()
      #expect(records.count(.lost) == 1)
      #expect(records.overlaps.count == 1)
      #expect(try #require(records.overlaps.first).duration < length + .seconds(4))
      #expect(try await workers.rowCount == 0)
    }

    @Test("A killed holder's key is another's once its lease is over")
    func killedHolder() async throws {
      let workers = try await TestWorkers(duration: .seconds(3))
      let (victim, other) = try await (workers.start(), workers.start())
      victim.say("hold a")
      let token = try await victim.token("a")
      other.say("hold a")
      try await workers.untilQueued("a")
      victim.send(SIGKILL)
      #expect(try await victim.end() == SIGKILL)
      #expect(try await other.token("a") > token)
      other.say("write a")
      try await other.line("accepted a")
      other.say("release a")
      try await other.line("released a")
      _ = try await workers.finish(killed: [victim])
      #expect(try await workers.rowCount == 0)
    }

    @Test("Killed waiters hold up those behind them for a moment only")
    func killedWaiters() async throws {
      let workers = try await TestWorkers(duration: .seconds(60))
      let (holder, last) = try await (workers.start(), workers.start())
      holder.say("hold a")
      let token = try await holder.token("a")
      var victims: [HelperProcess] = []
      for count in 1...3 {
        let victim = try await workers.start()
        victim.say("hold a")
        try await workers.untilQueued("a", count: count)
        victims.append(victim)
      }
      last.say("hold a")
      try await workers.untilQueued("a", count: 4)
      for victim in victims { victim.send(SIGKILL) }
      for victim in victims { #expect(try await victim.end() == SIGKILL) }
      holder.say("release a")
      try await holder.line("released a")
      #expect(try await last.token("a") > token)
      // Each holder that comes finds one of them less in line.
      while true {
        last.say("write a")
        try await last.line("accepted a")
        last.say("release a")
        try await last.line("released a")
        if try await workers.rowCount == 0 { break }
        last.say("hold a")
        _ = try await last.token("a")
      }
      _ = try await workers.finish(killed: victims)
    }
  }
#endif
