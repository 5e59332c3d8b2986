#if Postgres
  import CPostgreSQL
  import Foundation
  import LockTablePostgres

  /// A second client of PostgreSQL's, to prove the protocol: a thread that calls libpq and waits
  /// for it. Simple, and slow to hear of anything.
  struct BlockingConnector: PostgresConnector {
    let connectionString: String

    func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession {
      let result = await withCheckedContinuation { continuation in
        Thread {
          guard let raw = PQconnectdb(connectionString), PQstatus(raw) == CONNECTION_OK else {
            continuation.resume(
              returning: Result<BlockingSession, PostgresSessionError>.failure(
                PostgresSessionError("no connection")))
            return
          }
          let session = BlockingSession(report)
          continuation.resume(returning: .success(session))
          session.serve(raw)
        }.start()
      }
      return try result.get()
    }
  }

  private final class BlockingSession: PostgresSession {
    typealias Completion = @Sendable (Result<[[String?]], PostgresSessionError>) -> Void

    private struct Call: Sendable {
      let statement: PostgresStatement
      let parameters: [String]
      let completion: Completion
    }

    private struct State: Sendable {
      var calls: [Call] = []
      var isClosed = false
    }

    private let report: @Sendable (PostgresSessionEvent) -> Void
    private let state = Guarded(State())
    private let news = DispatchSemaphore(value: 0)

    init(_ report: @escaping @Sendable (PostgresSessionEvent) -> Void) { self.report = report }

    func send(
      _ statement: PostgresStatement, _ parameters: [String], completion: @escaping Completion
    ) {
      let isClosed = state.withLock { state in
        if !state.isClosed {
          state.calls.append(
            Call(statement: statement, parameters: parameters, completion: completion))
        }
        return state.isClosed
      }
      if isClosed { completion(.failure(PostgresSessionError("closed"))) }
      news.signal()
    }

    func listen(on channel: String, completion: @escaping Completion) {
      send(PostgresStatement("LISTEN \"\(channel)\""), [], completion: completion)
    }

    func close() {
      state.withLock { $0.isClosed = true }
      news.signal()
    }

    func serve(_ raw: OpaquePointer) {
      var prepared: Set<String> = []
      while !state.withLock({ $0.isClosed }) {
        if let call = state.withLock({ $0.calls.isEmpty ? nil : $0.calls.removeFirst() }) {
          call.completion(run(call, raw, &prepared))
        } else {
          _ = news.wait(timeout: .now() + .milliseconds(10))
          if PQconsumeInput(raw) == 0 { break }
        }
        while let notification = PQnotifies(raw) {
          let payload = String(cString: notification.pointee.extra)
          PQfreemem(notification)
          report(.notification(channel: "", payload: payload))
        }
        if PQstatus(raw) != CONNECTION_OK { break }
      }
      let calls = state.withLock { state in
        state.isClosed = true
        return state.calls
      }
      PQfinish(raw)
      for call in calls { call.completion(.failure(PostgresSessionError("closed"))) }
      report(.closed(PostgresSessionError("closed")))
    }

    private func run(
      _ call: Call, _ raw: OpaquePointer, _ prepared: inout Set<String>
    ) -> Result<[[String?]], PostgresSessionError> {
      if let name = call.statement.name, prepared.insert(name).inserted {
        PQclear(PQprepare(raw, name, call.statement.sql, 0, nil))
      }
      let texts = call.parameters.map { strdup($0) }
      defer { for text in texts { free(text) } }
      let values = texts.map { UnsafePointer($0) }
      let count = Int32(values.count)
      let result =
        call.statement.name.map { PQexecPrepared(raw, $0, count, values, nil, nil, 0) }
        ?? PQexecParams(raw, call.statement.sql, count, nil, values, nil, nil, 0)
      defer { PQclear(result) }
      guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else {
        let code = PQresultErrorField(result, 67).map { String(cString: $0) }
        return .failure(PostgresSessionError("it failed", sqlState: code))
      }
      let rows = (0..<PQntuples(result)).map { row in
        (0..<PQnfields(result)).map { column in
          PQgetisnull(result, row, column) != 0
            ? nil : String(cString: PQgetvalue(result, row, column))
        }
      }
      return .success(rows)
    }
  }
#endif
