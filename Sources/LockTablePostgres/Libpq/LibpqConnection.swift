#if Postgres
  internal import CPostgreSQL

  // All that is unsafe about libpq is in this file. A PGconn may be used by one thread at a time;
  // the pointer is in a mutex of the session's from when the connection is made until it is
  // finished, and each use is under that mutex. C strings that libpq returns are copied before the
  // next call.

  /// How a connection is opened.
  struct LibpqOpening: Sendable {
    let connectionString: String
    let limits: PostgresSessionLimits

    init(_ connectionString: String, _ limits: PostgresSessionLimits) {
      self.connectionString = connectionString
      self.limits = limits
    }

    /// Options, of which later ones have precedence. The string is expanded where it stands.
    private var options: [(String, String)] {
      let seconds = max(1, limits.silence.settingInMilliseconds / 1_000)
      return [
        ("keepalives", "1"), ("keepalives_idle", "\(seconds)"),
        ("keepalives_interval", "\(max(1, seconds / 3))"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "\(limits.silence.settingInMilliseconds)"),
        ("connect_timeout", "\(max(2, limits.connecting.settingInMilliseconds / 1_000))"),
        ("fallback_application_name", "lock-table"), ("client_encoding", "UTF8"),
        ("dbname", connectionString),
      ]
    }

    /// Calls `body` with the options as libpq wants them.
    private func withOptions<Result>(
      _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
      withTexts(options.map(\.0)) { names in
        withTexts(options.map(\.1)) { values in body(names, values) }
      }
    }

    /// Begins to connect. It may look up the name of the host meanwhile.
    func begin() -> LibpqConnection? {
      withOptions { PQconnectStartParams($0, $1, 1) }.map(LibpqConnection.init)
    }

    /// What the server says to a client that only asks whether it is there. Connects, and waits for
    /// that.
    func ping() -> PGPing {
      withOptions { PQpingParams($0, $1, 1) }
    }
  }

  /// A connection of libpq's.
  ///
  /// Unchecked: the session uses it only under its mutex, and by its thread before others know it.
  struct LibpqConnection: @unchecked Sendable {
    private let raw: OpaquePointer

    init(_ raw: OpaquePointer) {
      self.raw = raw
      // Else libpq writes notices to the standard error output.
      PQsetNoticeReceiver(raw, { _, _ in }, nil)
    }

    var socket: Int32 { PQsocket(raw) }
    var isBad: Bool { PQstatus(raw) == CONNECTION_BAD }
    var isInTransaction: Bool { PQtransactionStatus(raw) != PQTRANS_IDLE }
    /// Whether the next result can't be read without waiting.
    var isBusy: Bool { PQisBusy(raw) != 0 }

    /// On one line.
    var message: String {
      let text = PQerrorMessage(raw).map { String(cString: $0) } ?? ""
      let lines = text.split(separator: "\n").map { $0.drop { $0 == "\t" || $0 == " " } }
      return lines.isEmpty ? "the connection to the server broke" : lines.joined(separator: ": ")
    }

    enum Progress { case reading, writing, done, failed }

    func connectPoll() -> Progress {
      switch PQconnectPoll(raw) {
      case PGRES_POLLING_READING: .reading
      case PGRES_POLLING_WRITING: .writing
      case PGRES_POLLING_OK: .done
      default: .failed
      }
    }

    func setNonBlocking() -> Bool { PQsetnonblocking(raw, 1) == 0 }

    func sendPrepare(_ name: String, _ sql: String) -> Bool {
      PQsendPrepare(raw, name, sql, 0, nil) != 0
    }

    func sendPrepared(_ name: String, _ parameters: [String]) -> Bool {
      let count = Int32(parameters.count)
      return withTexts(parameters) { PQsendQueryPrepared(raw, name, count, $0, nil, nil, 0) != 0 }
    }

    func sendUnprepared(_ sql: String, _ parameters: [String]) -> Bool {
      let count = Int32(parameters.count)
      return withTexts(parameters) { PQsendQueryParams(raw, sql, count, nil, $0, nil, nil, 0) != 0 }
    }

    /// One value and no error: all is sent.
    enum Flush { case done, more, failed }

    func flush() -> Flush {
      switch PQflush(raw) {
      case 0: .done
      case 1: .more
      default: .failed
      }
    }

    func consumeInput() -> Bool { PQconsumeInput(raw) != 0 }

    enum Outcome {
      case rows([[String?]])
      case failure(PostgresSessionError)
    }

    /// Nil: that was the last result of the statement.
    func nextResult() -> Outcome? {
      guard let result = PQgetResult(raw) else { return nil }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return .rows([])
      case PGRES_TUPLES_OK: return .rows(Self.rows(of: result))
      default: return .failure(Self.error(of: result))
      }
    }

    private static func rows(of result: OpaquePointer) -> [[String?]] {
      let columns = 0..<PQnfields(result)
      return (0..<PQntuples(result)).map { row in
        columns.map { column in
          PQgetisnull(result, row, column) != 0
            ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
        }
      }
    }

    private static func error(of result: OpaquePointer) -> PostgresSessionError {
      // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY, which are macros of characters.
      let code = PQresultErrorField(result, 67).map { String(cString: $0) }
      let message = PQresultErrorField(result, 77).map { String(cString: $0) }
      return PostgresSessionError(
        message ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? "unknown error",
        sqlState: code)
    }

    func nextNotification() -> (channel: String, payload: String)? {
      guard let notification = PQnotifies(raw) else { return nil }
      defer { PQfreemem(notification) }
      return (
        String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)
      )
    }

    /// The last use of the connection.
    func finish() { PQfinish(raw) }
  }

  /// Calls `body` with C strings, and nil after the last.
  private func withTexts<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafePointer<CChar>?] = []
    pointers.reserveCapacity(texts.count + 1)
    // Sound: each string and the array live until body returns, and libpq copies what it keeps.
    func next(_ index: Int) -> Result {
      guard index < texts.count else {
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
          // Never nil: the buffer has the nil of the end at least.
          body(buffer.baseAddress.unsafelyUnwrapped)
        }
      }
      return texts[index].withCString { text in
        pointers.append(text)
        return next(index + 1)
      }
    }
    return next(0)
  }
#endif
