#if Postgres
  /// A connection to PostgreSQL, as much of it as a ``PostgresLeaseStore`` and
  /// ``PostgresSession/withTransactionLock(_:namespace:timeout:_:)`` need. Any client of PostgreSQL
  /// can be one; ``LibpqConnector`` makes those that this library has.
  ///
  /// What every session promises:
  ///
  /// - Statements reach the server in the order of the calls of ``send(_:_:completion:)``, one
  ///   after the other, and each one's completion is called once, on any thread.
  /// - No call blocks its thread for the server. A completion is called with no lock held, as it
  ///   sends the next statement. It may be called before `send` returns.
  /// - Once the connection is broken or closed, statements that have no answer yet, and those that
  ///   are sent later, fail with an error without an SQLSTATE. After that comes one
  ///   ``PostgresSessionEvent/closed(_:)``, also after ``close()``, and nothing after it.
  public protocol PostgresSession: AnyObject, Sendable {
    /// Runs a statement. All parameters are text; the statements of this library cast them. So are
    /// the values of the rows, in which nil stands for NULL.
    func send(
      _ statement: PostgresStatement, _ parameters: [String],
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void)

    /// Subscribes to a channel by `LISTEN`. Its notifications are events of the session from when
    /// the completion is called on. The name is plain ASCII and has to be quoted.
    func listen(
      on channel: String,
      completion: @escaping @Sendable (Result<[[String?]], PostgresSessionError>) -> Void)

    /// Whether the session is inside a transaction block, when nothing is being sent. Nil if the
    /// client can't tell.
    var isInTransaction: Bool? { get }

    /// Closes the connection at once, without waiting for answers. Never blocks, and may be called
    /// again.
    func close()
  }

  /// Makes connections to PostgreSQL.
  public protocol PostgresConnector: Sendable {
    /// Connects. Ends soon after the task is cancelled.
    ///
    /// - Parameters:
    ///   - limits: What the connection has to notice by itself, and when.
    ///   - report: Told what the session learns by itself, in order, on any thread, without a lock
    ///     held. Called only if this returns a session.
    func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession
  }

  /// What a session reports by itself.
  public enum PostgresSessionEvent: Sendable {
    /// A notification came on a channel.
    case notification(channel: String, payload: String)
    /// The connection is no more.
    case closed(PostgresSessionError)
  }

  /// When a connection counts as dead.
  public struct PostgresSessionLimits: Sendable, Hashable {
    /// How long connecting may take, the server's greeting and the password included.
    public var connecting: Duration
    /// How long the other side of an idle or busy connection may be silent, as the operating system
    /// sees it (`keepalives_*`, `tcp_user_timeout`). At least a second.
    public var silence: Duration

    /// Makes limits.
    public init(connecting: Duration, silence: Duration) {
      self.connecting = connecting
      self.silence = silence
    }
  }

  /// A statement of SQL.
  public struct PostgresStatement: Sendable, Hashable {
    /// The name under which a session prepares the statement, once for its lifetime. Statements
    /// with different text have different names. Nil: it is run once, and not prepared.
    public var name: String?
    /// The text, with parameters `$1`, `$2` …
    public var sql: String

    /// Makes a statement.
    public init(_ sql: String, name: String? = nil) {
      self.name = name
      self.sql = sql
    }
  }

  extension PostgresSession {
    /// Unknown.
    public var isInTransaction: Bool? { nil }

    /// Runs a statement and returns its rows. A cancellation of the task has no influence: what was
    /// sent is carried out.
    public nonisolated(nonsending) func run(
      _ statement: PostgresStatement, _ parameters: [String] = []
    ) async throws(PostgresSessionError) -> [[String?]] {
      let result = await withCheckedContinuation { continuation in
        send(statement, parameters) { continuation.resume(returning: $0) }
      }
      return try result.get()
    }

    /// Runs a statement that is not prepared: `try await session.run("COMMIT")`.
    public nonisolated(nonsending) func run(
      _ sql: String, _ parameters: [String] = []
    ) async throws(PostgresSessionError) -> [[String?]] {
      try await run(PostgresStatement(sql), parameters)
    }
  }
#endif
