#if Postgres
  import LockTable
  import LockTableLeases
  import LockTablePostgres
  import Synchronization
  import Testing

  /// A schema of a test's own, and a session of an administrator's.
  final class TestDatabase: Sendable {
    private static let count = Atomic(0)

    let cluster: TestCluster
    let schema: String
    let admin: any PostgresSession

    init(_ cluster: TestCluster? = nil) async throws {
      if let cluster {
        self.cluster = cluster
      } else {
        self.cluster = try await TestCluster.shared.value
      }
      schema = "test \"\(Self.count.add(1, ordering: .relaxed).newValue)"
      admin = try await self.cluster.connect()
      _ = try await admin.run("CREATE SCHEMA \(quotedSchema)")
    }

    deinit { admin.close() }

    var quotedSchema: String { "\"" + schema.replacing("\"", with: "\"\"") + "\"" }
    var table: String { quotedSchema + ".lock_table_lease" }

    var configuration: PostgresLeaseStore.Configuration {
      var configuration = PostgresLeaseStore.Configuration()
      configuration.schema = schema
      return configuration
    }

    /// The keys that have a row.
    func rows() async throws -> [String] {
      try await admin.run("SELECT key FROM \(table) ORDER BY key").compactMap { $0[0] }
    }

    /// The owners that wait for a key.
    func queue(of name: LeaseName) async throws -> [String] {
      try await admin.run("SELECT unnest(queue) FROM \(table) WHERE key = $1", [name.text])
        .compactMap { $0[0] }
    }
  }

  /// A process, as the server sees it: a store that runs.
  final class TestProcess: Sendable {
    private static let count = Atomic(0)

    let store: PostgresLeaseStore
    let process: LeaseProcess
    private let serial = Atomic<UInt64>(0)
    private let seen = Guarded<[LeaseStoreChange]>([])
    private let ending = Guarded<Result<Void, LeaseStoreError>?>(nil)
    private let task = Guarded<Task<Void, Never>?>(nil)

    init(_ store: PostgresLeaseStore) {
      self.store = store
      let number = Int32(Self.count.add(1, ordering: .relaxed).newValue)
      let digits = String(number, radix: 16)
      let id = String(repeating: "0", count: 16 - digits.count) + digits
      process = LeaseProcess(id: id, host: "test", number: number, started: 0)
    }

    convenience init(
      _ database: TestDatabase, duration: Duration = .seconds(15), options: String = ""
    ) async throws {
      var configuration = database.configuration
      configuration.leaseDuration = duration
      self.init(
        PostgresLeaseStore(
          database.cluster.connectionString + " " + options, configuration: configuration))
      run()
      try await untilConnected(1)
    }

    static func several(_ count: Int, _ database: TestDatabase) async throws -> [TestProcess] {
      var processes: [TestProcess] = []
      for _ in 0..<count { processes.append(try await TestProcess(database)) }
      return processes
    }

    deinit { stop() }

    func run() {
      let (store, process, seen, ending) = (store, process, seen, ending)
      ending.withLock { $0 = nil }
      let new = Task {
        do throws(LeaseStoreError) {
          try await store.run(as: process) { change in seen.withLock { $0.append(change) } }
          ending.withLock { $0 = .success(()) }
        } catch {
          ending.withLock { $0 = .failure(error) }
        }
      }
      task.withLock { $0 = new }
    }

    func stop() { task.withLock { $0 }?.cancel() }

    /// Waits for the end of the run.
    func untilEnded() async throws -> Result<Void, LeaseStoreError> {
      await task.withLock { $0 }?.value
      return try #require(ending.withLock { $0 })
    }

    var changes: [LeaseStoreChange] { seen.withLock { $0 } }

    var connectionCount: Int {
      changes.count { if case .connected = $0 { true } else { false } }
    }

    func untilConnected(_ times: Int) async throws {
      try await until {
        if case .failure(let error) = self.ending.withLock({ $0 }) { throw error }
        return self.connectionCount >= times
      }
    }

    func untilMayBeFree(_ name: LeaseName) async throws {
      try await until {
        self.changes.contains { if case .mayBeFree(name) = $0 { true } else { false } }
      }
    }

    func claim(_ name: LeaseName) -> LeaseClaim {
      let number = serial.add(1, ordering: .relaxed).newValue
      return LeaseClaim(name, owner: LeaseOwner(process: process, serial: number))
    }

    /// Asks until it is granted, as a table does.
    func acquire(_ claim: LeaseClaim, for duration: Duration = .seconds(600)) async throws -> Int64
    {
      while true {
        let heard = changes.count
        do throws(LeaseStoreError) {
          switch try await store.acquire(claim, for: duration, waits: true) {
          case .granted(let token): return token
          case .held(let obstacle):
            let limit = min(obstacle.remaining ?? .seconds(1), .seconds(1)) + .milliseconds(1)
            let deadline = ContinuousClock.now + limit
            while changes.count == heard, .now < deadline {
              try? await Task.sleep(for: .milliseconds(1))
            }
          }
        } catch {
          guard error.kind == .transient else { throw error }
          try await Task.sleep(for: .milliseconds(20))
        }
        try Task.checkCancellation()
      }
    }
  }

  func name(_ key: some LockKey) throws -> LeaseName {
    try #require(LeaseName(namespace: "orders", key: key))
  }
#endif
