#if Postgres
  import LockTablePostgres
  import Testing

  /// A client of PostgreSQL's that has no server: a test sees each statement, and answers it.
  final class ScriptedServer: PostgresConnector {
    struct Call: Sendable {
      let session: ScriptedSession
      let statement: PostgresStatement
      let parameters: [String]
      let completion: @Sendable (Result<[[String?]], PostgresSessionError>) -> Void

      var name: String { statement.name ?? statement.sql }
      var isSweep: Bool { statement.sql.hasPrefix("DELETE") }

      func answer(_ rows: [[String?]] = []) { completion(.success(rows)) }
      func fail(_ sqlState: String?) {
        completion(.failure(PostgresSessionError("as scripted", sqlState: sqlState)))
      }
      /// Grants what was asked for.
      func grant(token: Int = 1) {
        answer(
          zip(elements(0), elements(1)).enumerated().map { index, lease in
            [lease.0, "\(token + index)", lease.1, "15000"]
          })
      }

      /// The elements of an array without special characters.
      func elements(_ index: Int) -> [String] {
        parameters[index].dropFirst().dropLast().split(separator: ",").map {
          String($0.dropFirst().dropLast())
        }
      }
    }

    let calls = Guarded<[Call]>([])
    let sessions = Guarded<[ScriptedSession]>([])
    /// What the next attempts to connect come to; then they succeed.
    let failures = Guarded<[PostgresSessionError]>([])

    func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession {
      let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      if let failure { throw failure }
      return sessions.withLock { sessions in
        let session = ScriptedSession(calls, number: sessions.count, report)
        sessions.append(session)
        return session
      }
    }

    /// Waits for the statement that each session begins with.
    func nextSweep() async throws {
      try await until { self.calls.withLock { $0.first?.isSweep == true } }
      calls.withLock { $0.removeFirst() }.answer()
    }

    /// Waits for the next statement of the store's, other than those that set up a session.
    func next() async throws -> Call {
      while true {
        try await until { self.calls.withLock { !$0.isEmpty } }
        let call = calls.withLock { $0.removeFirst() }
        if call.isSweep {
          call.answer()
        } else {
          return call
        }
      }
    }
  }

  final class ScriptedSession: PostgresSession {
    let number: Int
    private let calls: Guarded<[ScriptedServer.Call]>
    /// Nil once the session is closed.
    private let report: Guarded<(@Sendable (PostgresSessionEvent) -> Void)?>
    let isClosed = Guarded(false)

    init(
      _ calls: Guarded<[ScriptedServer.Call]>, number: Int,
      _ report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) {
      self.calls = calls
      self.number = number
      self.report = Guarded(report)
    }

    func send(
      _ statement: PostgresStatement, _ parameters: [String],
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      let call = ScriptedServer.Call(
        session: self, statement: statement, parameters: parameters, completion: completion)
      if statement.sql.contains("pg_backend_pid() AS pid") {
        call.answer([["\(number)", "start", "f", "off"]])
      } else if statement.sql.contains("to_regclass") {
        call.answer([["t", "t"]])
      } else {
        calls.withLock { $0.append(call) }
      }
    }

    func listen(
      on channel: String,
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      send(PostgresStatement("LISTEN \(channel)"), [], completion: completion)
    }

    func notify(_ payload: String) {
      report.withLock { $0 }?(.notification(channel: "lease", payload: payload))
    }

    func close() {
      isClosed.withLock { $0 = true }
      let report = report.withLock { $0.take() }
      // What a test has not taken will have no answer.
      calls.withLock { calls in calls.removeAll { $0.session === self } }
      report?(.closed(PostgresSessionError("closed")))
    }
  }
#endif
