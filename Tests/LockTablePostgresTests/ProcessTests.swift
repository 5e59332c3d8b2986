#if Postgres && os(Linux)
  import Foundation
  import LeaseProcessKit
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Real processes", .needsPostgres, .timeLimit(.minutes(15)))
  struct ProcessTests {
    @Test("Four processes that share keys write in order, and lose nothing")
    func contended() async throws {
      let database = try await TestDatabase()
      try await ChildProcess.prepare(database)
      let children = try await ChildProcess.start(4, "contend", database)
      for child in children {
        #expect(try await child.end() == 0)
      }
      let counts = try await database.admin.run(
        """
        SELECT (SELECT sum(writes) FROM \(database.quotedSchema).resource),
          (SELECT sum(grants) FROM \(database.quotedSchema).report),
          (SELECT sum(refused) FROM \(database.quotedSchema).report),
          (SELECT count(*) FROM \(database.quotedSchema).report)
        """)[0]
      #expect(counts == ["160", "160", "0", "4"])
      #expect(try await database.rows() == [])
    }

    @Test("A process that is killed loses its key after the duration, and only then")
    func killedHolder() async throws {
      let database = try await TestDatabase()
      try await ChildProcess.prepare(database)
      let process = try await TestProcess(database)
      let child = try #require(try await ChildProcess.start(1, "hold", database).first)
      try await until { try await database.rows() == ["orders/held"] }
      let claim = process.claim(try name("held"))
      let answer = try await process.store.acquire(claim, for: .seconds(60), waits: true)
      guard case .held(let obstacle) = answer else {
        Issue.record("granted to two processes")
        return
      }
      #expect(obstacle.owner?.process.number == child.number)
      child.send(SIGKILL)
      try await child.end()
      #expect(try await process.acquire(claim, for: .seconds(60)) > 0)
      #expect(try await process.store.release(claim).wasHeld)
    }
  }

  /// This program once more, as another process: it runs the one test below.
  enum ChildProcess {
    static let variable = "LOCK_TABLE_TEST_PROCESS"

    static var isOne: Bool { ProcessInfo.processInfo.environment[variable] != nil }

    static func prepare(_ database: TestDatabase) async throws {
      _ = try await TestProcess(database)
      let schema = database.quotedSchema
      for sql in [
        "CREATE TABLE \(schema).resource (key text PRIMARY KEY, token bigint, writes int)",
        "INSERT INTO \(schema).resource SELECT g::text, 0, 0 FROM generate_series(0, 2) AS g",
        "CREATE TABLE \(schema).report (grants int, refused int)",
      ] {
        _ = try await database.admin.run(sql)
      }
    }

    static func start(
      _ count: Int, _ mode: String, _ database: TestDatabase
    ) async throws -> [HelperProcess] {
      let what = [mode, database.cluster.folder, database.schema].joined(separator: "|")
      var processes: [HelperProcess] = []
      for _ in 0..<count {
        processes.append(
          try #require(
            await Spawner.shared.start(
              "/usr/bin/env",
              [
                "\(variable)=\(what)", "/proc/\(getpid())/exe", "--testing-library",
                "swift-testing", "--filter", "ChildProcessTests",
              ])))
      }
      return processes
    }
  }

  @Suite("A process that another test has started", .enabled(if: ChildProcess.isOne))
  struct ChildProcessTests {
    @Test("It does what it is told")
    func run() async throws {
      let what = ProcessInfo.processInfo.environment[ChildProcess.variable] ?? ""
      let parts = what.split(separator: "|").map(String.init)
      let dsn = "host=\(parts[1])/sock user=lease dbname=postgres"
      var configuration = PostgresLeaseStore.Configuration()
      configuration.schema = parts[2]
      let process = TestProcess(
        PostgresLeaseStore(dsn, configuration: configuration), number: getpid())
      process.run()
      try await process.untilConnected(1)
      if parts[0] == "hold" {
        let held = process.claim(try name("held"))
        _ = try await process.acquire(held, for: .seconds(2))
        let parent = getppid()
        while getppid() == parent {
          try await Task.sleep(for: .milliseconds(100))
          _ = try await process.store.renew([held], for: .seconds(2))
        }
        return
      }
      try await contend(process, dsn, "\"" + parts[2].replacing("\"", with: "\"\"") + "\"")
    }

    /// Writes under leases, with the resource's side in SQL.
    private func contend(_ process: TestProcess, _ dsn: String, _ schema: String) async throws {
      let limits = PostgresSessionLimits(connecting: .seconds(60), silence: .seconds(60))
      let resource = try await LibpqConnector(dsn).connect(limits) { _ in }
      var (grants, refused) = (0, 0)
      for _ in 0..<40 {
        let key = Int.random(in: 0...2)
        let claim = process.claim(try name(key))
        let token = try await process.acquire(claim, for: .seconds(60))
        let written = try await resource.run(
          """
          UPDATE \(schema).resource SET token = $2::text::bigint, writes = writes + 1
          WHERE key = $1 AND token < $2::text::bigint RETURNING key
          """, ["\(key)", "\(token)"])
        grants += 1
        if written.isEmpty { refused += 1 }
        #expect(try await process.store.release(claim).wasHeld)
      }
      _ = try await resource.run(
        "INSERT INTO \(schema).report VALUES ($1::text::int, $2::text::int)",
        ["\(grants)", "\(refused)"])
      resource.close()
    }
  }
#endif
