import Foundation
import LockTable
import Testing

/// The thread that inspects a table sleeps while nobody waits.
@Suite(.watched) struct RestingMonitorTests {
  private func rest<Key>(_ locks: LockTable<Key>) {
    while !locks.isMonitorResting {
      Thread.sleep(forTimeInterval: 0.001)
    }
  }

  //  thread       other thread     thread of the table
  //                                rests
  //  holds 1
  //               waits            reports the wait, and goes on inspecting
  //  releases
  //                                reports its end, and rests
  @Test(arguments: LockTableConfiguration.Fairness.both, [false, true])
  func aWaitEndsTheRest(fairness: LockTableConfiguration.Fairness, areDiagnosed: Bool) async {
    await onPlainThread {
      let locks: LockTable<Int> =
        areDiagnosed
        ? .diagnosed(fairness: fairness) : .unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let log = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .milliseconds(2)) { log.add($0) }
      for isTask in [false, true, false, true] {
        rest(locks)
        let holder = locks.acquire(1)
        #expect(locks.isMonitorResting)
        let thread = isTask ? nil : NativeThread { locks.withLock(1) {} }
        let task = isTask ? executor.start { try await locks.withLock(1) {} } : nil
        log.await()
        #expect(!locks.isMonitorResting)
        holder.release()
        thread?.join()
        executor.drain()
        log.await()
        #expect((task?.outcome ?? .had) == .had)
      }
      #expect(log.events.map(\.isOver) == [false, true, false, true, false, true, false, true])
      #expect(locks.becomesEmpty)
    }
  }

  /// Holds begin without anybody noticing, so their hook needs regular inspections.
  @Test func aHookForLongHoldsPermitsNoRest() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      locks.onSuspectedDeadlock { _ in }
      rest(locks)
      let log = Log<LongLockHold<Int>>()
      let hook = locks.onLongHold(threshold: .milliseconds(1)) { log.add($0) }
      for _ in 0..<3 {
        #expect(!locks.isMonitorResting)
        let held = locks.acquire(1)
        log.await()
        held.release()
        log.await()
      }
      hook.remove()
      // The next wait shows that the other hook is all that is left.
      let holder = locks.acquire(1)
      let waiter = NativeThread { locks.withLock(1) {} }
      locks.awaitWaiters(1, for: 1)
      holder.release()
      waiter.join()
      rest(locks)
    }
  }

  //  Waits that are longer and shorter than an inspection takes, and pauses of any length between
  //  them: none is missed.
  @Test func noWaitIsMissed() async {
    await onPlainThread {
      let locks = LockTable<Int>.unmonitored()
      let executor = SteppedExecutor()
      let log = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .milliseconds(1)) { wait in
        if !wait.isOver {
          log.add(wait)
        }
      }
      var dice = Dice(3)
      for round in 0..<Load.scaled(200) {
        Thread.sleep(forTimeInterval: 0.0001 * Double.random(in: 0..<60, using: &dice))
        // Always another key, and so often another stripe.
        let holder = locks.acquire(round)
        let task = executor.start { try await locks.withLock(round) {} }
        if round % 4 != 0 {
          log.await()
        }
        holder.release()
        executor.drain()
        #expect(task.outcome == .had)
      }
      #expect(locks.becomesEmpty)
    }
  }

  /// A table without hooks that is to end deadlocks has no thread before somebody waits, and then
  /// one that rests.
  @Test func aTableWithoutHooksRestsAfterItsFirstWait() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed(onDeadlock: .failYoungest)
      let holder = locks.acquire(1)
      #expect(!locks.isMonitorResting)
      let executor = SteppedExecutor()
      let waiter = executor.start { try await locks.withLock(1) {} }
      holder.release()
      executor.drain()
      #expect(waiter.outcome == .had)
      rest(locks)
      let again = Outcome.ofThread {
        try locks.withLock(1) { try locks.withLock(1, timeout: .seconds(3600)) {} }
      }
      #expect(again == .deadlocked)
      rest(locks)
      #expect(locks.becomesEmpty)
    }
  }
}
