import LockTable
import Synchronization
import Testing

@Suite(.watched) struct StatisticsTests {
  @Test func aNewTableHasDoneNothing() {
    let statistics = LockTable<Int>().statistics()
    #expect(statistics.acquisitions == 0 && statistics.contendedAcquisitions == 0)
    #expect(statistics.keys == 0 && statistics.peakKeys == 0)
    #expect(statistics.bytes > 0)
  }

  @Test func eachHoldIsCounted() {
    let locks = LockTable<String>()
    locks.withLockIfAvailable("a") {}
    locks.withSharedLockIfAvailable("a") { locks.withSharedLockIfAvailable("a") {} }
    locks.withLockIfAvailable(all: ["a", "b", "c", "c"]) {
      #expect(locks.statistics().keys == 3)
    }
    locks.withLockIfAvailable(String(repeating: "long", count: 100)) {}
    let statistics = locks.statistics()
    #expect(statistics.acquisitions == 7)
    #expect(statistics.contendedAcquisitions == 0 && statistics.parks == 0)
    #expect(statistics.keys == 0 && statistics.peakKeys >= 3)
  }

  /// A call that gets some of its keys and not all counts nothing, at any time.
  @Test func aRefusedCallCountsNothingAndNoCountFalls() async {
    await onPlainThread {
      let locks = LockTable<Int>()
      let holder = locks.acquire(2)
      let rounds = Load.scaled(3_000)
      let isDone = Atomic(false)
      let refused = NativeThread {
        for round in 0..<rounds {
          let keys = round % 2 == 0 ? [1, 2, 3] : [3, 2, 1]
          #expect(locks.withLockIfAvailable(all: keys) {} == nil)
          #expect(locks.withLockIfAvailable(all: Set(keys)) {} == nil)
          #expect(
            Outcome.ofThread {
              try locks.withLock(exclusive: [1], shared: keys, timeout: .zero) {}
            } == .timedOut)
          if round % 16 == 0 {
            #expect(
              Outcome.ofThread {
                try locks.withLock(all: keys, timeout: .microseconds(1)) {}
              } == .timedOut)
          }
        }
        isDone.store(true, ordering: .releasing)
      }
      var before = 0
      while !isDone.load(ordering: .acquiring) {
        let now = locks.statistics().acquisitions
        #expect(now >= before)
        before = now
      }
      refused.join()
      let executor = SteppedExecutor()
      let cancelled = executor.start { try await locks.withLock(all: 0..<5) {} }
      cancelled.cancel()
      let late = executor.start { try await locks.withLock(all: 0..<5, timeout: .zero) {} }
      executor.drain()
      #expect(cancelled.outcome == .cancelled && late.outcome == .timedOut)
      #expect(locks.statistics().acquisitions == 1)
      let served = executor.start { try await locks.withLock(all: 0..<5) {} }
      holder.release()
      executor.drain()
      #expect(served.outcome == .had)
      #expect(locks.statistics().acquisitions == 6)
      #expect(locks.statistics().cancellations == 1)
    }
  }

  @Test func thePeakOfKeysIsRemembered() {
    let locks = LockTable<Int>(configuration: .init(stripeCount: 1))
    let held = locks.acquireIfAvailable(all: 0..<100)
    #expect(held != nil && locks.statistics().keys == 100)
    _ = consume held
    let statistics = locks.statistics()
    #expect(statistics.keys == 0 && statistics.peakKeys == 100)
  }

  @Test func waitsAndTheirEndsCount() async {
    await onPlainThread {
      let locks = LockTable<Int>(
        configuration: .init(fairness: .fifo, maximumWaitersPerKey: 2))
      let executor = SteppedExecutor()
      let holder = locks.acquire(1)
      let cancelled = executor.start { try await locks.withLock(1) {} }
      let served = executor.start { try await locks.withLock(1) {} }
      let refused = executor.start { try await locks.withLock(1) {} }
      #expect(refused.outcome == .crowded)
      cancelled.cancel()
      executor.drain()
      #expect(Outcome.ofThread { try locks.withLock(1, timeout: .milliseconds(1)) {} } == .timedOut)
      #expect(locks.withLockIfAvailable(1) {} == nil)
      holder.release()
      executor.drain()
      #expect(served.outcome == .had && cancelled.outcome == .cancelled)
      let statistics = locks.statistics()
      #expect(statistics.acquisitions == 2)
      #expect(statistics.contendedAcquisitions == 4)
      #expect(statistics.parks == 3 && statistics.handOffs == 1)
      #expect(statistics.timeouts == 1 && statistics.cancellations == 1)
      #expect(statistics.refusals == 1)
      #expect(statistics.description.contains("refusals: 1"))
    }
  }
}
