#if Postgres
  import Foundation
  import LeaseProcessKit
  import LockTableLeasesTesting
  import Testing

  @Suite(
    "Processes and backends that stop at random", .needsPostgres, .needsProcesses,
    .timeLimit(.minutes(15)))
  struct HammerTests {
    /// Stopping the processes alone shows little: a token that is drawn too early, say, shows only
    /// when a backend stops in the middle of a statement.
    @Test("Tokens rise, and what is kept was exclusive, whatever stops and goes on")
    func hammer() async throws {
      let cluster = try await TestCluster()
      let workers = try await TestWorkers(cluster, duration: .seconds(1))
      var processes: [HelperProcess] = []
      for _ in 0..<4 {
        let process = try await workers.start()
        process.say("contend 3 3 1000000")
        processes.append(process)
      }
      try await workers.untilWrites(20)
      let end = ContinuousClock.now + .seconds(6)
      var rounds = 0
      while .now < end {
        // Nothing is stopped now: one that is could have what this needs.
        let backends = try await workers.backends
        let clients = processes.map(\.number)
        for _ in 0..<20 {
          let pause = Duration.milliseconds(Int.random(in: 2...12))
          try await stop(Int.random(in: 0..<3) == 0 ? clients : backends, for: pause)
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...6)))
        }
        // For longer than the leases last.
        try await stop(rounds.isMultiple(of: 2) ? clients : backends, for: .milliseconds(1300))
        rounds += 1
      }
      try await workers.untilWrites(20)
      for process in processes { process.say("stop") }
      for process in processes { try await process.line("contended") }
      let records = try await workers.finish()
      print("hammer: \(records.summary)")
      #expect(records.count(.kept) > 0)
      // What a backend did after its process had given up on it ends by itself.
      try await until { try await workers.rowCount == 0 }
      try await cluster.kill()
    }

    private func stop(_ processes: [Int32], for pause: Duration) async throws {
      guard let victim = processes.randomElement() else { return }
      Foundation.kill(victim, SIGSTOP)
      try await Task.sleep(for: pause)
      Foundation.kill(victim, SIGCONT)
    }
  }
#endif
