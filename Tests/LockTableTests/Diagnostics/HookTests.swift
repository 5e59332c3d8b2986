import Foundation
import LockTable
import Testing

@Suite(.watched) struct HookTests {
  //  thread      other thread     task
  //  holds k
  //              waits
  //                               waits
  //  …           reported once    reported once
  //  releases
  @Test func aSlowWaitIsReportedOnce() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SlowLockWait<String>>()
      nameThread("holder")
      locks.onSlowWait(threshold: .milliseconds(2)) { wait in
        if wait.key.key == "k" && !wait.isOver {
          log.add(wait)
        }
      }
      for round in 1...3 {
        let holder = locks.acquire("k")
        let thread = NativeThread {
          nameThread("waiter")
          locks.withLock("k") {}
        }
        log.await()
        let task = executor.start { try await locks.withSharedLock("k") {} }
        log.await()
        locks.awaitAnInspection(by: "spare")
        let events = log.events.dropFirst(2 * (round - 1))
        #expect(events.count == 2)
        #expect(events.first?.waiter.thread?.name == "waiter")
        #expect(events.first?.waiter.mode == .exclusive && events.first?.waiter.isTask == false)
        #expect(events.last?.waiter.task != nil && events.last?.waiter.mode == .shared)
        for event in events {
          #expect(event.key.holders.map(\.thread?.name) == ["holder"])
          #expect((event.waiter.duration ?? .zero) >= .milliseconds(2))
          #expect(event.key.waiters.contains(event.waiter))
        }
        #expect(
          events.first.map { withoutNumbers("\($0)") } == """
            a wait for k: exclusive, thread N "waiter", at LockTableTests/HookTests.swift:N, \
            for a while; held: exclusive, \
            thread N "holder", at LockTableTests/HookTests.swift:N, for a while
            """)
        let driver = executor.drive()
        holder.release()
        thread.join()
        executor.stop(driver)
        #expect(task.outcome == .had && locks.becomesEmpty)
      }
    }
  }

  //  thread         task
  //  holds k
  //                 holds m
  //  reported once  reported once
  @Test func aLongHoldIsReportedOnce() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<LongLockHold<String>>()
      locks.onLongHold(threshold: .milliseconds(2)) { hold in
        if hold.key.key != "spare" && !hold.isOver {
          log.add(hold)
        }
      }
      let held = locks.acquire("k")
      log.await()
      let go = Halt()
      let task = executor.start { try await locks.withSharedLock("m") { await go.pass() } }
      log.await()
      locks.awaitAnInspection(by: "spare")
      let events = log.events
      #expect(events.map(\.key.key) == ["k", "m"])
      #expect(events.map(\.holder.mode) == [.exclusive, .shared])
      #expect(events[0].holder.thread != nil && events[1].holder.task != nil)
      #expect(events.allSatisfy { ($0.holder.duration ?? .zero) >= .milliseconds(2) })
      #expect(
        withoutNumbers("\(events[1])")
          == "a hold of m: shared, task N, at LockTableTests/HookTests.swift:N, for a while; 0 waiting"
      )

      // A hold that is downgraded is the same; one that is acquired anew is another.
      let reader = held.downgrade()
      locks.awaitAnInspection(by: "spare")
      #expect(log.events.count == 2)
      reader.release()
      let another = locks.acquire("k")
      log.await()
      #expect(log.events.count == 3 && log.events.last?.key.key == "k")
      another.release()
      go.open()
      executor.drain()
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  /// Each hook by its own threshold; a short one has the thread look more often at once.
  @Test func hooksHaveThresholdsOfTheirOwn() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let never = Log<SlowLockWait<Int>>()
      let late = Log<SlowLockWait<Int>>()
      let soon = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .seconds(3600)) { never.add($0) }
      locks.onSlowWait(threshold: .seconds(Int64.max)) { never.add($0) }
      let holder = locks.acquire(1)
      let thread = NativeThread { locks.withLock(1) {} }
      locks.onSlowWait(threshold: .milliseconds(30)) { late.add($0) }
      locks.onSlowWait(threshold: .milliseconds(1)) { soon.add($0) }
      soon.await()
      late.await()
      // A hook that comes late gets what the others got before.
      let third = Log<SlowLockWait<Int>>()
      locks.onSlowWait(threshold: .milliseconds(1)) { third.add($0) }
      third.await()
      #expect(never.events.isEmpty && soon.events.count == 1 && late.events.count == 1)
      #expect((late.events.first?.waiter.duration ?? .zero) >= .milliseconds(30))
      holder.release()
      thread.join()
      #expect(locks.becomesEmpty)
    }
  }

  //  thread      other       hook
  //  holds k
  //              waits
  //                          tries k, holds m, looks, waits for k for a moment,
  //                          registers another hook, releases k
  //              holds k
  @Test func aHookMayUseTheTable() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let held = Parcel<LockTable<String>.Guard>(nil)
      let within = Log<SlowLockWait<String>>()
      held.put(locks.acquire("k"))
      locks.onSlowWait(threshold: .milliseconds(1)) { wait in
        guard wait.key.key == "k" && !wait.isOver else { return }
        #expect(locks.acquireIfAvailable("k") == nil && locks.isLocked("k"))
        #expect(locks.withLock("m") { locks.snapshot().keys.count } == 2)
        let late = Outcome.ofThread { try locks.withLock("k", timeout: .milliseconds(1)) {} }
        #expect(late == .timedOut)
        locks.onSlowWait(threshold: .milliseconds(1)) { within.add($0) }
        locks.onLongHold(threshold: .zero) { _ in held.take()?.release() }
      }
      let thread = NativeThread { locks.withLock("k") {} }
      thread.join()
      #expect(locks.becomesEmpty)
      let again = locks.acquire("n")
      let waiter = NativeThread { locks.withLock("n") {} }
      within.await()
      again.release()
      waiter.join()
    }
  }
}

@Suite(.watched) struct HookLifeTests {
  /// The thread ends, and with it all that the hooks hold.
  @Test func hooksEndWithTheirTable() async {
    await onPlainThread {
      for threshold in [Duration.milliseconds(1), .seconds(3600)] {
        let ended = Gate()
        var locks: LockTable? = LockTable<Int>.diagnosed()
        do {
          let token = Token { ended.open() }
          locks?.onSlowWait(threshold: threshold) { _ in _ = token }
          locks?.onLongHold(threshold: threshold) { _ in _ = token }
          locks?.onSuspectedDeadlock { _ in _ = token }
        }
        var held = locks?.acquire(1)
        locks = nil
        ended.pass()
        held.take()?.release()
      }
    }
  }

  //  thread              hook
  //  holds k
  //  lets the table go
  //                      lets it go, too: the table ends here
  //  releases k
  @Test func aHookMayHaveTheLastReference() async {
    await onPlainThread {
      let ended = Gate()
      let called = Gate()
      let mayGo = Gate()
      let last = Guarded<LockTable<Int>?>(LockTable<Int>.diagnosed())
      var held = last.withLock { $0?.acquire(1) }
      do {
        let token = Token { ended.open() }
        last.withLock(\.self)?.onLongHold(threshold: .zero) { _ in
          _ = token
          called.open()
          mayGo.pass()
          last.withLock { $0 = nil }
        }
      }
      called.pass()
      mayGo.open()
      ended.pass()
      held.take()?.release()
    }
  }

  @Test func manyTablesWithHooksComeAndGo() async {
    await onPlainThread {
      let ends = Tally()
      let rounds = Load.scaled(300)
      for round in 0..<rounds {
        let token = Token { ends.add() }
        let locks = LockTable<Int>.diagnosed()
        locks.onLongHold(threshold: .zero) { _ in _ = token }
        if round % 8 == 0 {
          let held = locks.acquire(1)
          Thread.sleep(forTimeInterval: 0.002)
          held.release()
        }
      }
      while ends.count < rounds {
        Thread.sleep(forTimeInterval: 0.001)
      }
      #expect(ends.count == rounds)
    }
  }
}
