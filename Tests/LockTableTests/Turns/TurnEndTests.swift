import Foundation
import LockTable
import LockTableTesting
import Testing

/// Turns that end without a key: dropped, cancelled, late, refused.
@Suite(.watched) struct TurnEndTests {
  typealias Fairness = LockTableConfiguration.Fairness

  /// A way to end a turn that nobody awaits.
  enum End: CaseIterable {
    case dropped, cancelled, cancelledTwice, ownerCancelled
  }

  private func end(
    _ turn: inout LockTable<String>.Turn?, _ end: End, on executor: SteppedExecutor
  ) {
    switch end {
    case .dropped: turn = nil
    case .cancelled: turn?.cancel()
    case .cancelledTwice:
      turn?.cancel()
      turn?.cancel()
    case .ownerCancelled:
      let ended = turn
      let owner = Attempt(on: executor) { try await ended?.withLock {} }
      owner.cancel()
      executor.drain()
      #expect(owner.outcome == .cancelled)
      turn = nil
    }
  }

  //  holder      turn         next
  //  holds k
  //              waits
  //                           waits
  //              ends
  //  releases                 has k
  @Test(arguments: End.allCases, Fairness.both)
  func aTurnThatEndsLeavesTheQueue(end: End, fairness: Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      var turn: LockTable<String>.Turn? = locks.enqueue("k")
      let next = executor.start { try await locks.withLock("k") {} }
      #expect(locks.countWaiters(of: "k") == 2)
      self.end(&turn, end, on: executor)
      #expect(locks.countWaiters(of: "k") == 1)
      #expect(locks.statistics().cancellations == 1)
      holder.release()
      executor.drain()
      #expect(next.outcome == .had)
      #expect(turn != nil || locks.isEmpty)
      turn = nil
      #expect(locks.isEmpty)
    }
  }

  //  turn         next
  //  has k
  //               waits
  //  ends         has k
  @Test(arguments: End.allCases, Fairness.both)
  func aTurnThatEndsPassesItsKeyOn(end: End, fairness: Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      var turn: LockTable<String>.Turn? = locks.enqueue("k")
      let following = locks.enqueue("k")
      let next = executor.start { try await following.withLock {} }
      #expect(next.outcome == nil)
      self.end(&turn, end, on: executor)
      executor.drain()
      #expect(next.outcome == .had)
      #expect(locks.statistics().acquisitions == 1)
      turn = nil
      withExtendedLifetime(following) { #expect(locks.isEmpty) }
    }
  }

  @Test(arguments: [true, false], Fairness.both)
  func aTurnThatIsAwaitedCanBeCancelled(byItsTask: Bool, fairness: Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let turn = locks.enqueue("k")
      let owner = executor.start { try await turn.withLock {} }
      #expect(owner.outcome == nil)
      if byItsTask {
        owner.cancel()
      } else {
        turn.cancel()
      }
      #expect(locks.countWaiters(of: "k") == 0)
      executor.drain()
      #expect(owner.outcome == .cancelled)
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  /// After the key was handed to it, and before it runs.
  @Test(arguments: Fairness.both)
  func anOwnerThatIsCancelledBeforeItRunsHasNoKey(fairness: Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let turn = locks.enqueue("k")
      let owner = executor.start { try await turn.withLock {} }
      holder.release()
      #expect(locks.isLocked("k"))
      owner.cancel()
      #expect(!locks.isLocked("k"))
      executor.drain()
      #expect(owner.outcome == .cancelled)
      #expect(locks.isEmpty)
    }
  }

  @Test func cancellingATurnThatIsOverDoesNothing() async throws {
    let locks = LockTable<String>()
    let turn = locks.enqueue("k")
    let held = try await turn.acquired()
    turn.cancel()
    #expect(locks.isLocked("k"))
    held.release()
    turn.cancel()
    try await locks.withLock("k") { turn.cancel() }
    #expect(locks.isEmpty)
    #expect(locks.statistics().cancellations == 0)
  }

  // MARK: - Limits

  private func enqueue(
    _ locks: LockTable<String>, _ limit: Duration, byDeadline: Bool
  ) -> LockTable<String>.Turn {
    byDeadline ? locks.enqueue("k", until: .now + limit) : locks.enqueue("k", timeout: limit)
  }

  @Test(arguments: [true, false], Fairness.both)
  func aTurnIsLateInTheQueue(byDeadline: Bool, fairness: Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let held = try await locks.acquire("k")
    let turn = enqueue(locks, .milliseconds(1), byDeadline: byDeadline)
    let outcome = await Outcome.of { try await turn.withLock {} }
    #expect(outcome == .timedOut)
    #expect(locks.countWaiters(of: "k") == 0)
    held.release()
    #expect(locks.isEmpty)
  }

  //  turn, for 1 ms    next
  //  has k
  //                    waits
  //  is late           has k
  //  fails
  @Test(arguments: [true, false], Fairness.both)
  func aLimitAlsoEndsATurnThatHasItsKey(byDeadline: Bool, fairness: Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let turn = enqueue(locks, .milliseconds(1), byDeadline: byDeadline)
    try await locks.withLock("k") {}
    do {
      try await turn.acquired().release()
      Issue.record("it was late")
    } catch let error as LockTableError {
      #expect(error.reason == .timedOut)
      #expect(error.key == "k")
      #expect(error.limit.map { $0 <= .milliseconds(1) } == true)
    }
    #expect(locks.isEmpty)
  }

  @Test(arguments: [.zero, .nanoseconds(-1), .seconds(Int64.min)] as [Duration])
  func aLimitInThePastEndsTheTurnAtOnce(limit: Duration) async {
    let locks = LockTable<String>()
    let turn = locks.enqueue("k", timeout: limit)
    #expect(locks.isEmpty == false, "the turn needs its key until it is dropped")
    #expect(!locks.isLocked("k"))
    let outcome = await Outcome.of { try await turn.withLock {} }
    #expect(outcome == .timedOut)
  }

  @Test(arguments: [.seconds(3600), .seconds(1 << 33), .seconds(Int64.max)] as [Duration])
  func aDistantLimitDoesNotEndIt(limit: Duration) async throws {
    let locks = LockTable<String>()
    let turn = locks.enqueue("k", timeout: limit)
    try await turn.withLock { #expect(locks.isLocked("k")) }
    #expect(locks.isEmpty)
  }

  @Test(arguments: Fairness.both)
  func aManualClockMeasuresTheLimit(fairness: Fairness) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let failure = Failure()
      let holder = table.locks.acquire("k")
      let turn = table.locks.enqueue("k", timeout: .seconds(10))
      let unawaited = table.locks.enqueue("k", timeout: .seconds(10))
      let task = executor.start { try await failure.note { try await turn.withLock {} } }
      #expect(table.clock.scheduledCount == 2)
      table.clock.advance(by: .seconds(9))
      #expect(table.locks.waiterCount(of: "k") == 2)
      table.clock.advance(by: .seconds(1))
      #expect(table.locks.waiterCount(of: "k") == 0)
      executor.drain()
      #expect(task.outcome == .timedOut)
      let error = failure.take()
      #expect(error?.waited == .seconds(10) && error?.limit == .seconds(10))
      holder.release()
      withExtendedLifetime(unawaited) {}
      withExtendedLifetime(turn) {}
    }
  }

  //  turn             clock
  //  has k
  //                   is at the limit
  //  fails            k is free
  @Test(arguments: Fairness.both)
  func aManualClockEndsATurnThatHasItsKey(fairness: Fairness) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let turn = table.locks.enqueue("k", until: .now + .seconds(60))
      #expect(table.locks.isLocked("k"))
      table.clock.advance(by: .seconds(60))
      #expect(!table.locks.isLocked("k"))
      #expect(executor.start { try await turn.withLock {} }.outcome == .timedOut)
    }
  }

  @Test func noLimitCountsOnceTheTurnIsClaimed() async throws {
    let table = ClockedTable<String>()
    let turn = table.locks.enqueue("k", timeout: .seconds(10))
    let held = try await turn.acquired()
    #expect(table.clock.scheduledCount == 0)
    table.clock.advance(by: .seconds(20))
    #expect(table.locks.isLocked("k"))
    held.release()
    table.expectUnused()
    withExtendedLifetime(turn) {}
  }

  @Test func aDroppedTurnLeavesNothingScheduled() async {
    let table = ClockedTable<String>()
    do {
      let turn = table.locks.enqueue("k", timeout: .seconds(10))
      #expect(table.clock.scheduledCount == 1)
      withExtendedLifetime(turn) {}
    }
    table.expectUnused()
  }

  // MARK: - Refusals

  @Test(arguments: Fairness.both)
  func aFullQueueRefusesTheTurn(fairness: Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let free = locks.enqueue("k", maximumWaiters: 0)
    let turn = locks.enqueue("k", maximumWaiters: 0)
    let other = locks.enqueue("k", timeout: .seconds(3600), maximumWaiters: 1)
    let last = locks.enqueue("k", until: .now + .seconds(3600), maximumWaiters: 1)
    #expect(locks.countWaiters(of: "k") == 1)
    for refused in [turn, last] {
      do {
        try await refused.acquired().release()
        Issue.record("it was refused")
      } catch let error as LockTableError {
        #expect(error.reason == .tooManyWaiters && error.key == "k")
      }
    }
    try await free.withLock {}
    try await other.withLock {}
    withExtendedLifetime((turn, last)) {}
  }

  @Test(arguments: Fairness.both)
  func aClosedTableRefusesTurnsAndKeepsWhatItGave(fairness: Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let first = locks.enqueue("k")
    let second = locks.enqueue("k")
    let third = locks.enqueue("k")
    let awaited = Attempt { try await second.withLock {} }
    while locks.statistics().parks == 0 { await letOthersRun() }
    locks.close()
    await awaited.task.value
    #expect(awaited.outcome == .closed)
    #expect(await Outcome.of { try await third.withLock {} } == .closed)
    let late = locks.enqueue("free")
    #expect(!locks.isLocked("free"))
    #expect(await Outcome.of { try await late.withLock {} } == .closed)
    #expect(await Outcome.of { try await first.withLock {} } == .had)
    withExtendedLifetime((second, third, late)) {}
  }

  @Test func aDrainedTableHasNoTurns() async {
    let locks = LockTable<String>()
    var turn: LockTable<String>.Turn? = locks.enqueue("k")
    locks.close()
    #expect(await !locks.drained(until: .now))
    turn = nil
    #expect(await locks.drained(until: .now))
    _ = turn
  }
}
