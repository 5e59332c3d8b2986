#if Postgres
  import CMachine
  import LockTableLeases
  import LockTablePostgres
  import SinglePaths
  import Synchronization

  // The PostgreSQL store beside its own statements.

  extension LeasesExperiment {
    func postgresRows(_ connection: String) throws -> [any Record] {
      let place = LeasePlace.postgres(connection)
      let (store, table) = (try RunningStore(place), try RunningTable(place))
      try throwing { try await table.check() }
      let bare = try PostgresLoop(connection), lock = try PostgresLoop(connection)
      try bare.add(try throwing { try await SentStatements.ofOneLease(connection) })
      try lock.add(["lock", "unlock"].map { Self.advisory($0) })
      let rows = [
        LeaseRow("the same statements, blocking", inC: { bare.run($0, $1) }),
        LeaseRow("pg_advisory_lock and _unlock", inC: { lock.run($0, $1) }),
        .store("PostgresLeaseStore", store),
        .table("LeaseTable.withLease", table),
      ]
      let times = LeaseTimes(rows, rounds: rounds, count: postgresCount, .medianTurn)
      blocking {
        await store.stop()
        await table.stop()
      }
      return times.records(place, bare: 0, lock: 1) + [
        times.target(place, 2, over: 0, atMost: 1.45), times.target(place, 3, over: 0, atMost: nil),
      ]
    }

    private static func advisory(_ word: String) -> SentStatements.Call {
      SentStatements.Call(
        statement: PostgresStatement("SELECT pg_advisory_\(word)($1::text::bigint)", name: word),
        parameters: ["7311"])
    }
  }

  /// Takes down what a store sends for one lease, by a connector that passes all on.
  final class SentStatements: PostgresConnector {
    struct Call: Sendable {
      var statement: PostgresStatement
      var parameters: [String]
    }

    private let connector: LibpqConnector
    private let calls = Mutex<[Call]>([])

    private init(_ connection: String) { connector = LibpqConnector(connection) }

    /// The settings of the session, which are not prepared, the request and the release.
    static func ofOneLease(_ connection: String) async throws -> [Call] {
      let sent = SentStatements(connection)
      let running = RunningStore(PostgresLeaseStore(sent))
      try await LeaseRow.store("a store", running).loop.run(1)
      await running.stop()
      return sent.calls.withLock { calls in
        calls.filter { $0.statement.name != nil || $0.statement.sql.contains("set_config") }
      }
    }

    func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession {
      let session = try await connector.connect(limits, report: report)
      return Listener(session) { call in self.calls.withLock { $0.append(call) } }
    }

    private final class Listener: PostgresSession {
      private let session: any PostgresSession
      private let note: @Sendable (Call) -> Void

      init(_ session: any PostgresSession, _ note: @escaping @Sendable (Call) -> Void) {
        (self.session, self.note) = (session, note)
      }

      func send(
        _ statement: PostgresStatement, _ parameters: [String],
        completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
      ) {
        note(Call(statement: statement, parameters: parameters))
        session.send(statement, parameters, completion: completion)
      }

      func listen(
        on channel: String,
        completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
      ) { session.listen(on: channel, completion: completion) }

      func close() { session.close() }
    }
  }

  /// A connection of libpq's that a loop in C uses.
  final class PostgresLoop: @unchecked Sendable {
    // Sound to share: one loop runs at a time.
    private let loop: OpaquePointer

    init(_ connection: String) throws {
      guard let loop = postgres_loop_open(connection) else {
        throw NotMeasured(reason: "PostgreSQL can't be reached")
      }
      self.loop = loop
    }

    deinit { postgres_loop_close(loop) }

    private var error: String { String(cString: postgres_loop_error(loop)) }

    /// Runs statements without a name now. The others are those of a turn.
    func add(_ calls: [SentStatements.Call]) throws {
      for call in calls {
        let (sql, count) = (call.statement.sql, Int32(call.parameters.count))
        let add = call.statement.name == nil ? postgres_loop_run_once : postgres_loop_add
        let isDone = withTexts(call.parameters) { add(loop, sql, count, $0) }
        guard isDone != 0 else { throw NotMeasured(reason: error) }
      }
    }

    func run(_ count: Int, _ times: UnsafeMutablePointer<UInt64>?) {
      guard postgres_loop_run(loop, Int32(count), times) != 0 else {
        fatalError("the bare statements failed: \(error)")
      }
    }
  }

  /// Calls `body` with the texts as C has them, for as long as it takes.
  private func withTexts<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    func next(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Result {
      guard index < texts.count else { return body(pointers) }
      return texts[index].withCString {
        pointers.append($0)
        return next(index + 1, &pointers)
      }
    }
    var pointers: [UnsafePointer<CChar>?] = []
    return next(0, &pointers)
  }

  // Renewals.

  extension LeasesExperiment {
    func renewals(_ connection: String) throws -> [any Record] {
      let running = try RunningStore(LeasePlace.postgres(connection))
      defer { blocking { await running.stop() } }
      return try [10, 1_000, 10_000].compactMap { count -> LeaseRenewalRecord? in
        let claims = try running.claims(count)
        try throwing { try await claims.forEachTogether { try await running.take($0) } }
        var times: [Double] = []
        for _ in 0..<rounds {
          times.append(try throwing { try await running.renew(claims) })
        }
        try throwing {
          try await claims.forEachTogether { _ = try await running.store.release($0) }
        }
        return Spread(times).map { LeaseRenewalRecord(leases: count, nanoseconds: $0) }
      }
    }
  }

  extension [LeaseClaim] {
    /// Does it for all at once, as far as a store puts requests together.
    fileprivate func forEachTogether(
      _ body: @escaping @Sendable (LeaseClaim) async throws -> Void
    ) async throws {
      try await withThrowingTaskGroup { group in
        for claim in self { group.addTask { try await body(claim) } }
        try await group.waitForAll()
      }
    }
  }

  extension RunningStore {
    fileprivate func claims(_ count: Int) throws -> [LeaseClaim] {
      var claims: [LeaseClaim] = []
      for number in 0..<count {
        guard let name = LeaseName(namespace: "bench", key: "renewed-\(number)") else {
          throw NotMeasured(reason: "a name is too long")
        }
        let owner = LeaseOwner(process: process, serial: UInt64(number) + 1)
        claims.append(LeaseClaim(name, owner: owner))
      }
      return claims.sorted { $0.name < $1.name }
    }

    fileprivate func take(_ claim: LeaseClaim) async throws {
      // They stay held until they were renewed often enough.
      let answer = try await store.acquire(claim, for: .seconds(600), waits: false)
      guard case .granted = answer else { throw NotMeasured(reason: "a key is held") }
    }

    /// Nanoseconds until all are renewed, a thousand after the other, as a table does.
    fileprivate func renew(_ claims: [LeaseClaim]) async throws -> Double {
      let begin = monotonicNanoseconds()
      for start in stride(from: 0, to: claims.count, by: 1_000) {
        let some = Array(claims[start..<Swift.min(start + 1_000, claims.count)])
        guard try await store.renew(some, for: .seconds(600)).allSatisfy({ $0 != .lost }) else {
          throw NotMeasured(reason: "a lease was lost")
        }
      }
      return Double(monotonicNanoseconds() - begin)
    }
  }
#endif
