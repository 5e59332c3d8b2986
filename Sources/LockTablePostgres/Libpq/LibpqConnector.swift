#if Postgres
  public import LockTableLeases

  /// Makes connections by libpq, the client library of PostgreSQL.
  ///
  /// The connection string is libpq's own, as words (`host=db.internal dbname=shop
  /// sslmode=verify-full`) or as an address
  /// (`postgresql://app@db.internal/shop?sslmode=verify-full`). So hosts, TLS and its certificates,
  /// passwords, the password file and the environment (`PGHOST`, `PGPASSWORD` …) work as they do
  /// for `psql`. What the string says about `keepalives` and `tcp_user_timeout` has precedence over
  /// the limits of the store.
  ///
  /// Each connection has a thread of its own, which polls the socket and takes no signals.
  /// Statements are sent by the threads that have them.
  public struct LibpqConnector: PostgresConnector {
    let connectionString: String

    /// Makes a connector. Nothing is connected.
    public init(_ connectionString: String) {
      self.connectionString = connectionString
    }

    /// Connects. See ``PostgresConnector/connect(_:report:)``.
    public func connect(
      _ limits: PostgresSessionLimits, report: @escaping @Sendable (PostgresSessionEvent) -> Void
    ) async throws(PostgresSessionError) -> any PostgresSession {
      let session = try LibpqSession(report: report)
      let opening = LibpqOpening(connectionString, limits)
      let error = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          session.start(opening) { continuation.resume(returning: $0) }
        }
      } onCancel: {
        session.close()
      }
      if let error { throw error }
      return session
    }
  }

  extension PostgresLeaseStore {
    /// Makes a store that connects by libpq, with a connection string as ``LibpqConnector`` has it.
    public convenience init(_ connectionString: String, configuration: Configuration = .init()) {
      self.init(LibpqConnector(connectionString), configuration: configuration)
    }
  }

  extension LeaseStore where Self == PostgresLeaseStore {
    /// Leases in a table of PostgreSQL: `.postgres("host=db.internal dbname=shop")`.
    public static func postgres(
      _ connectionString: String, configuration: PostgresLeaseStore.Configuration = .init()
    ) -> PostgresLeaseStore {
      PostgresLeaseStore(connectionString, configuration: configuration)
    }
  }
#endif
