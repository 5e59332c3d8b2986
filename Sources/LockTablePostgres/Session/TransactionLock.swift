#if Postgres
  public import LockTable
  public import LockTableLeases

  extension PostgresSession {
    /// Takes a lock that lasts as long as the transaction that this session is in, and calls
    /// `body`.
    ///
    /// The second form of a lock beyond one process, for work that is one transaction on one
    /// database. Lock and data commit together: there is no lease to lose, no token to compare, and
    /// no table. If the process or its connection dies, the server rolls back the data and frees
    /// the lock.
    ///
    ///     _ = try await session.run("BEGIN")
    ///     try await session.withTransactionLock("account-42", namespace: "orders") {
    ///       _ = try await session.run("UPDATE …")
    ///     }
    ///     _ = try await session.run("COMMIT")      // writes the data, and frees the lock
    ///
    /// The lock is not freed when `body` returns or throws, but by `COMMIT` or `ROLLBACK`. So
    /// another process never sees the key free and the data old. In one transaction the same key
    /// may be locked again. Several keys have to be locked in one order everywhere, or the server
    /// ends one of two transactions that wait for each other (`40P01`).
    ///
    /// It is `pg_advisory_xact_lock` of `LeaseName/advisoryLockID`, 64 bits of a hash. Two keys
    /// with the same bits share a lock, which costs a wait and nothing else. It works behind a
    /// pooler in transaction mode. It excludes nobody who uses a `LeaseTable`, and the connection
    /// is taken for as long as it waits. The lock is the server's: after a failover the transaction
    /// is gone too.
    ///
    /// - Parameters:
    ///   - key: The key. Its name is that of `LeaseName`.
    ///   - namespace: Keys of different namespaces are different keys.
    ///   - timeout: How long to wait, or nil without a limit. The server takes 24 days at most. With a
    ///     limit the wait is inside a savepoint, so the transaction can be used afterwards; that costs
    ///     two or three short statements.
    ///   - body: What to do under the lock.
    /// - Throws: `LeaseError` of the reason `LeaseError/Reason/timedOut` if the time was up, or
    ///   `LeaseError/Reason/keyTooLong`; ``PostgresSessionError``, with the code `25P01` if there
    ///   is no transaction; and what `body` throws. A cancellation of the task does not end the
    ///   wait.
    public nonisolated(nonsending) func withTransactionLock<Result>(
      _ key: some LockKey, namespace: String, timeout: Duration? = nil,
      _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
      guard let name = LeaseName(namespace: namespace, key: key) else {
        throw LeaseError(.keyTooLong, key: "\(key)", namespace: namespace)
      }
      try await lock(name, timeout)
      return try await body()
    }

    private nonisolated(nonsending) func lock(_ name: LeaseName, _ timeout: Duration?) async throws
    {
      // Outside of a transaction the lock would be free again with the end of the statement. So ask
      // for a savepoint, which needs one, where the client can't tell.
      if isInTransaction == false { throw PostgresSessionError.noTransaction }
      guard timeout != nil || isInTransaction == nil else {
        _ = try await run(TransactionLockSQL.lock, [name.advisoryLockText, ""])
        return
      }
      let begin = ContinuousClock.now
      _ = try await run(TransactionLockSQL.begin)
      do throws(PostgresSessionError) {
        let limit = timeout.map { "\($0.settingInMilliseconds)" } ?? ""
        _ = try await run(TransactionLockSQL.lock, [name.advisoryLockText, limit])
      } catch {
        if error.sqlState != nil {
          _ = try await run(TransactionLockSQL.undo)
          _ = try await run(TransactionLockSQL.end)
        }
        guard let timeout, error.sqlState == "55P03" else { throw error }
        throw LeaseError(
          .timedOut, key: name.key, namespace: name.namespace,
          waited: begin.duration(to: .now), limit: timeout)
      }
      _ = try await run(TransactionLockSQL.end)
    }
  }

  private enum TransactionLockSQL {
    static let begin = PostgresStatement("SAVEPOINT lease_lock")
    static let undo = PostgresStatement("ROLLBACK TO SAVEPOINT lease_lock")
    static let end = PostgresStatement("RELEASE SAVEPOINT lease_lock")

    /// `$1` the lock, `$2` how many milliseconds to wait, or nothing. The limit is in force for
    /// this statement only: the columns are computed from left to right, and the last sets it back.
    static let lock = PostgresStatement(
      """
      SELECT set_config('lock_timeout', CASE $2::text WHEN '' THEN old ELSE $2::text END, true),
        pg_advisory_xact_lock($1::text::bigint), set_config('lock_timeout', old, true)
      FROM (SELECT current_setting('lock_timeout') AS old OFFSET 0) AS settings
      """)
  }

  extension LeaseName {
    /// The number of the key's lock in
    /// ``PostgresSession/withTransactionLock(_:namespace:timeout:_:)``: the 64-bit FNV-1a hash of
    /// the name's text. So a script can take it as well.
    public var advisoryLockID: Int64 {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return Int64(bitPattern: hash)
    }

    fileprivate var advisoryLockText: String { "\(advisoryLockID)" }
  }

  extension PostgresSessionError {
    fileprivate static var noTransaction: PostgresSessionError {
      PostgresSessionError(
        "a lock of a transaction needs one: BEGIN comes first", sqlState: "25P01")
    }
  }
#endif
