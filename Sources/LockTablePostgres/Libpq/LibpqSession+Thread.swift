#if Postgres
  internal import CPostgreSQL
  internal import Synchronization

  // The session's thread.

  /// What the thread gets to know when it begins.
  private final class LibpqThread: Sendable {
    let session: LibpqSession
    let opening: LibpqOpening
    let opened: @Sendable (PostgresSessionError?) -> Void

    init(
      _ session: LibpqSession, _ opening: LibpqOpening,
      _ opened: @escaping @Sendable (PostgresSessionError?) -> Void
    ) {
      self.session = session
      self.opening = opening
      self.opened = opened
    }

    func run() {
      if let error = session.open(opening) {
        opened(error)
      } else {
        opened(nil)
        session.serve()
      }
    }
  }

  extension LibpqSession {
    /// Starts the thread, which connects. `opened` gets an error if that fails; the session then is
    /// of no use.
    func start(
      _ opening: LibpqOpening, _ opened: @escaping @Sendable (PostgresSessionError?) -> Void
    ) {
      let thread = LibpqThread(self, opening, opened)
      // Sound: the thread takes over the one reference that is retained here.
      let argument = Unmanaged.passRetained(thread).toOpaque()
      let error = lt_pg_thread_start(
        { argument in
          guard let argument else { return }
          Unmanaged<LibpqThread>.fromOpaque(argument).takeRetainedValue().run()
        }, argument)
      if error != 0 {
        Unmanaged<LibpqThread>.fromOpaque(argument).release()
        opened(PostgresSessionError("no thread could be started", sqlState: "53000"))
      }
    }

    // Connecting.

    fileprivate func open(_ opening: LibpqOpening) -> PostgresSessionError? {
      let deadline = ContinuousClock.now + opening.limits.connecting
      guard let connection = opening.begin() else {
        return PostgresSessionError("no memory is left", sqlState: "53200")
      }
      if let error = connect(connection, until: deadline) {
        connection.finish()
        return error.isRefusal ? Self.explained(error, opening) : error
      }
      state.withLock { $0.connection = connection }
      return nil
    }

    /// A refusal is an error without a code that the server or libpq gave in its own words.
    private func connect(
      _ connection: LibpqConnection, until deadline: ContinuousClock.Instant
    ) -> PostgresSessionError? {
      guard !connection.isBad else {
        return PostgresSessionError(connection.message, isRefusal: true)
      }
      var progress = LibpqConnection.Progress.writing
      while true {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else {
          return PostgresSessionError("the server did not let us in before the time was up")
        }
        _ = lt_pg_wait(
          connection.socket, progress == .reading ? 1 : 0, progress == .writing ? 1 : 0, bell,
          left.settingInMilliseconds)
        if let error = state.withLock({ $0.closing }) { return error }
        progress = connection.connectPoll()
        switch progress {
        case .failed: return PostgresSessionError(connection.message, isRefusal: true)
        case .done:
          return connection.setNonBlocking() ? nil : PostgresSessionError(connection.message)
        case .reading, .writing: continue
        }
      }
    }

    /// libpq gives no code for a connection that failed. So ask whether the server is there: if it
    /// is and has not just started, it is we who are wrong.
    private static func explained(
      _ error: PostgresSessionError, _ opening: LibpqOpening
    ) -> PostgresSessionError {
      var error = error
      switch opening.ping() {
      case PQPING_OK:
        // The words that go with 53300 in English.
        if error.message.contains("too many c") || error.message.contains("connection slots") {
          error = PostgresSessionError(error.message, sqlState: "53300")
        }
      case PQPING_NO_ATTEMPT: break
      default: error.isRefusal = false
      }
      return error
    }

    // Serving.

    /// Looks at the state by itself once: later, whoever changes it rings. The sender of the next
    /// statement has the mutex for as long as it sends, and an answer makes it run at once.
    fileprivate func serve() {
      let (socket, first) = state.withLock { ($0.connection?.socket ?? -1, $0.look()) }
      var turn = first
      while true {
        if let closing = turn.closing { return finish(closing) }
        _ = lt_pg_wait(socket, 1, turn.isWriting ? 1 : 0, bell, -1)
        turn = serveOnce()
      }
    }

    private func serveOnce() -> State.Turn {
      // One section under the mutex: what a completion leads to wants it next.
      let turn = state.withLock { $0.read() }
      for (operation, result) in turn.finished { operation.completion(result) }
      for notification in turn.notifications {
        report(.notification(channel: notification.channel, payload: notification.payload))
      }
      return turn
    }

    private func finish(_ error: PostgresSessionError) {
      let (connection, operations) = state.withLock { state in
        defer {
          state.connection = nil
          state.operations = []
        }
        return (state.connection, state.operations)
      }
      connection?.finish()
      for operation in operations { operation.completion(.failure(error)) }
      report(.closed(error))
    }
  }

  extension LibpqSession.State {
    fileprivate typealias Finished = (
      LibpqSession.Operation, Result<[[String?]], PostgresSessionError>
    )

    /// What the thread has done with the socket, and how it goes on.
    fileprivate struct Turn {
      var finished: [Finished] = []
      var notifications: [(channel: String, payload: String)] = []
      var isWriting = false
      var closing: PostgresSessionError?
    }

    /// How the thread goes on, if it does nothing now.
    fileprivate func look() -> Turn { Turn(isWriting: isWriting, closing: closing) }

    /// Reads what has come, and sends what has not gone yet.
    fileprivate mutating func read() -> Turn {
      guard closing == nil, let connection else { return look() }
      var isBroken = !connection.consumeInput()
      if isWriting {
        switch connection.flush() {
        case .done: isWriting = false
        case .more: break
        case .failed: isBroken = true
        }
      }
      // What came before the end of a connection is still to be told.
      var finished: [Finished] = []
      while let next = takeFinished() { finished.append(next) }
      var notifications: [(channel: String, payload: String)] = []
      while let notification = connection.nextNotification() { notifications.append(notification) }
      if isBroken { fail() }
      var turn = look()
      (turn.finished, turn.notifications) = (finished, notifications)
      return turn
    }

    /// Takes the first operation if it has its result, and sends the next one.
    private mutating func takeFinished() -> Finished? {
      guard let connection else { return nil }
      while !operations.isEmpty, closing == nil, !connection.isBusy {
        switch connection.nextResult() {
        case .rows(let rows): if result == nil { result = .success(rows) }
        case .failure(let error): result = .failure(error)
        case nil:
          if isPreparing, case .success = result {
            isPreparing = false
            if let name = operations[0].statement.name { prepared.insert(name) }
            _ = begin()
            continue
          }
          isPreparing = false
          let operation = operations.removeFirst()
          let outcome = result ?? .failure(PostgresSessionError("the server gave no result"))
          _ = begin()
          return (operation, outcome)
        }
      }
      return nil
    }
  }
#endif
