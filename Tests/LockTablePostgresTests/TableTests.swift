#if Postgres
  import LockTableLeases
  import LockTableLeasesTesting
  import LockTablePostgres
  import LockTableTesting
  import Testing

  @Suite("A table of leases over PostgreSQL", .needsPostgres, .timeLimit(.minutes(15)))
  struct TableTests {
    /// Runs tables, which stand for processes, while `body` runs.
    func withTables(
      _ count: Int, _ database: TestDatabase,
      _ body: @Sendable @escaping ([LeaseTable<String>]) async throws -> Void
    ) async throws {
      var configuration = LeaseConfiguration()
      configuration.duration = .seconds(600)
      let tables = (0..<count).map { [configuration] _ in
        LeaseTable<String>(
          store: .postgres(
            database.cluster.connectionString, configuration: database.configuration),
          namespace: "orders", configuration: configuration)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for table in tables { group.addTask { try await table.run() } }
        try await body(tables)
        group.cancelAll()
        try await group.waitForAll()
      }
    }

    @Test("Two processes with eight tasks each share a key, and tokens rise")
    func contended() async throws {
      let database = try await TestDatabase()
      let history = LeaseHistory()
      try await withTables(2, database) { tables in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for task in 0..<16 {
            group.addTask {
              for _ in 0..<20 {
                let asked = history.now
                try await tables[task % 2].withLease("a") { lease in
                  let hold = history.begin("a", token: lease.fencingToken, askedAt: asked)
                  history.write("a", token: lease.fencingToken)
                  await Task.yield()
                  history.write("a", token: lease.fencingToken)
                  history.end(hold)
                }
              }
            }
          }
          try await group.waitForAll()
        }
      }
      #expect(history.violations == [])
      #expect(history.overlaps == [])
      #expect(history.entries.count { $0.kind == .accepted } == 640)
      #expect(try await database.rows() == [])
    }

    @Test("A row that is stolen cancels the body, and a broken connection does not")
    func theft() async throws {
      let database = try await TestDatabase()
      let clock = ManualClock()
      var configuration = LeaseConfiguration()
      configuration.duration = .seconds(600)
      configuration.clock = clock
      let table = LeaseTable<String>(
        store: .postgres(
          database.cluster.connectionString, configuration: database.configuration),
        namespace: "orders", configuration: configuration)
      let run = Task { try await table.run() }
      let value = try await table.withLease("a") { lease in
        _ = try await database.admin.run(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE pid <> pg_backend_pid() AND strpos(query, $1) > 0
          """, [database.quotedSchema])
        try await until { (try? await table.snapshot().count) == 1 }
        return lease.isValid
      }
      #expect(value)

      let error = await #expect(throws: LeaseLostError.self) {
        try await table.withLease("b") { lease in
          _ = try await database.admin.run(
            "UPDATE \(database.table) SET owner = 'me' WHERE key = 'orders/b'")
          // A renewal is due.
          clock.advance(by: .seconds(200))
          while true { try await Task.sleep(for: .seconds(1)) }
        }
      }
      #expect(error?.reason == .taken)
      run.cancel()
      _ = try? await run.value
    }

    @Test("A lease whose row a stranger has locked is lost at its time, and the others are not")
    func blockedRenewal() async throws {
      let (server, clock) = (ScriptedServer(), ManualClock())
      var configuration = LeaseConfiguration()
      configuration.duration = .seconds(60)
      configuration.clock = clock
      let table = LeaseTable<String>(
        store: PostgresLeaseStore(server), namespace: "orders", configuration: configuration)
      let run = Task { try await table.run() }
      try await server.nextSweep()
      let lost = Guarded(false)
      let bodies = ["a", "b"].map { key in
        Task {
          try await table.withLease(key) { _ in
            while true { try await Task.sleep(for: .seconds(1)) }
          }
        }
      }
      let watch = Task {
        await #expect(throws: LeaseLostError.self) { try await bodies[1].value }
        lost.withLock { $0 = true }
      }
      var granted = 0
      while granted < 2 {
        let call = try await server.next()
        if call.name == "lease_acquire" {
          granted += call.elements(0).count
          call.grant(token: granted)
        } else {
          call.answer()
        }
      }
      try await until { table.statistics().held == 2 }

      // Renewals are sent after 20 s. One is not answered, and its lease ends after 40 s.
      clock.advance(by: .seconds(21))
      try await server.next().fail("55P03")
      try await server.next().answer([["orders/a", "f"]])
      try await server.next().answer([["orders/b", "f"]])
      let next = Task { try await server.next() }
      try await until {
        if clock.time < .seconds(45) { clock.advance(by: .milliseconds(100)) }
        return lost.withLock { $0 }
      }
      #expect(table.statistics().held == 1)
      _ = try await next.value

      // Nobody answers the releases, which are tried for as long as the engine may know the leases.
      run.cancel()
      bodies[0].cancel()
      let time = Task {
        while !Task.isCancelled {
          clock.advance(by: .seconds(1))
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
      _ = await (run.result, bodies[0].result, watch.value)
      try await until { table.isEmpty }
      time.cancel()
    }
  }
#endif
