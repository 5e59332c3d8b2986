#if Postgres
  import Foundation
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Statements that meet", .needsPostgres, .timeLimit(.minutes(15)))
  struct InterleavingTests {
    /// The statements of a store, with its plans, on a session that waits without a limit.
    struct Client: Sendable {
      let session: any PostgresSession
      let store: PostgresLeaseStore

      init(_ database: TestDatabase) async throws {
        session = try await database.cluster.connect()
        store = PostgresLeaseStore("", configuration: database.configuration)
        for plan in ["seqscan", "hashjoin", "mergejoin"] {
          _ = try await session.run("SET enable_\(plan) = off")
        }
      }

      var backend: Int32 {
        get async throws {
          try #require(Int32(try await session.run("SELECT pg_backend_pid()")[0][0] ?? ""))
        }
      }

      func acquire(_ key: String, _ owner: String, waits: Bool = false) async throws -> Int? {
        let row = try await session.run(
          store.statements[0],
          ["{\(key)}", "{\(owner)}", "{60000}", waits ? "{\(owner)}" : "{}"])[0]
        return row[1].flatMap { Int($0) }
      }

      func leave(_ key: String, _ owner: String) async throws -> [[String?]] {
        try await session.run(store.statements[1], ["{\(key)}", "{\(owner)}", "200"])
      }
    }

    func untilBlocked(_ database: TestDatabase, _ backend: Int32) async throws {
      try await until {
        try await database.admin.run(
          "SELECT 1 FROM pg_stat_activity WHERE pid = $1::text::int AND wait_event_type = 'Lock'",
          ["\(backend)"]
        ).count == 1
      }
    }

    @Test("Who waits behind a release, and is late, has a larger token than who came between")
    func lateWinner() async throws {
      let database = try await TestDatabase()
      _ = try await TestProcess(database)
      let (one, late, between) = try await (Client(database), Client(database), Client(database))
      let first = try #require(try await one.acquire("k", "p1/1/x"))
      _ = try await one.session.run("BEGIN")
      _ = try await one.leave("k", "p1/1/x")
      let backend = try await late.backend
      async let lateToken = late.acquire("k", "p2/1/x")
      try await untilBlocked(database, backend)

      Foundation.kill(backend, SIGSTOP)
      _ = try await one.session.run("COMMIT")
      let second = try #require(try await between.acquire("k", "p3/1/x"))
      #expect(try await between.leave("k", "p3/1/x") == [["k", "t", "f"]])
      Foundation.kill(backend, SIGCONT)
      let third = try #require(try await lateToken)
      #expect(first < second && second < third)
    }

    @Test("Two that find a lease over get it once, and the other is told how long it lasts")
    func expiredRace() async throws {
      let database = try await TestDatabase()
      _ = try await TestProcess(database)
      let (one, two, three) = try await (Client(database), Client(database), Client(database))
      _ = try await one.acquire("k", "p1/1/x")
      _ = try await database.admin.run("UPDATE \(database.table) SET expires = now()")
      _ = try await one.session.run("BEGIN")
      _ = try await one.session.run("SELECT 1 FROM \(database.table) WHERE key = 'k' FOR UPDATE")
      let (backend2, backend3) = try await (two.backend, three.backend)
      async let token2 = two.acquire("k", "p2/1/x", waits: true)
      try await untilBlocked(database, backend2)
      async let token3 = three.acquire("k", "p3/1/x", waits: true)
      try await untilBlocked(database, backend3)
      _ = try await one.session.run("COMMIT")
      let tokens = try await [token2, token3]
      #expect(tokens.count { $0 != nil } == 1)
      let row = try await database.admin.run(
        "SELECT owner, queue, expires > now() + interval '50 s' FROM \(database.table)")[0]
      let (winner, loser) = tokens[0] != nil ? ("p2/1/x", "p3/1/x") : ("p3/1/x", "p2/1/x")
      #expect(row == [winner, "{\(loser)}", "t"])
    }

    @Test("Renewals of the same rows, whatever their order, never deadlock")
    func noDeadlock() async throws {
      let database = try await TestDatabase()
      _ = try await TestProcess(database)
      let keys = (0..<60).map { "k\($0)" }
      let clients = try await [Client(database), Client(database), Client(database)]
      for key in keys { _ = try await clients[0].acquire(key, "p1/1/x") }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in clients {
          group.addTask {
            for _ in 0..<60 {
              // As an old connection and a new one of one process may. A deadlock is an error:
              // these sessions have no limit that would end one before it is found.
              let rows = try await client.session.run(
                client.store.statements[2],
                [
                  "{\(keys.shuffled().joined(separator: ","))}",
                  "{\(keys.map { _ in "p1/1/x" }.joined(separator: ","))}", "60000",
                ])
              #expect(rows.count == keys.count)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
#endif
