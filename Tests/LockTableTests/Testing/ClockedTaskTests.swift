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
      let (before, last) = form.steps(to: Self.limit)
      let wait = ClockedWait(form, Self.limit, in: ClockedTable(fairness: fairness))
      let (table, executor, task) = (wait.table, wait.executor, wait.task)
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
      form.expectTimeout(wait.failure.take(), key: "k", limit: Self.limit)
      #expect(stayer.outcome == nil)
      wait.release()
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
      let wait = ClockedWait(form, Self.limit)
      #expect(wait.table.clock.scheduledCount == 1)
      wait.task.cancel()
      wait.executor.drain()
      #expect(wait.task.outcome == .cancelled)
      #expect(wait.table.clock.scheduledCount == 0)
      wait.table.clock.advance(by: Self.limit)
      wait.release()
      wait.table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aFreeKeyNeedsNoClock(form: TimedForm) async throws {
    let table = ClockedTable<String>()
    try await form.run("k", of: table.locks, limit: Self.limit) {
      #expect(table.clock.scheduledCount == 0)
    }
    table.expectUnused()
  }

  @Test(arguments: TimedForm.forTasks, past)
  func aLimitInThePastNeedsNoClock(form: TimedForm, limit: Duration) async {
    await onPlainThread {
      let wait = ClockedWait(form, limit)
      #expect(wait.task.outcome == .timedOut)
      #expect(wait.failure.take()?.waited == .zero)
      wait.release()
      wait.table.expectUnused()
    }
  }

  @Test(
    arguments: TimedForm.forTasks.filter { !$0.hasDeadline },
    [.seconds(1 << 33), .seconds(Int64.max)] as [Duration])
  func aLimitThatIsTooLongForAClockIsNone(form: TimedForm, limit: Duration) async {
    await onPlainThread {
      let wait = ClockedWait(form, limit)
      wait.table.clock.advance(by: .seconds(3))
      #expect(wait.table.clock.scheduledCount == 0 && wait.task.outcome == nil)
      wait.table.locks.close()
      wait.executor.drain()
      let error = wait.failure.take()
      #expect(error?.reason == .closed)
      #expect(error?.waited == .seconds(3) && error?.limit == limit)
      wait.release()
      wait.table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aWaitInATableThatIsClosedEnds(form: TimedForm) async {
    await onPlainThread {
      let wait = ClockedWait(form, Self.limit)
      let locks = wait.table.locks
      wait.table.clock.advance(by: .seconds(7))
      locks.close()
      wait.executor.drain()
      #expect(wait.task.outcome == .closed)
      #expect(wait.failure.take()?.waited == .seconds(7))
      let late = wait.executor.start { try await form.run("k", of: locks, limit: Self.limit) {} }
      #expect(late.outcome == .closed)
      wait.release()
      wait.table.expectUnused()
    }
  }

  @Test(arguments: TimedForm.forTasks) func aFullQueueRefusesTheWait(form: TimedForm) async {
    await onPlainThread {
      let first = ClockedWait(form, Self.limit, in: ClockedTable(maximumWaitersPerKey: 1))
      let table = first.table
      let failure = Failure()
      let second = first.executor.start {
        try await failure.note {
          try await form.run("k", of: table.locks, limit: Self.limit) {}
        }
      }
      #expect(second.outcome == .crowded)
      #expect(failure.take()?.waited == .zero)
      #expect(table.clock.scheduledCount == 1)
      table.clock.advance(by: Self.limit)
      first.executor.drain()
      #expect(first.task.outcome == .timedOut)
      first.release()
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
      let wait = ClockedWait(form, Self.limit, in: ClockedTable(fairness: fairness))
      let table = wait.table
      let next = wait.executor.start { try await table.locks.withLock("k") {} }
      wait.holder.release()
      table.clock.advance(by: Self.limit)
      wait.executor.drain()
      #expect(wait.task.outcome == .timedOut)
      form.expectTimeout(wait.failure.take(), key: "k", limit: Self.limit)
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

/// A key, "k", that is held, and a task that waits for it, or has failed.
private struct ClockedWait {
  let table: ClockedTable<String>
  let executor: SteppedExecutor
  let holder: LockOwner
  let task: Attempt
  let failure: Failure

  init(_ form: TimedForm, _ limit: Duration, in table: ClockedTable<String> = ClockedTable()) {
    let (executor, failure) = (SteppedExecutor(), Failure())
    self.table = table
    self.executor = executor
    self.failure = failure
    holder = LockOwner(table.locks.acquire("k"))
    task = executor.start {
      try await failure.note { try await form.run("k", of: table.locks, limit: limit) {} }
    }
  }

  /// Releases the key. Then whoever waits runs.
  func release() {
    holder.release()
    executor.drain()
  }
}
