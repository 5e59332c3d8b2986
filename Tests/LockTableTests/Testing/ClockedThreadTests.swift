import Foundation
import LockTable
import LockTableTesting
import Testing

/// The forms for threads, with limits that a manual clock measures.
@Suite(.watched) struct ClockedThreadTests {
  static let limit = Duration.seconds(3600)

  @Test(arguments: TimedForm.forThreads, LockTableConfiguration.Fairness.both)
  func aWaitEndsWhenTheClockIsAtItsLimitAndNotBefore(
    form: TimedForm, fairness: LockTableConfiguration.Fairness
  ) async throws {
    let table = ClockedTable<String>(fairness: fairness)
    let failure = Failure()
    let (before, last) = form.steps(to: Self.limit)
    let holder = try await table.locks.acquire("k")
    let thread = NativeThread {
      failure.note { try form.runBlocking("k", of: table.locks, limit: Self.limit) {} }
    }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    #expect(table.clock.scheduledCount == 1)
    table.clock.advance(by: before)
    #expect(table.locks.waiterCount(of: "k") == 1)
    table.clock.advance(by: last)
    #expect(table.locks.waiterCount(of: "k") == 0)
    table.clock.advance(by: .seconds(7))
    await onPlainThread { thread.join() }
    form.expectTimeout(failure.take(), key: "k", limit: Self.limit)
    holder.release()
    table.expectUnused()
  }

  @Test(arguments: TimedForm.forThreads, LockTableConfiguration.Fairness.both)
  func aKeyThatIsReleasedBeforeIsAcquired(
    form: TimedForm, fairness: LockTableConfiguration.Fairness
  ) async throws {
    let table = ClockedTable<String>(fairness: fairness)
    let runs = Tally()
    let holder = try await table.locks.acquire("k")
    let thread = NativeThread {
      try? form.runBlocking("k", of: table.locks, limit: Self.limit) {
        #expect(table.locks.isLocked("k"))
        #expect(table.clock.scheduledCount == 0)
        runs.add()
      }
    }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    table.clock.advance(by: .seconds(60))
    holder.release()
    await onPlainThread { thread.join() }
    #expect(runs.count == 1)
    table.expectUnused()
  }

  @Test(arguments: [Limit.timeout(Self.limit), .fromNow(Self.limit)])
  func theExclusiveFormsOfSeveralKeysEndAsWell(limit: Limit) async throws {
    let table = ClockedTable<String>()
    let holder = try await table.locks.acquire("b")
    let threads = [
      NativeThread { try? limit.withLock(all: ["a", "b"], of: table.locks) {} },
      NativeThread { try? limit.acquire(all: ["b", "c"], of: table.locks).release() },
      NativeThread { try? limit.withLock("b", of: table.locks) {} },
      NativeThread { try? limit.acquire("b", of: table.locks).release() },
    ]
    try await table.locks.untilWaiterCount(of: "b", reaches: 4)
    table.clock.advance(by: Self.limit - .seconds(60))
    #expect(table.locks.waiterCount(of: "b") == 4)
    table.clock.advance(by: .seconds(60))
    await onPlainThread { for thread in threads { thread.join() } }
    #expect(table.locks.count == 1)
    holder.release()
    table.expectUnused()
  }

  @Test(arguments: TimedForm.forThreads, ClockedTaskTests.past)
  func aLimitInThePastNeedsNoClock(form: TimedForm, limit: Duration) async throws {
    let table = ClockedTable<String>()
    let holder = try await table.locks.acquire("k")
    await onPlainThread {
      let outcome = Outcome.ofThread { try form.runBlocking("k", of: table.locks, limit: limit) {} }
      #expect(outcome == .timedOut)
    }
    holder.release()
    table.expectUnused()
  }

  @Test(arguments: TimedForm.forThreads)
  func aWaitInATableThatIsClosedEnds(form: TimedForm) async throws {
    let table = ClockedTable<String>()
    let failure = Failure()
    let holder = try await table.locks.acquire("k")
    let thread = NativeThread {
      failure.note { try form.runBlocking("k", of: table.locks, limit: Self.limit) {} }
    }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    table.clock.advance(by: .seconds(7))
    table.locks.close()
    await onPlainThread { thread.join() }
    let error = failure.take()
    #expect(error?.reason == .closed && error?.waited == .seconds(7))
    holder.release()
    table.expectUnused()
  }

  @Test func aFullQueueRefusesTheWait() async throws {
    let table = ClockedTable<String>(maximumWaitersPerKey: 1)
    let holder = try await table.locks.acquire("k")
    let first = Attempt { try await table.locks.withLock("k") {} }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    await onPlainThread {
      let outcome = Outcome.ofThread { try table.locks.withLock("k", timeout: Self.limit) {} }
      #expect(outcome == .crowded)
    }
    holder.release()
    await first.task.value
    table.expectUnused()
  }

  @Test(arguments: [true, false])
  func aWaitingThreadIsShownAsOne(isDiagnosed: Bool) async throws {
    let table = ClockedTable<String>(diagnostics: isDiagnosed ? .init() : nil)
    let holder = try await table.locks.acquire("k")
    let thread = NativeThread { try? table.locks.withLock("k", timeout: Self.limit) {} }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    let waiter = table.locks.snapshot().keys.first?.waiters.first
    #expect(waiter?.isTask == false)
    if isDiagnosed {
      let site = try #require(waiter?.callSite)
      #expect(site.hasPrefix("LockTableTests/ClockedThreadTests.swift:"))
    }
    table.clock.advance(by: Self.limit)
    await onPlainThread { thread.join() }
    holder.release()
    #expect(table.locks.becomesEmpty && table.clock.scheduledCount == 0)
  }

  @Test func aTaskThatBlocksIsCounted() async throws {
    let table = ClockedTable<String>(blockingInTasks: .allow)
    let executor = SteppedExecutor()
    let driver = executor.drive()
    let holder = try await table.locks.acquire("k")
    @Sendable func block() {
      try? table.locks.withLock("k", timeout: Self.limit) {}
    }
    let task = Attempt(on: executor) { block() }
    try await table.locks.untilWaiterCount(of: "k", reaches: 1)
    holder.release()
    await onPlainThread {
      task.join()
      executor.stop(driver)
    }
    #expect(table.locks.blockedTaskCount == 1)
    table.expectUnused()
  }
}
