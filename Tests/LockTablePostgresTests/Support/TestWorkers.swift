#if Postgres
  import Foundation
  import LeaseProcessKit
  import LockTableLeases
  import LockTablePostgres
  import Testing

  /// Processes that have tables of leases over one schema, a resource that their leases protect,
  /// and what they write down.
  final class TestWorkers: Sendable {
    let database: TestDatabase
    private let duration: Duration
    private let folder: URL
    private let processes = Guarded<[HelperProcess]>([])

    init(_ cluster: TestCluster? = nil, duration: Duration) async throws {
      database = try await TestDatabase(cluster)
      self.duration = duration
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("lock-table-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      _ = try await database.admin.run(
        """
        CREATE TABLE \(database.quotedSchema).resource
          (key text PRIMARY KEY, fence bigint NOT NULL, writes bigint NOT NULL)
        """)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Starts a process, and waits until its table runs.
    ///
    /// - Parameter script: What a shell does before it executes the program.
    func start(
      connection: String? = nil, environment: [String: String] = [:], script: String? = nil,
      preparation: (HelperProcess) async throws -> Void = { _ in }
    ) async throws -> HelperProcess {
      let count = processes.withLock { $0.count }
      let arguments = [
        "work", "postgres", connection ?? database.cluster.connectionString, database.schema,
        folder.appendingPathComponent("\(count)").path, "\(duration.components.seconds * 1000)",
      ]
      let process =
        if let script {
          try HelperProcess(script: script, arguments)
        } else {
          try HelperProcess(arguments, environment: environment)
        }
      processes.withLock { $0.append(process) }
      try await preparation(process)
      try await process.line("ready")
      return process
    }

    /// Lets all processes end that were not killed. Checks that they leave nothing, and what they
    /// have written down.
    func finish(killed: [HelperProcess] = []) async throws -> LeaseRecords {
      let rest = processes.withLock { $0 }.filter { process in
        !killed.contains { $0 === process }
      }
      for process in rest { process.say("quit") }
      for process in rest {
        #expect(try await process.line("ended") == "empty")
        #expect(try await process.end() == 0)
      }
      for process in killed { try await process.end() }
      let records = try LeaseRecords(folder)
      #expect(records.violations == [])
      #expect(records.count(.accepted) > 0)
      return records
    }

    // The database, which may have been restarted since the last look at it.

    private func ask(_ sql: String, _ parameters: [String] = []) async throws -> [[String?]] {
      let session = try await database.cluster.connect()
      defer { session.close() }
      return try await session.run(sql, parameters)
    }

    /// The number of keys that have a row.
    var rowCount: Int {
      get async throws { try await ask("SELECT 1 FROM \(database.table)").count }
    }

    /// The backends of these processes.
    var backends: [Int32] {
      get async throws {
        try await ask(
          """
          SELECT pid FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
          """
        ).compactMap { $0[0].flatMap { Int32($0) } }
      }
    }

    /// Ends the backends of the process's table.
    func terminate(_ process: HelperProcess) async throws {
      let rows = try await ask(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE 'lock-table %:' || $1
        """, ["\(process.number)"])
      #expect(!rows.isEmpty)
    }

    /// Waits until so many processes stand in line for a key.
    func untilQueued(_ key: String, count: Int = 1) async throws {
      try await until {
        try await self.ask(
          """
          SELECT 1 FROM \(self.database.table)
          WHERE key = $1 AND cardinality(queue) >= $2::text::int
          """,
          ["work/\(key)", "\(count)"]
        ).count == 1
      }
    }

    /// Waits until the lease of a key was renewed.
    func untilRenewed(_ key: String) async throws {
      let sql = "SELECT expires FROM \(database.table) WHERE key = $1"
      let before = try await ask(sql, ["work/\(key)"])
      try await until { try await self.ask(sql, ["work/\(key)"]) != before }
    }

    /// Waits until the resource has taken so many more writes.
    func untilWrites(_ count: Int) async throws {
      let before = try await writeCount
      try await until { try await self.writeCount >= before + count }
    }

    private var writeCount: Int {
      get async throws {
        let rows = try await ask(
          "SELECT coalesce(sum(writes), 0) FROM \(database.quotedSchema).resource")
        return rows.first?[0].flatMap { Int($0) } ?? 0
      }
    }
  }

  extension HelperProcess {
    /// Waits until the process holds the key, and returns the token.
    func token(_ key: String) async throws -> Int64 {
      try #require(Int64(try await line("granted \(key)")))
    }
  }

  extension Trait where Self == ConditionTrait {
    /// Skips a test where the program that it starts is missing.
    static var needsProcesses: Self {
      .enabled(if: HelperProcess.isAvailable, "the program LeaseProcesses is missing")
    }
  }
#endif
