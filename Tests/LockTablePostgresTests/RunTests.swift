#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("A store's connections to a server that a test plays", .timeLimit(.minutes(15)))
  struct RunTests {
    let server = ScriptedServer()

    func process(_ duration: Duration = .seconds(600)) -> TestProcess {
      var configuration = PostgresLeaseStore.Configuration()
      configuration.leaseDuration = duration
      return TestProcess(PostgresLeaseStore(server, configuration: configuration))
    }

    func acquire(_ process: TestProcess, _ claim: LeaseClaim) -> Task<LeaseAnswer, any Error> {
      Task { try await process.store.acquire(claim, for: .seconds(15), waits: false) }
    }

    @Test(
      "At the first start it throws what people have to mend",
      arguments: [
        PostgresSessionError("no such role", isRefusal: true),
        PostgresSessionError("no such database", sqlState: "3D000"),
        PostgresSessionError("no password", sqlState: "28P01"),
        PostgresSessionError("a standby", sqlState: "25006"),
      ])
    func configuration(_ error: PostgresSessionError) async throws {
      // A refusal without a code is believed when it is repeated.
      server.failures.withLock { $0 = error.isRefusal ? [error, error] : [error] }
      let process = process()
      process.run()
      guard case .failure(let thrown) = try await process.untilEnded() else {
        Issue.record("it goes on")
        return
      }
      #expect(thrown == LeaseStoreError(.configuration, error.message, code: error.sqlState))
      await #expect(throws: LeaseStoreError.self) {
        try await acquire(process, process.claim(try name("a"))).value
      }
    }

    @Test(
      "It waits for a server that can't let it in yet",
      arguments: [nil, "57P03", "53300", "08006"])
    func transient(_ sqlState: String?) async throws {
      let error = PostgresSessionError("not yet", sqlState: sqlState)
      server.failures.withLock { $0 = [error, error, error] }
      let process = process()
      process.run()
      try await process.untilConnected(1)
      #expect(process.changes.map(\.text) == ["not yet", "connected"])
    }

    @Test("A refusal without a code may be that of a server that is starting")
    func doubtfulRefusal() async throws {
      let refusal = PostgresSessionError("not yet accepting connections", isRefusal: true)
      server.failures.withLock { $0 = [refusal, PostgresSessionError("gone"), refusal] }
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      // Once it was connected, callers are not told that people have to mend it.
      server.failures.withLock { $0 = Array(repeating: refusal, count: 5) }
      server.sessions.withLock { $0[0] }.close()
      try await until { server.failures.withLock { $0.count < 5 } }
      let claim = process.claim(try name("a"))
      do throws(LeaseStoreError) {
        _ = try await process.store.renew([claim], for: .seconds(15))
        Issue.record("renewed without a server")
      } catch {
        #expect(error.kind == .transient)
      }
      try await process.untilConnected(2)
    }

    @Test("Once it was connected, it goes on trying, and tells of each outage once")
    func outage() async throws {
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      server.failures.withLock {
        $0 = [
          PostgresSessionError("gone"), PostgresSessionError("no role", isRefusal: true),
          PostgresSessionError("standby", sqlState: "25006"),
        ]
      }
      server.sessions.withLock { $0[0] }.close()
      try await process.untilConnected(2)
      #expect(process.changes.map(\.text) == ["connected", "closed", "connected"])
    }

    @Test("Calls wait for the first attempt to connect, and fail while there is no server")
    func callsMeanwhile() async throws {
      let process = process()
      let early = acquire(process, process.claim(try name("a")))
      try await until { process.store.queuedCount == 1 }
      server.failures.withLock { $0 = .init(repeating: PostgresSessionError("gone"), count: 1_000) }
      process.run()
      await #expect(throws: LeaseStoreError(.transient, "gone")) { try await early.value }
      await #expect(throws: LeaseStoreError(.transient, "gone")) {
        try await process.store.release(process.claim(try name("a")))
      }
      server.failures.withLock { $0 = [] }
      try await process.untilConnected(1)
      let late = acquire(process, process.claim(try name("a")))
      try await server.next().grant()
      #expect(try await late.value == .granted(token: 1))
    }

    @Test("A request in flight fails with its connection, and one that waits goes over the next")
    func brokenInFlight() async throws {
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      let sent = acquire(process, process.claim(try name("a")))
      let call = try await server.next()
      let waiting = acquire(process, process.claim(try name("b")))
      try await until { process.store.queuedCount == 1 }
      call.fail(nil)
      await #expect(throws: LeaseStoreError(.transient, "as scripted")) { try await sent.value }
      #expect(call.session.isClosed.withLock { $0 })

      // The old backend may still carry out what was sent: it is ended, and its end awaited.
      for isAlive in [true, true, false] {
        let end = try await server.next()
        #expect(end.name.contains("pg_terminate_backend"))
        #expect(end.parameters == ["0", "start"])
        end.answer(isAlive ? [["t"]] : [])
      }
      let again = try await server.next()
      #expect(again.elements(0) == ["orders/b"] && again.session.number == 1)
      again.grant()
      #expect(try await waiting.value == .granted(token: 1))
      // An answer of the old connection's is nobody's.
      call.grant(token: 99)
    }

    @Test(
      "An error of the session's ends the session",
      arguments: ["57P01", "57P05", "26000", "0A000", "25006", "08006"])
    func sessionErrors(_ sqlState: String) async throws {
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      let task = acquire(process, process.claim(try name("a")))
      try await server.next().fail(sqlState)
      await #expect(throws: LeaseStoreError(.transient, "as scripted", code: sqlState)) {
        try await task.value
      }
      try await server.next().answer()
      try await process.untilConnected(2)
    }

    @Test(
      "An error that people have to mend is one, and ends nothing",
      arguments: ["42501", "42P01", "22023", "54000"])
    func requestErrors(_ sqlState: String) async throws {
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      for code in [sqlState, "53100", "40001"] {
        let task = acquire(process, process.claim(try name("a")))
        try await server.next().fail(code)
        await #expect(
          throws: LeaseStoreError(
            code == sqlState ? .configuration : .transient, "as scripted", code: code)
        ) {
          try await task.value
        }
      }
      #expect(process.changes.map(\.text) == ["connected"])
    }

    @Test("A connection that does not answer is given up")
    func silence() async throws {
      let process = process(.seconds(1))
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      let task = acquire(process, process.claim(try name("a")))
      _ = try await server.next()
      await #expect(throws: LeaseStoreError.self) { try await task.value }
      #expect(server.sessions.withLock { $0[0] }.isClosed.withLock { $0 })
      try await server.next().answer()
      try await process.untilConnected(2)
      #expect(process.changes[1].text.contains("did not answer"))
    }

    @Test("A run that was cancelled fails what waits, and may begin again")
    func again() async throws {
      let process = process()
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      let task = acquire(process, process.claim(try name("a")))
      _ = try await server.next()
      let waiting = acquire(process, process.claim(try name("b")))
      try await until { process.store.queuedCount == 1 }
      process.stop()
      _ = try await process.untilEnded().get()
      #expect(server.sessions.withLock { $0[0] }.isClosed.withLock { $0 })
      await #expect(throws: LeaseStoreError.self) { try await task.value }
      await #expect(throws: LeaseStoreError.self) { try await waiting.value }
      await #expect(throws: LeaseStoreError.self) {
        try await process.store.release(process.claim(try name("a")))
      }
      process.run()
      try await process.untilConnected(2)
      let next = acquire(process, process.claim(try name("a")))
      try await server.next().grant()
      #expect(try await next.value == .granted(token: 1))
    }
  }

  extension LeaseStoreChange {
    var text: String {
      switch self {
      case .connected: "connected"
      case .interrupted(let error): error.message
      case .mayBeFree(let name): name.text
      case .lost(let claim): claim.name.text
      }
    }
  }
#endif
