#if Postgres
  import Foundation
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("A PostgreSQL server that refuses", .needsPostgres, .timeLimit(.minutes(15)))
  struct RefusalTests {
    /// Runs a store until it ends by itself.
    func refusal(
      _ database: TestDatabase, _ options: String = "",
      _ change: (inout PostgresLeaseStore.Configuration) -> Void = { _ in }
    ) async throws -> LeaseStoreError {
      var configuration = database.configuration
      change(&configuration)
      let process = TestProcess(
        PostgresLeaseStore(
          database.cluster.connectionString + " " + options, configuration: configuration))
      process.run()
      switch try await process.untilEnded() {
      case .success: throw Hung()
      case .failure(let error):
        #expect(error.kind == .configuration)
        return error
      }
    }

    /// A role that may do nothing.
    func role(_ database: TestDatabase, _ suffix: String = "") async throws -> String {
      let role = "role\(database.schema.dropFirst(6))\(suffix)"
      _ = try await database.admin.run("CREATE ROLE \(role) LOGIN")
      _ = try await database.admin.run("GRANT USAGE ON SCHEMA \(database.quotedSchema) TO \(role)")
      return role
    }

    @Test("An unknown role, an unknown database and a bad connection string are told")
    func unknown() async throws {
      let database = try await TestDatabase()
      #expect(try await refusal(database, "user=nobody_knows").message.contains("nobody_knows"))
      #expect(try await refusal(database, "dbname=nowhere").message.contains("nowhere"))
      #expect(try await refusal(database, "colour=red").message.contains("colour"))
    }

    @Test("A missing table is told, and the SQL that is printed makes it")
    func missingTable() async throws {
      let database = try await TestDatabase()
      let error = try await refusal(database) { $0.createsSchema = false }
      #expect(error.code == "42P01" && error.message.contains("lock_table_lease"))

      var configuration = database.configuration
      configuration.createsSchema = false
      let process = TestProcess(
        PostgresLeaseStore(database.cluster.connectionString, configuration: configuration))
      // As psql would run it.
      _ = try await database.admin.run("DO $$ BEGIN \(process.store.schemaSQL) END $$")
      process.run()
      try await process.untilConnected(1)
      _ = try await process.store.acquire(
        process.claim(try name("a")), for: .seconds(600), waits: true
      ).token
    }

    @Test("Missing rights are told: to make the table, to use it, and its sequence")
    func rights() async throws {
      let database = try await TestDatabase()
      let role = try await role(database)
      let user = "user=\(role)"
      #expect(try await refusal(database, user).code == "42501")
      _ = try await TestProcess(database)
      #expect(try await refusal(database, user).message.contains("INSERT"))
      _ = try await database.admin.run(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON \(database.table) TO \(role)")
      #expect(try await refusal(database, user).message.contains("USAGE"))
      let sequence = database.table + "_token"
      _ = try await database.admin.run("GRANT USAGE ON SEQUENCE \(sequence) TO \(role)")
      let process = try await TestProcess(database, options: user)
      let claim = process.claim(try name("a"))
      _ = try await process.store.acquire(claim, for: .seconds(600), waits: true).token

      // Taken away while it runs: what can't be carried out changes nothing.
      _ = try await database.admin.run("REVOKE USAGE ON SEQUENCE \(sequence) FROM \(role)")
      let error = await #expect(throws: LeaseStoreError.self) {
        try await process.store.acquire(
          process.claim(try name("b")), for: .seconds(600), waits: true)
      }
      #expect(error?.kind == .configuration && error?.code == "42501")
      #expect(try await database.rows() == ["orders/a"])
    }

    @Test("A role that may only read is told")
    func readOnly() async throws {
      let database = try await TestDatabase()
      let role = try await role(database)
      _ = try await database.admin.run("ALTER ROLE \(role) SET default_transaction_read_only = on")
      #expect(try await refusal(database, "user=\(role)").code == "25006")
    }

    @Test("A role's own settings do no harm")
    func settings() async throws {
      let database = try await TestDatabase()
      let role = try await role(database)
      _ = try await database.admin.run(
        "GRANT CREATE ON SCHEMA \(database.quotedSchema) TO \(role)")
      for setting in [
        "default_transaction_isolation = serializable", "synchronous_commit = off",
        "lock_timeout = 1", "client_min_messages = debug5", "bytea_output = escape",
        "standard_conforming_strings = off", "datestyle = 'German'", "client_encoding = 'LATIN1'",
      ] {
        _ = try await database.admin.run("ALTER ROLE \(role) SET \(setting)")
      }
      let process = try await TestProcess(database, options: "user=\(role)")
      let claim = process.claim(try name("ü"))
      _ = try await process.store.acquire(claim, for: .seconds(600), waits: true).token
      #expect(
        try await process.store.renew([claim], for: .seconds(600)) == [.renewed(isWanted: false)])
      #expect(try await process.store.release(claim).wasHeld)
    }

    @Test("A table that is dropped is a mistake, and one that is altered is no matter")
    func changedTable() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database)
      let claim = process.claim(try name("a"))
      _ = try await process.store.acquire(claim, for: .seconds(600), waits: true)
      _ = try await database.admin.run("ALTER TABLE \(database.table) ADD COLUMN note text")
      _ = try await database.admin.run(
        "ALTER TABLE \(database.table) ALTER COLUMN key TYPE varchar")
      // The statements return other types now: the session is made anew.
      try await until {
        (try? await process.store.acquire(claim, for: .seconds(600), waits: true)) != nil
      }
      #expect(try await process.store.release(claim).wasHeld)
      _ = try await database.admin.run("DROP TABLE \(database.table)")
      let error = await #expect(throws: LeaseStoreError.self) {
        try await process.store.acquire(claim, for: .seconds(600), waits: true)
      }
      #expect(error?.kind == .configuration && error?.code == "42P01")
    }

    @Test("Eight processes that start at once make one table", arguments: 0..<5)
    func starts(_ round: Int) async throws {
      let database = try await TestDatabase()
      let processes = (0..<8).map { _ in
        TestProcess(
          PostgresLeaseStore(
            database.cluster.connectionString, configuration: database.configuration))
      }
      for process in processes { process.run() }
      for process in processes { try await process.untilConnected(1) }
      var tokens: Set<Int64> = []
      for (index, process) in processes.enumerated() {
        let claim = process.claim(try name(index))
        tokens.insert(
          try await process.store.acquire(claim, for: .seconds(600), waits: true).token)
      }
      #expect(tokens.count == 8)
    }

    @Test("A server with no connection to spare is waited for")
    func tooManyConnections() async throws {
      let database = try await TestDatabase()
      let role = try await role(database)
      _ = try await database.admin.run(
        "GRANT CREATE ON SCHEMA \(database.quotedSchema) TO \(role)")
      _ = try await database.admin.run("ALTER ROLE \(role) CONNECTION LIMIT 0")
      let process = TestProcess(
        PostgresLeaseStore(
          database.cluster.connectionString + " user=\(role)",
          configuration: database.configuration))
      process.run()
      try await until { process.isInterrupted }
      _ = try await database.admin.run("ALTER ROLE \(role) CONNECTION LIMIT -1")
      try await process.untilConnected(1)
    }
  }
#endif
