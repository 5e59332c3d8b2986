#if Postgres
  internal import CPostgreSQL
  internal import Synchronization

  /// A session over libpq. The thread that has a statement sends it; the session's own thread waits
  /// for the socket, reads, and calls completions.
  final class LibpqSession: PostgresSession {
    typealias Completion = @Sendable (Result<[[String?]], PostgresSessionError>) -> Void

    struct Operation: Sendable {
      let statement: PostgresStatement
      let parameters: [String]
      let completion: Completion
    }

    struct State {
      /// Nil before and after it can be used.
      var connection: LibpqConnection?
      var closing: PostgresSessionError?
      /// The first is being carried out.
      var operations: [Operation] = []
      /// Whether the first is being prepared.
      var isPreparing = false
      var prepared: Set<String> = []
      /// The result of the first, so far.
      var result: Result<[[String?]], PostgresSessionError>?
      var isWriting = false
    }

    let state = Mutex(State())
    let report: @Sendable (PostgresSessionEvent) -> Void
    let bell: lt_pg_bell

    init(
      report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) throws(PostgresSessionError) {
      var bell = lt_pg_bell()
      guard lt_pg_bell_open(&bell) == 0 else {
        throw PostgresSessionError("no file descriptor is left", sqlState: "53000")
      }
      self.bell = bell
      self.report = report
    }

    deinit { lt_pg_bell_close(bell) }

    var isInTransaction: Bool? { state.withLock { $0.connection?.isInTransaction } }

    func send(
      _ statement: PostgresStatement, _ parameters: [String], completion: @escaping Completion
    ) {
      let operation = Operation(
        statement: statement, parameters: parameters, completion: completion)
      let (error, wakes) = state.withLock { $0.add(operation) }
      if let error { completion(.failure(error)) }
      if wakes { lt_pg_bell_ring(bell) }
    }

    func listen(on channel: String, completion: @escaping Completion) {
      send(PostgresStatement("LISTEN \(LeaseSQL.quoted(channel))"), [], completion: completion)
    }

    func close() { close(PostgresSessionError("the connection was closed")) }

    func close(_ error: PostgresSessionError) {
      state.withLock { state in
        if state.closing == nil { state.closing = error }
      }
      lt_pg_bell_ring(bell)
    }
  }

  extension LibpqSession.State {
    /// Returns an error that ends the operation at once, and whether the thread has to be woken: it
    /// waits to read, and not to write.
    mutating func add(_ operation: LibpqSession.Operation) -> (PostgresSessionError?, wakes: Bool) {
      if let closing { return (closing, false) }
      guard connection != nil else { return (PostgresSessionError("not connected"), false) }
      operations.append(operation)
      guard operations.count == 1 else { return (nil, false) }
      return (nil, begin())
    }

    /// Sends the first operation. Returns whether the thread has to be woken.
    mutating func begin() -> Bool {
      guard let connection, let operation = operations.first else { return false }
      result = nil
      let (statement, parameters) = (operation.statement, operation.parameters)
      let isSent: Bool
      if let name = statement.name {
        isPreparing = !prepared.contains(name)
        isSent =
          isPreparing
          ? connection.sendPrepare(name, statement.sql) : connection.sendPrepared(name, parameters)
      } else {
        isSent = connection.sendUnprepared(statement.sql, parameters)
      }
      guard isSent else { return fail() }
      switch connection.flush() {
      case .done: return false
      case .more:
        isWriting = true
        return true
      case .failed: return fail()
      }
    }

    /// The connection broke. The thread finishes it.
    @discardableResult mutating func fail() -> Bool {
      if closing == nil {
        closing = PostgresSessionError(connection?.message ?? "the connection to the server broke")
      }
      return true
    }
  }
#endif
