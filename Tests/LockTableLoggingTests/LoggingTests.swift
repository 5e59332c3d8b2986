#if Logging
  import InMemoryLogging
  import LockTable
  import LockTableLogging
  import Logging
  import Testing

  @Suite(.timeLimit(.minutes(15))) struct LoggingTests {
    private let handler = InMemoryLogHandler()

    private var logger: Logger {
      var logger = Logger(label: "locks") { _ in handler }
      logger.logLevel = .debug
      return logger
    }

    private func table(deadlockDelay: Duration = .seconds(1)) -> LockTable<String> {
      LockTable(
        name: "accounts", configuration: .init(diagnostics: .init(deadlockDelay: deadlockDelay)))
    }

    /// Waits until something is logged, which is a time after it should be.
    private func firstEntry() async throws -> InMemoryLogHandler.Entry {
      try await entry(after: 0)
    }

    private func entry(after count: Int) async throws -> InMemoryLogHandler.Entry {
      while handler.entries.count <= count {
        try await Task.sleep(for: .milliseconds(1))
      }
      return handler.entries[count]
    }

    @Test func slowWaits() async throws {
      let locks = table()
      locks.logDiagnostics(to: logger, slowWaits: .milliseconds(5))
      let held = try await locks.acquire("a")
      let line = #line + 4
      // It has the key when its end is logged.
      let waiter = Task(name: "waiter") { [handler] in
        try await LockLabel.$current.withValue("request 7") {
          try await locks.withSharedLock("a") {
            while handler.entries.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
          }
        }
      }
      let entry = try await firstEntry()
      held.release()
      try await waiter.value

      #expect(entry.level == .warning)
      #expect(entry.message.description.hasPrefix(#"a wait for a of "accounts": shared, task "#))
      #expect(entry.message.description.contains("request 7, at LockTableLoggingTests/"))
      #expect(entry.metadata["lock.table"] == "accounts")
      #expect(entry.metadata["lock.key"] == "a")
      #expect(entry.metadata["lock.mode"] == "shared")
      #expect(entry.metadata["lock.waiting"] == "1")
      #expect(entry.metadata["lock.acquirer.kind"] == "task")
      #expect(entry.metadata["lock.acquirer.id"].flatMap { UInt64("\($0)", radix: 16) } != nil)
      #expect(entry.metadata["lock.acquirer.name"] == "waiter")
      #expect(entry.metadata["lock.acquirer"] == nil)
      #expect(
        entry.metadata["lock.call_site"] == "LockTableLoggingTests/LoggingTests.swift:\(line)")
      #expect(entry.metadata["lock.label"] == "request 7")
      #expect(try #require(entry.milliseconds) >= 5)
      guard case .array(let holders) = entry.metadata["lock.holders"],
        case .dictionary(let holder) = holders.first
      else {
        Issue.record("\(entry.metadata)")
        return
      }
      #expect(holders.count == 1)
      #expect(holder["lock.mode"] == "exclusive")

      let end = try await self.entry(after: 1)
      #expect(handler.entries.count == 2 && end.level == .warning)
      #expect(end.message.description.hasPrefix(#"a wait for a of "accounts" is over: shared, "#))
      #expect(end.metadata["lock.key"] == "a" && end.metadata["lock.acquirer.name"] == "waiter")
      #expect(end.metadata["lock.acquired"] == "true" && end.metadata["lock.waiting"] == nil)
      #expect(try #require(end.milliseconds) >= #require(entry.milliseconds))
    }

    @Test func aWaitThatIsGivenUpHasNotAcquired() async throws {
      let locks = table()
      locks.logDiagnostics(to: logger, slowWaits: .milliseconds(5))
      let held = try await locks.acquire("a")
      let waiter = Task { try await locks.withLock("a") {} }
      _ = try await firstEntry()
      waiter.cancel()
      let end = try await entry(after: 1)
      let sentence = end.message.description
      #expect(sentence.hasPrefix(#"a wait for a of "accounts" is over: exclusive, "#))
      #expect(end.metadata["lock.key"] == "a" && end.metadata["lock.acquired"] == nil)
      await #expect(throws: CancellationError.self) { try await waiter.value }
      held.release()
    }

    @Test func keysAndNamesAddNoLine() async throws {
      let locks = table()
      locks.logDiagnostics(to: logger, slowWaits: nil, longHolds: .milliseconds(5))
      let key = "a\nlock.key=b\u{1b}[2J"
      let holder = Task(name: "x\" lock.mode=shared\n") {
        try await locks.withLock(key) { try await Task.sleep(for: .seconds(60)) }
      }
      let entry = try await firstEntry()
      holder.cancel()
      _ = await holder.result

      #expect(entry.metadata["lock.key"] == #"a\nlock.key=b\u{1B}[2J"#)
      #expect(entry.metadata["lock.acquirer.name"] == #"x" lock.mode=shared\n"#)
    }

    @Test func longHolds() async throws {
      let locks = table()
      locks.logDiagnostics(to: logger, slowWaits: nil, longHolds: .milliseconds(5))
      let held = try await locks.acquireShared("a")
      let entry = try await firstEntry()
      held.release()
      let end = try await self.entry(after: 1)
      #expect(end.message.description.hasPrefix(#"a hold of a of "accounts" is over: shared, "#))
      #expect(end.level == .warning)
      #expect(end.metadata["lock.key"] == "a" && end.metadata["lock.waiting"] == nil)

      #expect(entry.level == .warning)
      #expect(entry.message.description.hasPrefix(#"a hold of a of "accounts": shared, task "#))
      #expect(entry.metadata["lock.table"] == "accounts")
      #expect(entry.metadata["lock.key"] == "a")
      #expect(entry.metadata["lock.mode"] == "shared")
      #expect(entry.metadata["lock.waiting"] == "0")
      #expect(try #require(entry.milliseconds) >= 5)
    }

    @Test func deadlocks() async throws {
      let locks = table(deadlockDelay: .milliseconds(5))
      locks.logDiagnostics(to: logger, slowWaits: nil)
      let first = Task(name: "first") {
        let held = try await locks.acquire("a")
        while !locks.isLocked("b") { try await Task.sleep(for: .milliseconds(1)) }
        try await locks.withLock("b") {}
        held.release()
      }
      let second = Task(name: "second") {
        let held = try await locks.acquire("b")
        while !locks.isLocked("a") { try await Task.sleep(for: .milliseconds(1)) }
        try await locks.withLock("a") {}
        held.release()
      }
      let entry = try await firstEntry()
      first.cancel()
      second.cancel()
      _ = await (first.result, second.result)

      #expect(entry.level == .error)
      let message = entry.message.description
      #expect(message.hasPrefix("suspected deadlock of 2: task ") && !message.contains("\n"))
      #expect(message.contains(#" waits for a of "accounts" (exclusive) at "#))
      guard case .array(let waits) = entry.metadata["lock.waits"] else {
        Issue.record("\(entry.metadata)")
        return
      }
      let keys = waits.compactMap { wait -> Logger.MetadataValue? in
        guard case .dictionary(let wait) = wait, case .dictionary = wait["lock.blocker"],
          wait["lock.blocker_holds"] == "true", wait["lock.table"] == "accounts"
        else { return nil }
        return wait["lock.key"]
      }
      #expect(Set(keys.map(\.description)) == ["a", "b"])
      #expect(waits.count == 2)
    }

    @Test func loggingEndsWhenItsHookIsRemoved() async throws {
      let locks = table()
      let logging = locks.logDiagnostics(
        to: logger, slowWaits: .milliseconds(1), longHolds: .milliseconds(1))
      logging.remove()
      logging.remove()
      let held = try await locks.acquire("a")
      // The table's thread has seen the hold by the time that it tells another hook.
      let holds = AsyncStream<Void>.makeStream()
      locks.onLongHold(threshold: .milliseconds(5)) { _ in holds.continuation.yield() }
      for await _ in holds.stream.prefix(1) {}
      held.release()
      #expect(handler.entries.isEmpty)
    }

    /// One acquirer that waits for itself: a hold, a wait and a deadlock.
    private func levels(
      of log: (LockTable<String>) -> Void, until last: Logger.Level
    ) async throws -> Set<Logger.Level> {
      let locks = table(deadlockDelay: .milliseconds(5))
      log(locks)
      let selfish = Task {
        try await locks.withLock("a") { try await locks.withLock("a") {} }
      }
      while !handler.entries.contains(where: { $0.level == last }) {
        try await Task.sleep(for: .milliseconds(1))
      }
      selfish.cancel()
      _ = await selfish.result
      return Set(handler.entries.map(\.level))
    }

    @Test func levelsAreParameters() async throws {
      var logger = logger
      logger.logLevel = .trace
      // A deadlock is reported after its wait and its hold.
      let levels = try await levels(
        of: {
          $0.logDiagnostics(
            to: logger, slowWaits: .milliseconds(1), longHolds: .milliseconds(1),
            slowWaitLevel: .info, longHoldLevel: .notice, deadlockLevel: .critical)
        }, until: .critical)
      #expect(levels == [.info, .notice, .critical])
    }

    @Test func nothingDangerousIsBelowAWarning() async throws {
      let levels = try await levels(
        of: {
          $0.logDiagnostics(
            to: logger, slowWaits: .milliseconds(1), longHolds: .milliseconds(1))
        }, until: .error)
      #expect(levels == [.warning, .error])
    }

    @Test func theLoggerDecidesWhatIsLogged() async throws {
      var logger = logger
      logger.logLevel = .error
      let levels = try await levels(
        of: {
          $0.logDiagnostics(
            to: logger, slowWaits: .milliseconds(1), longHolds: .milliseconds(1))
        }, until: .error)
      #expect(levels == [.error])
    }
  }

  extension InMemoryLogHandler.Entry {
    fileprivate var milliseconds: Int? {
      metadata["lock.milliseconds"].flatMap { Int($0.description) }
    }
  }
#endif
