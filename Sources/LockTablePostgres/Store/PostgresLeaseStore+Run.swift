#if Postgres
  public import LockTableLeases

  extension PostgresLeaseStore {
    /// Connects, and connects anew after each interruption. See `LeaseStore/run(as:report:)`.
    public nonisolated(nonsending) func run(
      as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
    ) async throws(LeaseStoreError) {
      let run = StoreRun(store: self, process: process, report: report)
      dispatcher.wait()
      defer { dispatcher.fail(LeaseStoreError(.transient, "the store does not run any more")) }
      try await run.run()
    }
  }

  /// One call of the store's `run`: it makes sessions, one after the other.
  private struct StoreRun {
    let store: PostgresLeaseStore
    let process: LeaseProcess
    let report: @Sendable (LeaseStoreChange) -> Void

    /// Which backend of the server is the session's.
    private struct Backend {
      let id: String
      let start: String
    }

    private var configuration: PostgresLeaseStore.Configuration { store.configuration }
    private var dispatcher: Dispatcher { store.dispatcher }

    nonisolated(nonsending) func run() async throws(LeaseStoreError) {
      var backOff = BackOff(longest: configuration.silence)
      var hasConnected = false
      var isInterrupted = false
      var wasRefused = false
      var abandoned: Backend?
      while !Task.isCancelled {
        let end = SessionEnd()
        do throws(PostgresSessionError) {
          let (session, backend) = try await open(end, abandoned)
          hasConnected = true
          wasRefused = false
          isInterrupted = true
          let loss = await use(session, end)
          backOff.note(loss.lasted)
          abandoned = loss.hadRequest ? backend : nil
          if Task.isCancelled { return }
          report(.interrupted(loss.error))
        } catch {
          if Task.isCancelled { return }
          // A server that is starting refuses, and has started when it is asked whether it has. So
          // a refusal without a code counts when the next attempt is refused as well.
          let isDoubtful = error.isRefusal && (hasConnected || !wasRefused)
          wasRefused = error.isRefusal
          if !hasConnected, !isDoubtful, isFinal(error) { throw configurationError(error) }
          let failure =
            isDoubtful ? LeaseStoreError(.transient, error.message) : error.forStore
          dispatcher.fail(failure)
          if !isInterrupted { report(.interrupted(failure)) }
          isInterrupted = true
        }
        try? await Task.sleep(for: backOff.next())
      }
    }

    private struct Loss {
      let error: LeaseStoreError
      let hadRequest: Bool
      let lasted: Duration
    }

    /// Carries requests over the session until it ends, or the task is cancelled.
    private nonisolated(nonsending) func use(_ session: any PostgresSession, _ end: SessionEnd)
      async -> Loss
    {
      let begin = ContinuousClock.now
      report(.connected)
      dispatcher.open(session, channel: LeaseSQL.channel(of: process.id))
      dispatcher.submit(Request(.sweep, []))
      let error = await withTaskGroup { [dispatcher] watch in
        watch.addTask { await dispatcher.watch() }
        defer { watch.cancelAll() }
        return await end.wait()
      }
      session.close()
      let loss = dispatcher.closeSession(
        error?.forStore ?? LeaseStoreError(.transient, "the store was stopped"))
      return Loss(
        error: loss.error, hadRequest: loss.hadRequest, lasted: begin.duration(to: .now))
    }

    // Opening.

    private nonisolated(nonsending) func open(
      _ end: SessionEnd, _ abandoned: Backend?
    ) async throws(PostgresSessionError) -> (any PostgresSession, Backend) {
      let limits = PostgresSessionLimits(
        connecting: max(configuration.silence, .seconds(2)),
        silence: max(configuration.silence, .seconds(1)))
      let session = try await store.connector.connect(limits) { [report] event in
        switch event {
        case .notification(_, let payload):
          if let name = LeaseName(payload) { report(.mayBeFree(name)) }
        case .closed(let error): end.end(error)
        }
      }
      // What the server does not answer must not hold up the next attempt.
      let watch = Task.detached { [limit = configuration.silence * 4] in
        try await Task.sleep(for: limit)
        session.close()
      }
      defer { watch.cancel() }
      let result = await withTaskCancellationHandler {
        () async -> Result<Backend, PostgresSessionError> in
        do throws(PostgresSessionError) {
          return .success(try await setUp(session, abandoned))
        } catch {
          session.close()
          return .failure(error)
        }
      } onCancel: {
        session.close()
      }
      return (session, try result.get())
    }

    private nonisolated(nonsending) func setUp(
      _ session: any PostgresSession, _ abandoned: Backend?
    ) async throws(PostgresSessionError) -> Backend {
      let patience = configuration.rowPatience.settingInMilliseconds
      let rows = try await session.run(
        LeaseSQL.settings,
        ["lock-table \(process.host):\(process.number)", "\(patience)"])
      guard let row = rows.first, row.count == 4, let id = row[0] else {
        throw PostgresSessionError("the server does not say which backend this is")
      }
      guard row[2] == "f", row[3] == "off" else {
        throw PostgresSessionError(
          "the server or the role is read only, as a standby is", sqlState: "25006")
      }
      try await lookAtSchema(session)
      if let abandoned { try await endBackend(abandoned, session) }
      return Backend(id: id, start: row[1] ?? "")
    }

    /// Waits until the backend is gone, for a second at most.
    private nonisolated(nonsending) func endBackend(
      _ backend: Backend, _ session: any PostgresSession
    ) async throws(PostgresSessionError) {
      for _ in 0..<40 {
        do throws(PostgresSessionError) {
          let rows = try await session.run(LeaseSQL.endBackend, [backend.id, backend.start])
          if rows.isEmpty { return }
        } catch {
          // Without the right to do that, a late request has at worst a lease nobody wants.
          if error.remedy == .reconnect { throw error }
          return
        }
        try? await Task.sleep(for: .milliseconds(25))
      }
    }

    // The schema.

    private nonisolated(nonsending) func lookAtSchema(_ session: any PostgresSession)
      async throws(PostgresSessionError)
    {
      let sql = store.sql
      if try await hasSchema(session) { return }
      guard configuration.createsSchema else {
        throw PostgresSessionError(
          "the table \(sql.table) or the sequence \(sql.sequence) does not exist",
          sqlState: "42P01")
      }
      var attempts = 0
      while true {
        do throws(PostgresSessionError) {
          _ = try await session.run(sql.makeSchema)
          break
        } catch {
          attempts += 1
          // Somebody makes the table at the same time, without our lock.
          guard ["23505", "42P07", "42710", "55P03", "40P01"].contains(error.sqlState),
            attempts < 20
          else { throw error }
          try? await Task.sleep(for: .milliseconds(25))
        }
      }
      _ = try await hasSchema(session)
    }

    /// Throws if the role has no rights.
    private nonisolated(nonsending) func hasSchema(
      _ session: any PostgresSession
    ) async throws(PostgresSessionError) -> Bool {
      let sql = store.sql
      let row = try await session.run(sql.look, [sql.table, sql.sequence]).first ?? []
      guard row.first == "t" else { return false }
      guard row.last == "t" else {
        throw PostgresSessionError(
          "the role lacks rights: it needs SELECT, INSERT, UPDATE and DELETE on \(sql.table) and "
            + "USAGE on \(sql.sequence)", sqlState: "42501")
      }
      return true
    }

    // Errors.

    /// At the first start a server that can't be written to is a mistake, and later a failover.
    private func isFinal(_ error: PostgresSessionError) -> Bool {
      !error.isTransient || error.sqlState == "25006"
    }

    private func configurationError(_ error: PostgresSessionError) -> LeaseStoreError {
      LeaseStoreError(.configuration, error.message, code: error.sqlState)
    }
  }
#endif
