#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("The store over another client", .needsPostgres, .timeLimit(.minutes(15)))
  struct OtherClientTests {
    @Test("Leases, waits and broken connections work as over the client of this library")
    func works() async throws {
      let database = try await TestDatabase()
      let processes = (0..<2).map { _ in
        TestProcess(
          PostgresLeaseStore(
            BlockingConnector(connectionString: database.cluster.connectionString),
            configuration: database.configuration))
      }
      for process in processes { process.run() }
      for process in processes { try await process.untilConnected(1) }
      let (one, two) = (processes[0], processes[1])
      let name = try name("a,\"\\ü")
      let (held, waiting) = (one.claim(name), two.claim(name))
      let token = try await one.store.acquire(held, for: .seconds(600), waits: true).token
      #expect(try await two.store.acquire(waiting, for: .seconds(600), waits: true).isHeld)
      #expect(
        try await one.store.renew([held], for: .seconds(600)) == [.renewed(isWanted: true)])
      #expect(try await one.store.holdings(in: "orders").map(\.owner) == [held.owner])

      try await database.terminate(two)
      try await two.untilConnected(2)
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)
      #expect(
        try await one.store.release(held) == LeaseRelease(wasHeld: true, isWanted: true))
      try await two.untilMayBeFree(name)
      #expect(try await two.acquire(waiting) > token)
      #expect(try await two.store.release(waiting).wasHeld)
      #expect(try await database.rows() == [])
    }

    @Test("A lock of a transaction works, and finds out whether there is a transaction")
    func transactionLock() async throws {
      let database = try await TestDatabase()
      let connector = BlockingConnector(connectionString: database.cluster.connectionString)
      let limits = PostgresSessionLimits(connecting: .seconds(10), silence: .seconds(10))
      let session = try await connector.connect(limits) { _ in }
      defer { session.close() }
      await #expect(throws: PostgresSessionError.self) {
        try await session.withTransactionLock(1, namespace: database.schema) {}
      }
      _ = try await session.run("BEGIN")
      try await session.withTransactionLock(1, namespace: database.schema) {}
      #expect(try await database.advisoryLocks(of: database.schema, [1]) == 1)
      _ = try await session.run("COMMIT")
      #expect(try await database.advisoryLocks(of: database.schema, [1]) == 0)
    }
  }
#endif
