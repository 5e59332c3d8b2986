#if Postgres
  import LockTable
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Locks of a transaction", .needsPostgres, .timeLimit(.minutes(15)))
  struct TransactionLockTests {
    @Test("The lock lasts until the transaction ends, and its data are there with it")
    func lastsToCommit() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (database.cluster.connect(), database.cluster.connect())
      defer { for session in [one, two] { session.close() } }
      let table = database.quotedSchema + ".stock"
      _ = try await one.run("CREATE TABLE \(table) (n int)")
      _ = try await one.run("INSERT INTO \(table) VALUES (0)")

      _ = try await one.run("BEGIN")
      let result = try await one.withTransactionLock("a", namespace: database.schema) {
        _ = try await one.run("UPDATE \(table) SET n = n + 1")
        return 42
      }
      #expect(result == 42)

      _ = try await two.run("BEGIN")
      let key = database.schema
      let second = Task {
        try await two.withTransactionLock("a", namespace: key) {
          try await two.run("SELECT n FROM \(table)")[0][0]
        }
      }
      // It waits, although the first body has returned.
      try await until { try await database.waitsForAdvisoryLock() }
      _ = try await one.run("COMMIT")
      #expect(try await second.value == "1")
      _ = try await two.run("ROLLBACK")

      // Free again.
      _ = try await one.run("BEGIN")
      try await one.withTransactionLock("a", namespace: key, timeout: .seconds(60)) {}
      _ = try await one.run("COMMIT")
    }

    @Test(
      "A wait that is too long throws, and the transaction can be used", arguments: [true, false])
    func timeout(_ knowsTransaction: Bool) async throws {
      let database = try await TestDatabase()
      let one = try await database.cluster.connect()
      let plain = try await database.cluster.connect()
      let two: any PostgresSession = knowsTransaction ? plain : Ignorant(plain)
      defer { for session in [one, plain] { session.close() } }
      _ = try await one.run("BEGIN")
      try await one.withTransactionLock(7, namespace: database.schema) {}

      _ = try await two.run("SET lock_timeout = '77s'")
      _ = try await two.run("BEGIN")
      let error = await #expect(throws: LeaseError.self) {
        try await two.withTransactionLock(7, namespace: database.schema, timeout: .milliseconds(20))
        {
          Issue.record("the lock was taken twice")
        }
      }
      #expect(error?.reason == .timedOut && error?.key == "7")
      #expect(error?.limit == .milliseconds(20) && (error?.waited ?? .zero) >= .milliseconds(20))
      #expect(try await two.run("SELECT current_setting('lock_timeout')") == [["77s"]])
      try await two.withTransactionLock(8, namespace: database.schema, timeout: .seconds(60)) {}
      // Longer than the server can wait.
      try await two.withTransactionLock(
        8, namespace: database.schema, timeout: .seconds(Int64.max)
      ) {}
      #expect(try await two.run("SELECT current_setting('lock_timeout')") == [["77s"]])
      _ = try await two.run("COMMIT")
      _ = try await one.run("ROLLBACK")
      #expect(try await database.advisoryLocks(of: database.schema, [7, 8]) == 0)
    }

    @Test("Without a transaction there is no lock", arguments: [true, false])
    func noTransaction(_ knowsTransaction: Bool) async throws {
      let database = try await TestDatabase()
      let plain = try await database.cluster.connect()
      let session: any PostgresSession = knowsTransaction ? plain : Ignorant(plain)
      defer { plain.close() }
      let error = await #expect(throws: PostgresSessionError.self) {
        try await session.withTransactionLock("a", namespace: "n") {
          Issue.record("there is no lock")
        }
      }
      #expect(error?.sqlState == "25P01")
    }

    @Test("The number of a lock is the hash that is documented")
    func hash() throws {
      // The first is the test vector of FNV-1a for "foobar", with a slash in it.
      let name = try #require(LeaseName(namespace: "a", key: ""))
      #expect(name.text == "a/%")
      var expected: UInt64 = 14_695_981_039_346_656_037
      for byte in "a/%".utf8 { expected = (expected ^ UInt64(byte)) &* 1_099_511_628_211 }
      #expect(name.advisoryLockID == Int64(bitPattern: expected))
      let other = try #require(LeaseName(namespace: "a", key: "b"))
      #expect(other.advisoryLockID != name.advisoryLockID)
    }
  }

  /// A session of a client that can't tell whether it is in a transaction.
  private final class Ignorant: PostgresSession {
    private let session: any PostgresSession

    init(_ session: any PostgresSession) { self.session = session }

    func send(
      _ statement: PostgresStatement, _ parameters: [String],
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      session.send(statement, parameters, completion: completion)
    }

    func listen(
      on channel: String,
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      session.listen(on: channel, completion: completion)
    }

    func close() { session.close() }
  }

  extension TestDatabase {
    func waitsForAdvisoryLock() async throws -> Bool {
      let name = LeaseName(namespace: schema, key: "a")
      return try await advisoryLocks("NOT granted", name.map { [$0] } ?? []) > 0
    }

    func advisoryLocks(of namespace: String, _ keys: [Int]) async throws -> Int {
      try await advisoryLocks(
        "granted", keys.compactMap { LeaseName(namespace: namespace, key: $0) })
    }

    private func advisoryLocks(_ condition: String, _ names: [LeaseName]) async throws -> Int {
      let numbers = names.map { "\($0.advisoryLockID)" }.joined(separator: ",")
      return try await admin.run(
        """
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND \(condition)
          AND (classid::bigint << 32 | objid::bigint) = ANY ('{\(numbers)}'::bigint[])
        """
      ).count
    }
  }
#endif
