import LockTable
import Testing

@Suite(.watched) struct EntangledDeadlockTests {
  //  reader                  writer
  //  holds k twice, shared   holds m
  //  waits for m
  //                          waits for k, and so for both holds of the reader's
  @Test func twoHoldsInTheWayAreOneCycle() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<String>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      let reader = executor.start {
        let first = try await locks.acquireShared("k")
        let second = try await locks.acquireShared("k")
        await go.pass()
        try await locks.withLock("m") {}
        second.release()
        first.release()
      }
      let writer = Party(on: executor, of: locks, holds: "m", wants: "k", go: go)
      go.open()
      executor.drain()
      log.await()
      locks.awaitAnInspection(by: "spare")
      #expect(log.events.count == 1 && log.events.first?.waits.count == 2)
      writer.attempt.cancel()
      executor.drain()
      #expect(reader.outcome == .had && locks.becomesEmpty)
    }
  }

  //  A waits for x, which B and C read; B and C wait for d, which D holds; D waits for a, which A
  //  holds. The other waiters for x decide which way is followed first, and so which cycle is found.
  @Test func aCycleIsNotReportedAgainWhenAnotherIsFound() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed(deadlockDelay: .zero)
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<String>>()
      let (go, open) = (Halt(), Halt())
      open.open()
      let parties = [
        Party(on: executor, of: locks, holds: "a", wants: "x", go: go),
        Party(on: executor, of: locks, holds: "b", reading: ["x"], wants: "d", go: go),
        Party(on: executor, of: locks, holds: "c", reading: ["x"], wants: "d", go: go),
        Party(on: executor, of: locks, holds: "d", wants: "a", go: go),
      ]
      go.open()
      executor.drain()
      locks.onSuspectedDeadlock { log.add($0) }
      for _ in 0..<4 {
        let others = (0..<3).map { _ in Party(on: executor, of: locks, wants: "x", go: open) }
        locks.awaitAnInspection(by: "spare")
        for other in others {
          other.attempt.cancel()
        }
        executor.drain()
        locks.awaitAnInspection(by: "spare")
      }
      let circles = log.events.map { Set($0.waits.map(\.waiter.acquirer)) }
      #expect(!circles.isEmpty && circles.count <= 2 && Set(circles).count == circles.count)
      #expect(log.events.allSatisfy { $0.waits.count == 3 })
      parties[0].attempt.cancel()
      executor.drain()
      #expect(parties.dropFirst().map(\.attempt).outcomes == [.had] && locks.becomesEmpty)
    }
  }

  /// The same acquirers may come to wait for each other again: that is another deadlock.
  @Test func aDeadlockThatComesBackIsReportedAgain() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      for round in 1...3 {
        let go = Halt()
        let parties = Party.circle(of: 2, on: executor, of: locks, go: go)
        go.open()
        executor.drain()
        log.await()
        locks.awaitAnInspection(by: -1)
        #expect(log.events.count == round)
        parties[1].attempt.cancel()
        executor.drain()
        #expect(parties.map(\.attempt.outcome) == [.had, .cancelled] && locks.becomesEmpty)
      }
    }
  }

  /// Two deadlocks of one table at a time are two, and a waiter behind them is in neither.
  @Test func deadlocksOfDifferentKeysAreReportedApart() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      let circles = [(0, 1), (1, 0), (10, 11), (11, 10)].map { held, wanted in
        Party(on: executor, of: locks, holds: held, wants: wanted, go: go)
      }
      let onlookers = [(20, 0), (21, 20), (22, 11)].map { held, wanted in
        Party(on: executor, of: locks, holds: held, wants: wanted, go: go)
      }
      go.open()
      executor.drain()
      log.await(2)
      locks.awaitAnInspection(by: -1)
      #expect(log.events.count == 2)
      let keys = Set(log.events.map { Set($0.waits.map(\.key)) })
      #expect(keys == [[0, 1], [10, 11]])
      circles[0].attempt.cancel()
      circles[2].attempt.cancel()
      executor.drain()
      #expect((circles + onlookers).map(\.attempt).outcomes == [.had, .cancelled])
      #expect(onlookers.map(\.attempt).outcomes == [.had] && locks.becomesEmpty)
    }
  }

  /// A wait of less than the delay is not looked into.
  @Test func noDeadlockIsReportedBeforeTheDelay() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed(deadlockDelay: .seconds(3600))
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let go = Halt()
      let parties = Party.circle(of: 2, on: executor, of: locks, go: go)
      go.open()
      executor.drain()
      locks.awaitAnInspection(by: -1)
      #expect(log.events.isEmpty)
      parties[0].attempt.cancel()
      executor.drain()
      #expect(parties.map(\.attempt.outcome) == [.cancelled, .had] && locks.becomesEmpty)
    }
  }
}
