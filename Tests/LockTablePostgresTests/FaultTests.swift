#if Postgres
  import Foundation
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("A PostgreSQL server that fails", .needsPostgres, .timeLimit(.minutes(15)))
  struct FaultTests {
    @Test("A backend that is terminated is replaced, and leases and waits go on")
    func terminatedBackend() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("a")
      let (held, waiting) = (one.claim(name), two.claim(name))
      let token = try await one.store.acquire(held, for: .seconds(600), waits: true).token
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)

      for process in [one, two] { try await database.terminate(process) }
      try await one.untilConnected(2)
      try await two.untilConnected(2)
      #expect(
        try await one.store.renew([held], for: .seconds(600)) == [.renewed(isWanted: true)])
      // As a table does after a connection was made anew.
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)
      #expect(try await database.queue(of: name) == [waiting.owner.text])
      #expect(try await one.store.release(held).wasHeld)
      try await two.untilMayBeFree(name)
      #expect(try await two.acquire(waiting) > token)
      #expect(try await two.store.release(waiting).wasHeld)
    }

    @Test("A server that is killed and restarted keeps leases, places in line and the token order")
    func killedServer() async throws {
      let cluster = try await TestCluster()
      let database = try await TestDatabase(cluster)
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("a")
      let (held, waiting) = (one.claim(name), two.claim(name))
      let token = try await one.store.acquire(held, for: .seconds(600), waits: true).token
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)

      try await cluster.kill()
      try await until { one.isInterrupted && two.isInterrupted }
      await #expect(throws: LeaseStoreError.self) {
        try await one.store.renew([held], for: .seconds(600))
      }
      try await cluster.start()
      try await one.untilConnected(2)
      try await two.untilConnected(2)
      #expect(
        try await one.store.renew([held], for: .seconds(600)) == [.renewed(isWanted: true)])
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)
      #expect(try await one.store.release(held).wasHeld)
      try await two.untilMayBeFree(name)
      #expect(try await two.acquire(waiting) > token)
      #expect(try await two.store.release(waiting).wasHeld)
      try await cluster.kill()
    }

    @Test("A row that a stranger's transaction has locked holds up only its own key")
    func strangersLock() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database, duration: .seconds(60))
      let claims = try (0..<4).map { process.claim(try name($0)) }
      for claim in claims {
        _ = try await process.store.acquire(claim, for: .seconds(600), waits: true)
      }
      let stranger = try await database.cluster.connect()
      _ = try await stranger.run("BEGIN")
      _ = try await stranger.run(
        "SELECT 1 FROM \(database.table) WHERE key = 'orders/2' FOR UPDATE")

      async let others = withThrowingTaskGroup(of: Bool.self) { group in
        for claim in claims where claim != claims[2] {
          group.addTask { try await process.store.release(claim).wasHeld }
        }
        return try await group.reduce(true) { $0 && $1 }
      }
      let error = await #expect(throws: LeaseStoreError.self) {
        try await process.store.release(claims[2])
      }
      #expect(error?.code == "55P03" && error?.kind == .transient)
      #expect(try await others)
      _ = try await stranger.run("COMMIT")
      #expect(try await process.store.release(claims[2]).wasHeld)
      #expect(process.changes.count == 1)
      stranger.close()
    }

    @Test("A stranger's lock on one row lets the others be renewed")
    func strangersLockAtRenewal() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database, duration: .seconds(60))
      let claims = try (0..<4).map { process.claim(try name($0)) }
      for claim in claims {
        _ = try await process.store.acquire(claim, for: .seconds(10), waits: true)
      }
      let stranger = try await database.cluster.connect()
      _ = try await stranger.run("BEGIN")
      _ = try await stranger.run(
        "SELECT 1 FROM \(database.table) WHERE key = 'orders/2' FOR UPDATE")
      let answers = try await process.store.renew(claims, for: .seconds(600))
      for (index, answer) in answers.enumerated() {
        switch answer {
        case .unanswered(let error): #expect(index == 2 && error.code == "55P03")
        case .renewed: #expect(index != 2)
        case .lost: Issue.record("a lease that nobody took is lost")
        }
      }
      _ = try await stranger.run("COMMIT")
      let renewed = try await database.admin.run(
        """
        SELECT key FROM \(database.table)
        WHERE expires > clock_timestamp() + interval '60 s' ORDER BY key
        """)
      #expect(renewed.compactMap { $0[0] } == ["orders/0", "orders/1", "orders/3"])
      #expect(
        try await process.store.renew(claims, for: .seconds(600))
          == claims.map { _ in .renewed(isWanted: false) })
      stranger.close()
    }

    @Test("A cancelled wait leaves no row and no place, whenever it is cancelled")
    func cancelledWaits() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("a")
      for round in 0..<40 {
        let claim = two.claim(name)
        var held: LeaseClaim?
        if round.isMultiple(of: 2) {
          held = one.claim(name)
          _ = try await one.store.acquire(try #require(held), for: .seconds(600), waits: true)
        }
        let task = Task {
          try await two.store.acquire(claim, for: .seconds(600), waits: true)
        }
        for _ in 0..<round { await Task.yield() }
        task.cancel()
        _ = try? await task.value
        _ = try await two.store.release(claim)
        if let held { #expect(try await one.store.release(held).wasHeld) }
        #expect(try await database.rows() == [])
      }
    }

    @Test("A server that has no answer for us is left, and its backend ended")
    func silentServer() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database, duration: .seconds(1))
      let claim = process.claim(try name("a"))
      // On a slow machine an answer may be late before.
      _ = try await process.acquire(claim)
      let backend = try #require(try await database.backends(of: process).first)
      let connections = process.connectionCount
      Foundation.kill(backend, SIGSTOP)
      await #expect(throws: LeaseStoreError.self) {
        try await process.store.renew([claim], for: .seconds(600))
      }
      // The stopped one can't be ended before it goes on.
      try await process.untilConnected(connections + 1)
      #expect(process.isInterrupted)
      Foundation.kill(backend, SIGCONT)
      try await until { try await !database.backends(of: process).contains(backend) }
      // As before.
      try await until {
        (try? await process.store.renew([claim], for: .seconds(600))) == [.renewed(isWanted: false)]
      }
    }
  }

  extension TestDatabase {
    func backends(of process: TestProcess) async throws -> [Int32] {
      try await admin.run(
        "SELECT pid FROM pg_stat_activity WHERE application_name = $1",
        ["lock-table test:\(process.process.number)"]
      ).compactMap { $0[0].flatMap { Int32($0) } }
    }

    func terminate(_ process: TestProcess) async throws {
      for backend in try await backends(of: process) {
        _ = try await admin.run("SELECT pg_terminate_backend($1::text::int)", ["\(backend)"])
      }
    }
  }

  extension TestProcess {
    var isInterrupted: Bool {
      changes.contains { if case .interrupted = $0 { true } else { false } }
    }
  }
#endif
