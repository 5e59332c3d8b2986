import LockTable
import LockTableTesting
import Testing

/// Who gets the next permits, and what becomes of those who wait.
@Suite(.watched) struct PermitLineTests {
  //  holder      heavy       light       newcomer
  //  has 1 of 2
  //              wants 2
  //                          wants 1
  //                                      is not let in
  //  releases    has 2
  //                          has 1
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aHeavyRequestHoldsBackLightOnes(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let table = SemaphoreTable<String>(permits: 2, configuration: .init(fairness: fairness))
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = table.acquirePermit("k")
      let heavy = executor.start {
        try await table.withPermits(2, of: "k") { order.withLock { $0.append(2) } }
      }
      let light = executor.start {
        try await table.withPermit("k") { order.withLock { $0.append(1) } }
      }
      #expect(!table.has(1, leftOf: "k"))
      #expect(table.permitsOut(of: "k") == 1 && table.countWaiters(of: "k") == 2)
      holder.release()
      executor.drain { heavy.outcome != nil && light.outcome != nil }
      #expect(heavy.outcome == .had && light.outcome == .had)
      // Under .adaptive, what a task does not claim in time goes to the next one.
      if fairness == .fifo {
        #expect(order.withLock(\.self) == [2, 1])
      }
      #expect(table.isEmpty)
    }
  }

  @Test func threadsAndTasksWaitInOneLine() async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(permits: 2, configuration: .init(fairness: .fifo))
      let executor = SteppedExecutor()
      let order = Guarded<[String]>([])
      let holder = table.acquirePermit(1)
      let task = executor.start {
        try await table.withPermits(2, of: 1) { order.withLock { $0.append("task") } }
      }
      let thread = NativeThread {
        table.withPermit(1) { order.withLock { $0.append("thread") } }
      }
      thread.waitUntilAsleep()
      holder.release()
      executor.drain()
      thread.join()
      #expect(task.outcome == .had && order.withLock(\.self) == ["task", "thread"])
      #expect(table.isEmpty)
    }
  }

  //  holder      heavy          light
  //  has 1 of 2
  //              wants 2
  //                             wants 1
  //              leaves: at once
  //                             has 1
  @Test(arguments: PermitForm.allCases, ["cancelled", "late"])
  func oneThatLeavesHoldsNobodyBack(form: PermitForm, how: String) async {
    await onPlainThread {
      let clock = ManualClock()
      let table = SemaphoreTable<Int>(
        permits: 2, configuration: .init(fairness: .fifo, clock: clock))
      let executor = SteppedExecutor()
      let holder = table.acquirePermit(1)
      let limit: Duration? = how == "late" ? .seconds(60) : nil
      let heavy = executor.start { try await form.run(2, of: 1, in: table, timeout: limit) }
      let light = executor.start { try await table.withPermit(1) {} }
      #expect(heavy.outcome == nil && light.outcome == nil)
      if let limit {
        clock.advance(by: limit)
      } else {
        heavy.cancel()
      }
      executor.drain()
      #expect(heavy.outcome == (how == "late" ? .timedOut : .cancelled) && light.outcome == .had)
      holder.release()
      #expect(table.isEmpty && clock.scheduledCount == 0)
    }
  }

  @Test(arguments: PermitForm.allCases, [1, 2])
  func aTaskThatWasCancelledBeforeTheReleaseHasNoPermit(form: PermitForm, count: Int) async {
    let table = SemaphoreTable<Int>(permits: 2)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Outcome.of { try await form.run(count, of: 1, in: table, timeout: nil) }
    }
    #expect(await task.value == .cancelled)
    #expect(table.isEmpty)
  }

  //  holder      task
  //  has 2 of 2
  //              wants them
  //  releases    has them from here on
  //              is cancelled, and then runs: gives all of them back
  @Test(arguments: PermitForm.allCases)
  func aTaskThatIsCancelledAfterTheGrantGivesAllBack(form: PermitForm) async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(permits: 2, configuration: .init(fairness: .fifo))
      let executor = SteppedExecutor()
      let holder = table.acquirePermitsIfAvailable(2, of: 1).orFail()
      let task = executor.start { try await form.run(2, of: 1, in: table, timeout: nil) }
      let next = executor.start { try await table.withPermits(2, of: 1) {} }
      holder.release()
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled && next.outcome == .had)
      #expect(table.isEmpty)
    }
  }

  @Test func anUncancellableFormWaitsInAnyCase() async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(
        permits: 2, configuration: .init(fairness: .fifo, maximumWaitersPerKey: 1))
      let executor = SteppedExecutor()
      let holder = table.acquirePermit(1)
      let waiting = executor.start { try await table.withPermits(2, of: 1) {} }
      let one = executor.start { await table.withUncancellablePermit(1) {} }
      let two = executor.start { try await table.withUncancellablePermits(2, of: 1) {} }
      let many = executor.start { try await table.withUncancellablePermits(3, of: 1) {} }
      let refused = executor.start { try await table.withPermit(1) {} }
      one.cancel()
      two.cancel()
      table.close()
      executor.drain()
      #expect(waiting.outcome == .closed && refused.outcome == .crowded)
      #expect(many.outcome == .exceeded && one.outcome == .had && two.outcome == nil)
      holder.release()
      executor.drain()
      #expect(two.outcome == .had)
      #expect(table.isEmpty)
    }
  }

  @Test(arguments: PermitForm.allCases, [1, 2])
  func refusalsAreErrors(form: PermitForm, count: Int) async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(
        permits: 2, configuration: .init(fairness: .fifo, maximumWaitersPerKey: 1))
      let executor = SteppedExecutor()
      let holder = table.acquirePermitsIfAvailable(2, of: 1).orFail()
      let first = executor.start { try await table.withPermit(1) {} }
      let crowded = executor.start { try await form.run(count, of: 1, in: table, timeout: nil) }
      #expect(crowded.outcome == .crowded)
      table.close()
      executor.drain()
      let closed = executor.start { try await form.run(count, of: 1, in: table, timeout: nil) }
      #expect(first.outcome == .closed && closed.outcome == .closed && table.isClosed)
      #expect(!table.has(1, leftOf: 1))
      holder.release()
      #expect(table.isEmpty)
      // A form that throws nothing of its own goes on.
      table.withPermit(1) {}
      #expect(Outcome.ofThread { try table.withPermits(1, of: 1) {} } == .closed)
    }
  }

  @Test func aCallMayHaveALimitOfWaitersOfItsOwn() async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(permits: 1)
      let holder = table.acquirePermit(1)
      let outcome = Outcome.ofThread {
        try table.withPermit(1, timeout: .seconds(60), maximumWaiters: 0) {}
      }
      #expect(outcome == .crowded)
      holder.release()
      #expect(table.isEmpty)
    }
  }

  @Test func aTableIsDrained() async throws {
    let table = SemaphoreTable<Int>(permits: 1)
    let permit = try await table.acquirePermit(1)
    #expect(await !table.drained(until: .now))
    permit.release()
    #expect(await table.drained(until: .now))
  }
}

/// The forms of a task that wait.
enum PermitForm: CaseIterable {
  case scoped, guarded

  func run(
    _ count: Int, of key: Int, in table: SemaphoreTable<Int>, timeout: Duration?
  ) async throws {
    switch (self, timeout) {
    case (.scoped, nil) where count == 1: try await table.withPermit(key) {}
    case (.scoped, nil): try await table.withPermits(count, of: key) {}
    case (.scoped, let timeout?):
      try await table.withPermits(count, of: key, timeout: timeout) {}
    case (.guarded, nil) where count == 1: try await table.acquirePermit(key).release()
    case (.guarded, nil): try await table.acquirePermits(count, of: key).release()
    case (.guarded, let timeout?):
      try await table.acquirePermits(count, of: key, until: .now + timeout).release()
    }
  }
}
