import Foundation
import LockTable
import Testing

/// The ends of slow waits and long holds.
@Suite(.watched) struct HookEndTests {
  //  holder     thread           task
  //  holds k
  //             waits            waits
  //             reported         reported
  //                              is cancelled: its end is reported
  //  releases
  //             holds k: the end of its wait is reported
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func theEndOfASlowWaitIsReportedOnce(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed(fairness: fairness)
      let executor = SteppedExecutor()
      let (begun, over) = (Log<SlowLockWait<String>>(), Log<SlowLockWait<String>>())
      locks.onSlowWait(threshold: .milliseconds(2)) { wait in
        guard wait.key.key == "k" else { return }
        (wait.isOver ? over : begun).add(wait)
      }
      let holder = locks.acquire("k")
      let mayGo = Gate()
      let thread = NativeThread { locks.withLock("k") { mayGo.pass() } }
      let task = executor.start { try await locks.withSharedLock("k") {} }
      begun.await(2)
      task.cancel()
      over.await()
      Thread.sleep(forTimeInterval: 0.002)
      holder.release()
      over.await()
      locks.awaitAnInspection(by: "spare")
      #expect(begun.events.count == 2 && over.events.count == 2)
      #expect(begun.events.allSatisfy { $0.state == .continues })
      #expect(over.events.map(\.state) == [.ended, .acquired])
      #expect(over.events.map(\.waiter.mode) == [.shared, .exclusive])
      #expect(over.events[0].waiter.task != nil && over.events[1].waiter.thread != nil)
      for end in over.events {
        let beginning = begun.events.first { $0.waiter.acquirer == end.waiter.acquirer }
        #expect(beginning?.waiter.callSite == end.waiter.callSite)
        #expect((beginning?.waiter.duration ?? .zero) < (end.waiter.duration ?? .zero))
      }
      let words = over.events.map { withoutNumbers("\($0)").replacing(/\ "[^"]*"/, with: "") }
      #expect(words[0].hasPrefix("a wait for k is over: shared, task N, at LockTableTests/"))
      #expect(words[1].hasPrefix("a wait for k is over: exclusive, thread N, at LockTableTests/"))
      #expect(words[1].hasSuffix("for a while; it has the key"))
      mayGo.open()
      thread.join()
      executor.drain()
      #expect(task.outcome == .cancelled && locks.becomesEmpty)
    }
  }

  //  holder     task                        inspections
  //  holds k
  //             waits: reported
  //  releases
  //             has k, and does not run     no end: it may lose the key
  //             runs, and keeps k           its end
  @Test func aTaskThatDoesNotRunYetStillWaits() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed(fairness: .fifo)
      let executor = SteppedExecutor()
      let log = Log<SlowLockWait<String>>()
      locks.onSlowWait(threshold: .milliseconds(2)) { wait in
        if wait.key.key == "k" {
          log.add(wait)
        }
      }
      let holder = locks.acquire("k")
      let go = Halt()
      let task = executor.start { try await locks.withLock("k") { await go.pass() } }
      log.await()
      holder.release()
      #expect(locks.isLocked("k"))
      locks.awaitAnInspection(by: "spare")
      #expect(log.events.map(\.state) == [.continues])
      executor.drain()
      log.await()
      #expect(log.events.map(\.state) == [.continues, .acquired])
      go.open()
      executor.drain()
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  //  thread         task
  //  holds k        reads m
  //  reported       reported
  //  downgrades
  //  releases
  //  its end
  //                 releases
  //                 its end
  @Test func theEndOfALongHoldIsReportedOnce() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let (begun, over) = (Log<LongLockHold<String>>(), Log<LongLockHold<String>>())
      locks.onLongHold(threshold: .milliseconds(2)) { hold in
        guard hold.key.key != "spare" else { return }
        (hold.isOver ? over : begun).add(hold)
      }
      let held = locks.acquire("k")
      begun.await()
      let go = Halt()
      let task = executor.start { try await locks.withSharedLock("m") { await go.pass() } }
      begun.await()
      let reader = held.downgrade()
      locks.awaitAnInspection(by: "spare")
      #expect(over.events.isEmpty)
      reader.release()
      over.await()
      go.open()
      executor.drain()
      over.await()
      locks.awaitAnInspection(by: "spare")
      #expect(begun.events.map(\.key.key) == ["k", "m"])
      #expect(over.events.map(\.key.key) == ["k", "m"])
      #expect(over.events.allSatisfy { $0.state == .ended && $0.isOver })
      for (one, two) in zip(begun.events, over.events) {
        #expect(one.holder.acquirer == two.holder.acquirer)
        #expect((one.holder.duration ?? .zero) < (two.holder.duration ?? .zero))
      }
      #expect(
        withoutNumbers("\(over.events[1])")
          == "a hold of m is over: shared, task N, at LockTableTests/HookEndTests.swift:N, for a while"
      )
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  /// Neither is something reported that lasted for less than the threshold.
  @Test func whatWasNotReportedHasNoEnd() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let (waits, holds) = (Log<SlowLockWait<String>>(), Log<LongLockHold<String>>())
      locks.onSlowWait(threshold: .seconds(3600)) { waits.add($0) }
      locks.onLongHold(threshold: .seconds(3600)) { holds.add($0) }
      for _ in 0..<3 {
        locks.awaitAnInspection(by: "spare")
      }
      #expect(waits.events.isEmpty && holds.events.isEmpty)
    }
  }

  //  holder     70 tasks
  //  holds 1
  //             wait: the first 64 are reported
  //             the first is cancelled: no end, as some are not seen
  //             all are cancelled: 64 ends, or more, if others were reported meanwhile
  @Test func anEndIsReportedOnceAllWaitersAreSeen() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let (begun, over) = (Log<SlowLockWait<Int>>(), Log<SlowLockWait<Int>>())
      locks.onSlowWait(threshold: .milliseconds(1)) { wait in
        guard wait.key.key == 1 else { return }
        (wait.isOver ? over : begun).add(wait)
      }
      let holder = locks.acquire(1)
      let attempts = (0..<70).map { _ in executor.start { try await locks.withLock(1) {} } }
      begun.await(64)
      attempts[0].cancel()
      locks.awaitAnInspection(by: 2)
      #expect(over.events.isEmpty)
      for attempt in attempts {
        attempt.cancel()
      }
      over.await(64)
      locks.awaitAnInspection(by: 2)
      #expect(over.events.count == begun.events.count)
      #expect(Set(over.events.map(\.waiter.acquirer)).count == over.events.count)
      #expect(over.events.allSatisfy { $0.state == .ended })
      holder.release()
      executor.drain()
      #expect(attempts.outcomes == [.cancelled] && locks.becomesEmpty)
    }
  }
}

/// Hooks of tables without diagnostics.
@Suite(.watched) struct PlainHookTests {
  //  holder     thread   three tasks
  //  holds k
  //             waits    wait, of whom no clock tells one from another
  //             …        each is reported once
  //                      one is cancelled: one end
  //  releases
  //             …        the other ends
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func slowWaitsAreReportedOnceWithTheirEnds(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let (begun, over) = (Log<SlowLockWait<String>>(), Log<SlowLockWait<String>>())
      locks.onSlowWait(threshold: .milliseconds(2)) { wait in
        guard wait.key.key == "k" else { return }
        (wait.isOver ? over : begun).add(wait)
      }
      let holder = locks.acquire("k")
      let thread = NativeThread { locks.withSharedLock("k") {} }
      thread.waitUntilAsleep()
      let tasks = (0..<3).map { _ in executor.start { try await locks.withLock("k") {} } }
      begun.await(4)
      locks.awaitAnInspection(by: "spare")
      #expect(begun.events.count == 4 && over.events.isEmpty)
      #expect(begun.events.map(\.waiter.isTask).filter { $0 == true }.count == 3)
      #expect(begun.events.allSatisfy { $0.waiter.acquirer == nil && $0.key.holders.isEmpty })
      #expect(begun.events.allSatisfy { ($0.waiter.duration ?? .zero) >= .milliseconds(2) })
      #expect(
        Set(begun.events.map { withoutNumbers("\($0)") }) == [
          "a wait for k: shared, a thread, for a while; held exclusively",
          "a wait for k: exclusive, a task, for a while; held exclusively",
        ])
      tasks[1].cancel()
      over.await()
      locks.awaitAnInspection(by: "spare")
      #expect(over.events.map(\.waiter.isTask) == [true])
      let driver = executor.drive()
      holder.release()
      thread.join()
      over.await(3)
      executor.stop(driver)
      locks.awaitAnInspection(by: "spare")
      #expect(begun.events.count == 4 && over.events.count == 4)
      #expect(over.events.allSatisfy { $0.state == .ended })
      #expect(tasks.map(\.outcome) == [.had, .cancelled, .had] && locks.becomesEmpty)
    }
  }

  /// They do not end the process either.
  @Test func hooksThatNeedDiagnosticsAreNotCalled() async {
    await onPlainThread {
      let locks = LockTable<Place>.unmonitored()
      let (holds, deadlocks) = (Log<LongLockHold<Place>>(), Log<SuspectedDeadlock<Place>>())
      let place = Place.room("a", floor: 1)
      locks.onLongHold(threshold: .zero) { holds.add($0) }
      locks.onSuspectedDeadlock { deadlocks.add($0) }
      locks.withLock(place) {
        let late = Outcome.ofThread {
          try locks.withLock(place, timeout: .milliseconds(10)) {}
        }
        #expect(late == .timedOut)
        locks.awaitAnInspection(by: .room("spare", floor: 2))
      }
      #expect(holds.events.isEmpty && deadlocks.events.isEmpty && locks.becomesEmpty)
    }
  }

  /// A table with diagnostics that does not record is as one without.
  @Test func waitsWithoutRecordsAreReported() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      locks.isRecording = false
      let log = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .milliseconds(2)) { log.add($0) }
      let holder = locks.acquire(1)
      let thread = NativeThread { locks.withLock(1) {} }
      log.await()
      #expect(log.events.first?.waiter.acquirer == nil)
      holder.release()
      thread.join()
      log.await()
      #expect(log.events.map(\.state) == [.continues, .ended])
    }
  }
}

/// The removal of hooks.
@Suite(.watched) struct HookRemovalTests {
  //  thread      other       first hook           second hook
  //  holds k
  //              waits
  //                          removes the second   is not called
  @Test func aHookThatWasRemovedIsNotCalled() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let (first, second) = (Log<SlowLockWait<String>>(), Log<SlowLockWait<String>>())
      let hook = Guarded<LockHook?>(nil)
      locks.onSlowWait(threshold: .zero) { wait in
        hook.withLock(\.self)?.remove()
        if wait.key.key == "k" {
          first.add(wait)
        }
      }
      let removable = locks.onSlowWait(threshold: .zero) { second.add($0) }
      hook.withLock { $0 = removable }
      let holder = locks.acquire("k")
      let thread = NativeThread { locks.withLock("k") {} }
      first.await()
      locks.awaitAnInspection(by: "spare")
      holder.release()
      thread.join()
      first.await()
      #expect(first.events.map(\.isOver) == [false, true] && second.events.isEmpty)
      removable.remove()
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aHookOfEachKindIsRemoved() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let ended = Gate()
      var hooks: [LockHook] = []
      for kind in 0..<3 {
        let token = Token { ended.open() }
        switch kind {
        case 0: hooks.append(locks.onSlowWait(threshold: .zero) { _ in _ = token })
        case 1: hooks.append(locks.onLongHold(threshold: .zero) { _ in _ = token })
        default: hooks.append(locks.onSuspectedDeadlock { _ in _ = token })
        }
      }
      for hook in hooks {
        hook.remove()
        // What it refers to ends, though the table and the handle are still there.
        ended.pass()
        hook.remove()
      }
      // The thread of the table goes on for another hook.
      locks.awaitAnInspection(by: 1)
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aHookMayRemoveItself() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let log = Log<LongLockHold<Int>>()
      let hook = Guarded<LockHook?>(nil)
      let held = locks.acquire(1)
      let (known, ended) = (Gate(), Gate())
      do {
        let token = Token { ended.open() }
        let removable = locks.onLongHold(threshold: .milliseconds(1)) { hold in
          known.pass()
          hook.withLock { $0.take() }?.remove()
          _ = token
          log.add(hold)
        }
        hook.withLock { $0 = removable }
      }
      known.open()
      ended.pass()
      held.release()
      locks.awaitAnInspection(by: 2)
      #expect(log.events.map(\.isOver) == [false])
    }
  }

  /// A handle is of use only while there is a table, and keeps none.
  @Test func aHandleMayOutliveItsTable() {
    var locks: LockTable? = LockTable<Int>.diagnosed()
    weak let table = locks
    let hook = locks?.onSlowWait(threshold: .seconds(3600)) { _ in }
    locks = nil
    while table != nil {
      Thread.sleep(forTimeInterval: 0.001)
    }
    hook?.remove()
  }
}
