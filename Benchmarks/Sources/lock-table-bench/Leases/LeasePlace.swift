import LockTableLeases

#if Postgres
  import LockTablePostgres
#endif

/// Where leases are.
enum LeasePlace: Sendable {
  /// In this process: what a table costs without an engine.
  case memory
  /// In the directory of that path.
  case directory(String)
  /// In the database of that connection string.
  case postgres(String)

  var name: String {
    switch self {
    case .memory: "memory"
    case .directory: "directory"
    case .postgres: "PostgreSQL"
    }
  }

  /// A new store, which has a connection of its own where there are connections.
  func store() throws -> any LeaseStore {
    switch self {
    case .memory: return MemoryLeaseStore()
    case .directory(let path): return DirectoryLeaseStore(path: path)
    case .postgres(let connection):
      #if Postgres
        return PostgresLeaseStore(connection)
      #else
        throw NotMeasured(reason: Self.needsTrait)
      #endif
    }
  }

  #if Postgres
    static let hasPostgres = true
  #else
    static let hasPostgres = false
  #endif

  static let needsTrait = "For PostgreSQL build with '--traits Postgres', which needs libpq-dev."
}

/// A table that runs until it is stopped.
final class RunningTable: Sendable {
  let leases: LeaseTable<String>
  private let running: Task<Void, any Error>

  /// - Parameter handOffs: How many tasks may have a key one after the other.
  init(_ place: LeasePlace, handOffs: Int = 64) throws {
    var configuration = LeaseConfiguration()
    configuration.maximumHandOffs = handOffs
    let leases = LeaseTable<String>(
      store: try place.store(), namespace: "bench", configuration: configuration)
    self.leases = leases
    running = Task { try await leases.run() }
  }

  /// Throws if leases can't be had.
  func check() async throws {
    try await leases.withLease("check", timeout: .seconds(10)) { _ in }
  }

  func stop() async {
    running.cancel()
    _ = await running.result
  }
}

/// A store that runs without a table, until it is stopped.
final class RunningStore: Sendable {
  let store: any LeaseStore
  let process = LeaseProcess(id: "0123456789abcdef", host: "bench", number: 1, started: 0)
  private let running: Task<Void, any Error>

  init(_ store: any LeaseStore) {
    self.store = store
    running = Task { [process] in try await store.run(as: process) { _ in } }
  }

  convenience init(_ place: LeasePlace) throws { self.init(try place.store()) }

  func stop() async {
    running.cancel()
    _ = await running.result
  }
}

/// Runs `body` in a task and blocks the thread until it has ended.
func throwing<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value
{
  try Running.task {
    do { return Result<Value, any Error>.success(try await body()) } catch {
      return .failure(error)
    }
  }.join().get()
}
