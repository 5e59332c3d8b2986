import LockTable
import LockTableTesting
import Testing

/// The forms for tasks, with limits that a manual clock measures.
@Suite(.watched) struct ClockedTaskTests {
  static let limit = Duration.seconds(3600)
  static let past: [Duration] = [.zero, .nanoseconds(-1), .seconds(-3600), .seconds(Int64.min)]

  @Test(arguments: TimedForm.forTasks, LockTableConfiguration.Fairness.both)
  func aWaitEndsWhenTheClockIsAtItsLimitAndNotBefore(
    form: TimedForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let failure = Failure()
      let (before, last) = form.steps(to: Self.limit)
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await failure.note {
          try await form.run("k", of: table.locks, limit: Self.limit) {}
        }
      }
      let stayer = executor.start { try await table.locks.withLock("k") {} }
      #expect(table.clock.scheduledCount == 1)
      table.clock.advance(by: before)
      executor.drain()
      #expect(task.outcome == nil)
      #expect(table.locks.waiterCount(of: "k") == 2)
      table.clock.advance(by: last)
      #expect(table.locks.waiterCount(of: "k") == 1)
      // The clock goes on before the task runs: it has waited until its limit all the same.
      table.clock.advance(by: .seconds(7))
      executor.drain()
      #expect(task.outcome == .timedOut)
      form.expectTimeout(failure.take(), key: "k", limit: Self.limit)
      #expect(stayer.outcome == nil)
      holder.release()
      executor.drain()
      #expect(stayer.outcome == .had)
      table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks, LockTableConfiguration.Fairness.both)
  func aKeyThatIsReleasedBeforeIsAcquired(
    form: TimedForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await form.run("k", of: table.locks, limit: Self.limit) {
          #expect(table.clock.scheduledCount == 0)
          table.clock.advance(by: Self.limit)
        }
      }
      table.clock.advance(by: .seconds(60))
      holder.release()
      executor.drain()
      #expect(task.outcome == .had)
      table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aCancelledWaitLeavesNothingScheduled(form: TimedForm)
    async
  {
    await onPlainThread {
      let table = ClockedTable<String>()
      let executor = SteppedExecutor()
      let holder = table.locks.acquire("k")
      let task = executor.start { try await form.run("k", of: table.locks, limit: Self.limit) {} }
      #expect(table.clock.scheduledCount == 1)
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled)
      #expect(table.clock.scheduledCount == 0)
      table.clock.advance(by: Self.limit)
      holder.release()
      table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aFreeKeyNeedsNoClock(form: TimedForm) async throws {
    let table = ClockedTable<String>()
    try await form.run("k", of: table.locks, limit: Self.limit) {
      #expect(table.clock.scheduledCount == 0)
    }
    table.expectUnused()
  }

  @Test(
    arguments: TimedForm.forTasks, past)
  func aLimitInThePastNeedsNoClock(form: TimedForm, limit: Duration) async {
    await onPlainThread {
      let table = ClockedTable<String>()
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await failure.note { try await form.run("k", of: table.locks, limit: limit) {} }
      }
      #expect(task.outcome == .timedOut)
      #expect(failure.take()?.waited == .zero)
      holder.release()
      table.expectUnused()
    }
  }

  @Test(
    arguments: TimedForm.forTasks.filter { !$0.hasDeadline },
    [.seconds(1 << 33), .seconds(Int64.max)] as [Duration])
  func aLimitThatIsTooLongForAClockIsNone(form: TimedForm, limit: Duration) async {
    await onPlainThread {
      let table = ClockedTable<String>()
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await failure.note { try await form.run("k", of: table.locks, limit: limit) {} }
      }
      table.clock.advance(by: .seconds(3))
      #expect(table.clock.scheduledCount == 0 && task.outcome == nil)
      table.locks.close()
      executor.drain()
      let error = failure.take()
      #expect(error?.reason == .closed)
      #expect(error?.waited == .seconds(3) && error?.limit == limit)
      holder.release()
      table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aWaitInATableThatIsClosedEnds(form: TimedForm) async {
    await onPlainThread {
      let table = ClockedTable<String>()
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await failure.note {
          try await form.run("k", of: table.locks, limit: Self.limit) {}
        }
      }
      table.clock.advance(by: .seconds(7))
      table.locks.close()
      executor.drain()
      #expect(task.outcome == .closed)
      #expect(failure.take()?.waited == .seconds(7))
      let late = executor.start { try await form.run("k", of: table.locks, limit: Self.limit) {} }
      #expect(late.outcome == .closed)
      holder.release()
      table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aFullQueueRefusesTheWait(form: TimedForm) async {
    await onPlainThread {
      let table = ClockedTable<String>(maximumWaitersPerKey: 1)
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let first = executor.start { try await form.run("k", of: table.locks, limit: Self.limit) {} }
      let second = executor.start {
        try await failure.note {
          try await form.run("k", of: table.locks, limit: Self.limit) {}
        }
      }
      #expect(second.outcome == .crowded)
      #expect(failure.take()?.waited == .zero)
      #expect(table.clock.scheduledCount == 1)
      table.clock.advance(by: Self.limit)
      executor.drain()
      #expect(first.outcome == .timedOut)
      holder.release()
      table.expectUnused()
    }
  }

  //  holder      task                    clock
  //  holds k
  //              waits
  //  releases    is woken, or has it
  //                                      is at the limit
  //              comes, and has no key
  @Test(arguments: TimedForm.forTasks, LockTableConfiguration.Fairness.both)
  func aTaskThatWasWokenAndComesLateTimesOut(
    form: TimedForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let task = executor.start {
        try await failure.note {
          try await form.run("k", of: table.locks, limit: Self.limit) {}
        }
      }
      let next = executor.start { try await table.locks.withLock("k") {} }
      holder.release()
      table.clock.advance(by: Self.limit)
      executor.drain()
      #expect(task.outcome == .timedOut)
      form.expectTimeout(failure.take(), key: "k", limit: Self.limit)
      #expect(next.outcome == .had)
      table.expectUnused()
    }
  }

  @Test func waitsEndInTheOrderOfTheirLimits() async {
    await onPlainThread {
      let table = ClockedTable<Int>()
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holders = table.locks.acquire(all: [1, 2, 3])
      let tasks = [3, 1, 2].map { key in
        executor.start {
          do {
            try await table.locks.withLock(key, timeout: .seconds(key)) {}
          } catch let error as LockTableError {
            order.withLock { $0.append(key) }
            #expect(error.waited == .seconds(key))
          }
        }
      }
      table.clock.advance(by: .seconds(3))
      executor.drain()
      #expect(tasks.outcomes == [.had])
      #expect(order.withLock { $0 } == [1, 2, 3])
      holders.release()
      table.expectUnused()
    }
  }

  @Test func theCoresTimerIsNotUsed() async {
    // In a process of its own: other tests use the timer.
    await #expect(processExitsWith: .success) {
      let table = ClockedTable<String>()
      let held = try await table.locks.acquire("k")
      let task = Attempt { try await table.locks.withLock("k", timeout: .seconds(5)) {} }
      let thread = NativeThread { try? table.locks.withLock("k", timeout: .seconds(5)) {} }
      try await table.locks.untilWaiterCount(of: "k", reaches: 2)
      precondition(!DeadlineTimer.isRunning)
      table.clock.advance(by: .seconds(5))
      await task.task.value
      await onPlainThread { thread.join() }
      precondition(task.outcome == .timedOut && !DeadlineTimer.isRunning)
      held.release()
      precondition(table.locks.isEmpty)
    }
  }
}
