#if Postgres
  import LockTablePostgres

  /// Connections that have a step before a statement is sent, after that, before its answer is told
  /// and after that. A test does something at one of the steps.
  final class StepConnector: PostgresConnector {
    private let connector: any PostgresConnector
    private let state = Guarded(State())

    private struct State {
      var count = 0
      var step: Int?
      var action: @Sendable () -> Void = {}
    }

    init(_ connector: any PostgresConnector) { self.connector = connector }

    /// Counts the steps from 0 on, and calls `action` at one of them, once.
    func at(_ step: Int, _ action: @escaping @Sendable () -> Void) {
      state.withLock { $0 = State(step: step, action: action) }
    }

    /// Whether the action was called. It is not any more.
    func wasReached() -> Bool {
      state.withLock { state in
        defer { state = State() }
        return state.step.map { state.count > $0 } ?? false
      }
    }

    fileprivate func step() {
      let action = state.withLock { state in
        defer { state.count += 1 }
        return state.count == state.step ? state.action : nil
      }
      action?()
    }

    func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession {
      StepSession(try await connector.connect(limits, report: report), self)
    }
  }

  private final class StepSession: PostgresSession {
    private let session: any PostgresSession
    private let connector: StepConnector

    init(_ session: any PostgresSession, _ connector: StepConnector) {
      self.session = session
      self.connector = connector
    }

    func send(
      _ statement: PostgresStatement, _ parameters: [String],
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      connector.step()
      session.send(statement, parameters) { [connector] result in
        connector.step()
        completion(result)
        connector.step()
      }
      connector.step()
    }

    func listen(
      on channel: String,
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void
    ) {
      connector.step()
      session.listen(on: channel, completion: completion)
    }

    func close() { session.close() }
  }
#endif
