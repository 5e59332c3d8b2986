import Foundation
import LockTable
import Testing

/// Expects that each waits for the next, and the last for the first.
private func expectCircle<Key>(
  _ deadlock: SuspectedDeadlock<Key>?, of keys: Set<Key>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let waits = deadlock?.waits ?? []
  #expect(waits.count == keys.count, sourceLocation: sourceLocation)
  #expect(Set(waits.map(\.key)) == Set(keys.map(Optional.some)), sourceLocation: sourceLocation)
  for (wait, next) in zip(waits, waits.dropFirst() + waits.prefix(1)) {
    #expect(wait.blocker.acquirer != nil, sourceLocation: sourceLocation)
    #expect(wait.blocker.acquirer == next.waiter.acquirer, sourceLocation: sourceLocation)
    #expect(wait.isHeldByBlocker, sourceLocation: sourceLocation)
    #expect(wait.name == wait.key.map { "\($0)" }, sourceLocation: sourceLocation)
  }
}

@Suite(.watched) struct DeadlockTests {
  //  task 0        task 1        …        task n - 1
  //  holds 0
  //                holds 1
  //                                       holds n - 1
  //  waits for 1
  //                waits for 2
  //                                       waits for 0
  //  is cancelled
  //                                       holds 0, and so on
  @Test(arguments: [2, 3, 100]) func aCycleOfTasksIsReportedOnce(count: Int) async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      let parties = Party.circle(of: count, on: executor, of: locks, go: go)
      go.open()
      executor.drain()
      log.await()
      locks.awaitAnInspection(by: -1)
      #expect(log.events.count == 1)
      expectCircle(log.events.first, of: Set(0..<count))
      for wait in log.events.first?.waits ?? [] {
        #expect(wait.waiter.task != nil && wait.waiter.mode == .exclusive)
      }
      let text = "\(log.events[0])"
      #expect(text.hasPrefix("suspected deadlock of \(count): task ") && !text.contains("\n"))
      #expect(text.split(separator: " waits for ").count - 1 == min(count, 16))
      #expect(text.hasSuffix("; … and 84 more") == (count == 100))
      parties[0].attempt.cancel()
      executor.drain()
      #expect(parties[0].attempt.outcome == .cancelled)
      #expect(parties.dropFirst().map(\.attempt).outcomes == [.had])
      #expect(locks.becomesEmpty)
    }
  }

  //  thread        task          another thread
  //  holds a
  //                holds b
  //                              holds c
  //  waits for b
  //                waits for c
  //                              waits for a
  //                is cancelled
  @Test func aCycleOfThreadsAndTasksIsReported() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<String>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      let task = Party(on: executor, of: locks, holds: "b", wants: "c", go: go)
      let held = Gate()
      let start = Gate()
      let threads = [("a", "b", "first"), ("c", "a", "third")].map { own, wanted, name in
        NativeThread {
          nameThread(name)
          locks.withLock(own) {
            held.open()
            start.pass()
            // A name that changes makes no other thread of it.
            nameThread(name + "!")
            locks.withLock(wanted) {}
          }
        }
      }
      held.pass()
      held.pass()
      start.open()
      start.open()
      go.open()
      executor.drain()
      log.await()
      locks.awaitAnInspection(by: "spare")
      #expect(log.events.count == 1)
      let waits = log.events.first?.waits ?? []
      #expect(waits.count == 3)
      #expect(Set(waits.map(\.key)) == ["a", "b", "c"])
      #expect(waits.first { $0.key == "b" }?.waiter.thread?.name == "first!")
      #expect(waits.first { $0.key == "b" }?.blocker.task != nil)
      #expect(waits.first { $0.key == "c" }?.waiter.task != nil)
      #expect(waits.first { $0.key == "c" }?.blocker.thread?.name == "third!")
      #expect(waits.first { $0.key == "a" }?.waiter.thread?.name == "third!")
      task.attempt.cancel()
      let driver = executor.drive()
      for thread in threads {
        thread.join()
      }
      executor.stop(driver)
      #expect(task.attempt.outcome == .cancelled && locks.becomesEmpty)
    }
  }

  //  reader           writer         hook
  //  holds k, shared
  //                   waits for k
  //  waits for k,
  //  shared, behind
  //                                  reader waits for writer, writer for reader
  //                   is cancelled
  //  holds k twice
  @Test func aReaderBehindAWriterThatWaitsForItIsReported() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let (go, open) = (Halt(), Halt())
      open.open()
      let reader = Party(
        on: executor, of: locks, reading: [1], wants: 1, asReader: true, go: go)
      let writer = Party(on: executor, of: locks, wants: 1, go: open)
      locks.awaitAnInspection(by: -1)
      #expect(log.events.isEmpty)
      go.open()
      executor.drain()
      log.await()
      locks.awaitAnInspection(by: -1)
      #expect(log.events.count == 1)
      let waits = log.events.first?.waits ?? []
      #expect(waits.count == 2 && waits.allSatisfy { $0.key == 1 })
      let behind = waits.first { $0.waiter.mode == .shared }
      let before = waits.first { $0.waiter.mode == .exclusive }
      #expect(behind != nil && behind?.blocker == before?.waiter)
      #expect(before?.blocker.mode == .shared)
      #expect(before?.blocker.acquirer == behind?.waiter.acquirer)
      #expect(behind?.isHeldByBlocker == false && before?.isHeldByBlocker == true)
      #expect(
        Set(waits.map { withoutNumbers("\($0)") }) == [
          "task N waits for 1 (shared) at LockTableTests/Diagnosing.swift:N, behind task N",
          """
          task N waits for 1 (exclusive) at LockTableTests/Diagnosing.swift:N, held since \
          LockTableTests/Diagnosing.swift:N by task N
          """,
        ])
      writer.attempt.cancel()
      executor.drain()
      #expect(writer.attempt.outcome == .cancelled && reader.attempt.outcome == .had)
      #expect(locks.becomesEmpty)
    }
  }

  /// Readers that share are only in a writer's way.
  @Test func readersThatShareAreNoCycle() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed(deadlockDelay: .zero)
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      // Both read 3; one waits for 1, whose holder waits for the other's 2: no cycle, but for 3.
      let holder = locks.acquire(4)
      let one = Party(on: executor, of: locks, holds: 1, reading: [3], wants: 4, go: go)
      let two = Party(on: executor, of: locks, holds: 2, reading: [3], wants: 1, go: go)
      let three = Party(on: executor, of: locks, reading: [3], wants: 2, asReader: true, go: go)
      go.open()
      executor.drain()
      locks.awaitAnInspection(by: -1)
      #expect(log.events.isEmpty)
      holder.release()
      executor.drain()
      #expect([one, two, three].map(\.attempt).outcomes == [.had] && locks.becomesEmpty)
    }
  }

  //  thread        tells of itself: it holds k and waits for k, for a while, and again
  @Test func aThreadThatWaitsForItselfIsReported() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let log = Log<SuspectedDeadlock<String>>()
      locks.onSuspectedDeadlock { log.add($0) }
      locks.withLock("k") {
        while log.events.isEmpty {
          let outcome = Outcome.ofThread {
            try locks.withLock("k", timeout: .milliseconds(100)) {}
          }
          #expect(outcome == .timedOut)
        }
      }
      for deadlock in log.events {
        expectCircle(deadlock, of: ["k"])
        #expect(deadlock.waits.first?.waiter.thread != nil)
      }
      let text = withoutNumbers("\(log.events[0])").replacing(/\ "[^"]*"/, with: "")
      #expect(
        text == """
          suspected deadlock of 1: thread N waits for k (exclusive) at \
          LockTableTests/DeadlockTests.swift:N, held since LockTableTests/DeadlockTests.swift:N by \
          thread N
          """)
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aTaskThatWaitsForItselfIsReported() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<String>>()
      let open = Halt()
      open.open()
      let self1 = Party(on: executor, of: locks, holds: "k", wants: "k", go: open)
      // Registered late: the cycle is there already.
      locks.onSuspectedDeadlock { log.add($0) }
      log.await()
      // One more hook, which is told as well, while the first is not told again.
      let second = Log<SuspectedDeadlock<String>>()
      locks.onSuspectedDeadlock { second.add($0) }
      second.await()
      locks.awaitAnInspection(by: "spare")
      #expect(log.events.count == 1 && second.events.count == 1)
      #expect(locks.statistics().suspectedDeadlocks == 1)
      expectCircle(log.events.first, of: ["k"])
      #expect(log.events.first?.waits.first?.waiter.task != nil)
      self1.attempt.cancel()
      executor.drain()
      #expect(self1.attempt.outcome == .cancelled && locks.becomesEmpty)
    }
  }

  /// The hook may end it.
  @Test func aHookMayEndADeadlock() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let go = Halt()
      let parties = Party.circle(of: 2, on: executor, of: locks, go: go)
      locks.onSuspectedDeadlock { _ in parties[0].attempt.cancel() }
      go.open()
      let driver = executor.drive()
      for party in parties {
        party.attempt.join()
      }
      executor.stop(driver)
      #expect(parties.map(\.attempt.outcome) == [.cancelled, .had] && locks.becomesEmpty)
    }
  }
}
