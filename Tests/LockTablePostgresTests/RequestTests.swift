#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Requests to a server that a test plays", .timeLimit(.minutes(15)))
  struct RequestTests {
    let server = ScriptedServer()

    func start(_ duration: Duration = .seconds(600)) async throws -> TestProcess {
      var configuration = PostgresLeaseStore.Configuration()
      configuration.leaseDuration = duration
      let process = TestProcess(PostgresLeaseStore(server, configuration: configuration))
      process.run()
      try await process.untilConnected(1)
      try await server.nextSweep()
      return process
    }

    /// Begins an acquisition.
    func acquire(_ process: TestProcess, _ claim: LeaseClaim, waits: Bool = false)
      -> Task<Result<LeaseAnswer, LeaseStoreError>, Never>
    {
      Task {
        do throws(LeaseStoreError) {
          return .success(
            try await process.store.acquire(claim, for: .seconds(15), waits: waits))
        } catch {
          return .failure(error)
        }
      }
    }

    @Test("What is asked for while a statement runs goes as one, each name once")
    func batches() async throws {
      let process = try await start()
      let names = try (0..<4).map { try name($0) }
      let first = acquire(process, process.claim(names[0]))
      let running = try await server.next()
      var others: [Task<Result<LeaseAnswer, LeaseStoreError>, Never>] = []
      for name in names + names {
        let count = process.store.queuedCount
        others.append(acquire(process, process.claim(name)))
        try await until { process.store.queuedCount > count }
      }
      running.grant()
      let second = try await server.next()
      #expect(second.elements(0) == names.map(\.text))
      second.grant()
      let third = try await server.next()
      #expect(third.elements(0) == names.map(\.text))
      third.grant()
      for task in [first] + others { _ = try await task.value.get() }
    }

    @Test("A release is sent after the answer to a request that was cancelled meanwhile")
    func cancelledInFlight() async throws {
      let process = try await start()
      let claim = process.claim(try name("a"))
      let task = acquire(process, claim)
      let sent = try await server.next()
      task.cancel()
      guard case .failure(let error) = await task.value else {
        Issue.record("not cancelled")
        return
      }
      #expect(error.kind == .cancelled)
      async let release = process.store.release(claim)
      try await until { process.store.queuedCount == 1 }
      #expect(server.calls.withLock { $0.isEmpty })
      sent.grant()
      let leave = try await server.next()
      #expect(leave.name == "lease_leave" && leave.elements(1) == [claim.owner.text])
      leave.answer([[claim.name.text, "t", "f"]])
      #expect(try await release == LeaseRelease(wasHeld: true))
    }

    @Test("A request that is cancelled before it is sent never is")
    func cancelledUnsent() async throws {
      let process = try await start()
      let first = acquire(process, process.claim(try name("a")))
      let sent = try await server.next()
      let claim = process.claim(try name("b"))
      let second = acquire(process, claim)
      try await until { process.store.queuedCount == 1 }
      second.cancel()
      guard case .failure(let error) = await second.value else {
        Issue.record("not cancelled")
        return
      }
      #expect(error.kind == .cancelled)
      #expect(process.store.queuedCount == 0)
      sent.grant()
      _ = try await first.value.get()
      async let release = process.store.release(claim)
      #expect(try await server.next().answerNothing().name == "lease_leave")
      #expect(try await release == LeaseRelease(wasHeld: false))
    }

    @Test("A task that is cancelled already asks nothing")
    func cancelledBefore() async throws {
      let process = try await start()
      let claim = process.claim(try name("a"))
      let error = await Task { () -> LeaseStoreError? in
        withUnsafeCurrentTask { $0?.cancel() }
        do throws(LeaseStoreError) {
          _ = try await process.store.acquire(claim, for: .seconds(1), waits: true)
          return nil
        } catch {
          return error
        }
      }.value
      #expect(error?.kind == .cancelled)
      #expect(process.store.queuedCount == 0)
    }

    @Test("A release overtakes no request for its name, and other names overtake it")
    func order() async throws {
      let process = try await start()
      let running = acquire(process, process.claim(try name("x")))
      let sent = try await server.next()
      let (a, b) = (process.claim(try name("a")), process.claim(try name("b")))
      let again = acquire(process, a)
      try await until { process.store.queuedCount == 1 }
      async let releaseA = process.store.release(a)
      try await until { process.store.queuedCount == 2 }
      async let releaseB = process.store.release(b)
      try await until { process.store.queuedCount == 3 }
      sent.grant()
      let calls = try await [
        server.next().grantOrLeave(), server.next().grantOrLeave(), server.next().grantOrLeave(),
      ]
      let sentA = calls.filter { $0.elements(0).contains("orders/a") }
      #expect(sentA.map(\.name) == ["lease_acquire", "lease_leave"])
      #expect(calls.first?.elements(0) == ["orders/b"])
      _ = try await (releaseA, releaseB)
      _ = try await again.value.get()
      _ = try await running.value.get()
    }

    @Test("A request that may fail for another's sake is repeated alone")
    func separate() async throws {
      let process = try await start()
      let first = acquire(process, process.claim(try name("x")))
      let sent = try await server.next()
      let (a, b) = (
        acquire(process, process.claim(try name("a"))),
        acquire(process, process.claim(try name("b")))
      )
      try await until { process.store.queuedCount == 2 }
      sent.grant()
      let both = try await server.next()
      #expect(both.elements(0).count == 2)
      both.fail("55P03")
      for _ in 0..<2 {
        let alone = try await server.next()
        if alone.elements(0) == ["orders/a"] { alone.fail("55P03") } else { alone.grant() }
        #expect(alone.elements(0).count == 1)
      }
      guard case .failure(let error) = await a.value else {
        Issue.record("granted")
        return
      }
      #expect(error.kind == .transient && error.code == "55P03")
      _ = try await b.value.get()
      _ = try await first.value.get()
    }

    @Test("Renewals of more than a thousand go apart, and let others go between")
    func renewals() async throws {
      let process = try await start()
      let claims = try (0..<2_500).map { process.claim(try name($0)) }
      async let answers = process.store.renew(claims, for: .seconds(15))
      var counts: [Int] = []
      var acquisition: Task<Result<LeaseAnswer, LeaseStoreError>, Never>?
      while counts.count < 3 {
        let call = try await server.next()
        if call.name == "lease_renew" {
          if acquisition == nil {
            acquisition = acquire(process, process.claim(try name("x")))
            try await until { process.store.queuedCount == 1 }
          }
          counts.append(call.elements(0).count)
          // All but the first of each are still there.
          call.answer(call.elements(0).dropFirst().map { [$0, "f"] })
        } else {
          #expect(counts.count == 1)
          call.grant()
        }
      }
      #expect(counts == [1_000, 1_000, 500])
      let lost = try await answers.enumerated().filter { $0.element == .lost }.map(\.offset)
      #expect(lost == [0, 1_000, 2_000])
      _ = try await acquisition?.value.get()
    }

    @Test("A renewal whose rows a stranger has locked renews the others first")
    func renewalBehindLock() async throws {
      let process = try await start()
      let claims = try (0..<4).map { process.claim(try name($0)) }
      async let answers = process.store.renew(claims, for: .seconds(15))
      try await server.next().fail("55P03")
      let unlocked = try await server.next()
      #expect(unlocked.name == "lease_renew_unlocked")
      unlocked.answer([["orders/0", "f"], ["orders/2", "t"]])
      let look = try await server.next()
      #expect(look.name == "lease_look" && look.elements(0) == ["orders/1", "orders/3"])
      look.answer([["orders/1", "f"]])
      let error = LeaseStoreError(.transient, "as scripted", code: "55P03")
      #expect(
        try await answers == [
          .renewed(isWanted: false), .unanswered(error), .renewed(isWanted: true), .lost,
        ])
    }

    @Test("LISTEN comes before the first place in line, on each connection")
    func listensFirst() async throws {
      let process = try await start()
      let claim = process.claim(try name("a"))
      for session in 0..<2 {
        let task = acquire(process, claim, waits: true)
        let listen = try await server.next()
        #expect(listen.statement.sql == "LISTEN lease_\(process.process.id)")
        listen.answer()
        let call = try await server.next()
        #expect(call.elements(3) == [claim.owner.text])
        call.answer([[claim.name.text, nil, "somebody", "1234"]])
        #expect(
          try await task.value.get()
            == .held(LeaseObstacle(owner: nil, remaining: .milliseconds(1_234))))
        // The second time it listens already.
        let again = acquire(process, claim, waits: true)
        try await server.next().grant()
        _ = try await again.value.get()
        server.sessions.withLock { $0[session] }.close()
        try await process.untilConnected(session + 2)
      }
    }

    @Test("A notification is told")
    func notification() async throws {
      let process = try await start()
      server.sessions.withLock { $0[0] }.notify("orders/a")
      server.sessions.withLock { $0[0] }.notify("no name")
      try await process.untilMayBeFree(try name("a"))
    }
  }

  extension ScriptedServer.Call {
    func answerNothing() -> Self {
      answer()
      return self
    }

    func grantOrLeave() -> Self {
      if name == "lease_acquire" { grant() } else { answer() }
      return self
    }
  }
#endif
