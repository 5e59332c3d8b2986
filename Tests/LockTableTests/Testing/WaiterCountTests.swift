import LockTable
import LockTableTesting
import Testing

@Suite(.watched) struct WaiterCountTests {
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func holdersDoNotCountAndWaitersDo(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      #expect(locks.waiterCount(of: "k") == 0)
      let holder = locks.acquire("k")
      #expect(locks.waiterCount(of: "k") == 0)
      let first = executor.start { try await locks.withLock("k") {} }
      let second = executor.start { try await locks.withSharedLock("k") {} }
      #expect(locks.waiterCount(of: "k") == 2)
      #expect(locks.waiterCount(of: "other") == 0)
      second.cancel()
      #expect(locks.waiterCount(of: "k") == 1)
      holder.release()
      executor.drain()
      #expect(first.outcome == .had && second.outcome == .cancelled)
      #expect(locks.waiterCount(of: "k") == 0)
      #expect(locks.isEmpty)
    }
  }

  @Test func aNumberThatIsReachedIsNotWaitedFor() async throws {
    let locks = LockTable<String>()
    try await locks.untilWaiterCount(of: "k", reaches: 0)
    try await locks.untilWaiterCount(of: "k", reaches: -1)
    let holder = try await locks.acquire("k")
    let waiters = (0..<2).map { _ in Attempt { try await locks.withLock("k") {} } }
    try await locks.untilWaiterCount(of: "k", reaches: 2)
    try await locks.untilWaiterCount(of: "k", reaches: 2)
    try await locks.untilWaiterCount(of: "k", reaches: 1)
    holder.release()
    for waiter in waiters {
      await waiter.task.value
    }
    #expect(waiters.outcomes == [.had])
  }

  //  holder      observers of 1, 2, 2    waiters
  //  holds k
  //              wait
  //                                      the first joins
  //              of 1 goes on
  //                                      the second joins
  //              the others go on
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func eachConditionIsMetWhenItsNumberIsReached(
    fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let others = LockTable<Int>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let counts = [1, 2, 2]
      let observers = counts.map { count in
        executor.start { try await locks.untilWaiterCount(of: "k", reaches: count) }
      }
      let stranger = executor.start { try await others.untilWaiterCount(of: 1, reaches: 1) }
      #expect(observers.outcomes == [nil])
      let waiters = (1...2).map { joined in
        let waiter = executor.start { try await locks.withLock("k") {} }
        for (observer, count) in zip(observers, counts) {
          // Another test's thread may be the one that looks.
          executor.drain(until: { count > joined || observer.outcome != nil })
          #expect(observer.outcome == (count <= joined ? .had : nil))
        }
        return waiter
      }
      #expect(stranger.outcome == nil)
      stranger.cancel()
      executor.drain()
      #expect(stranger.outcome == .cancelled)
      holder.release()
      executor.drain()
      #expect(waiters.outcomes == [.had])
      #expect(locks.isEmpty && others.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func threadsCountAsTasksDo(fairness: LockTableConfiguration.Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let owner = LockOwner(try await locks.acquire("k"))
    let threads = [
      NativeThread { locks.withLock("k") {} },
      NativeThread { locks.withSharedLock("k") {} },
      NativeThread { locks.withLock(all: ["k", "l"]) {} },
      NativeThread { try? locks.withLock("k", timeout: .seconds(3600)) {} },
    ]
    let tasks = [
      Attempt { try await locks.withLock("k") {} },
      Attempt { await locks.withUncancellableLock("k") {} },
      Attempt { try await locks.withLock(exclusive: [], shared: ["j", "k"]) {} },
    ]
    try await locks.untilWaiterCount(of: "k", reaches: threads.count + tasks.count)
    #expect(locks.waiterCount(of: "k") == threads.count + tasks.count)
    owner.release()
    await onPlainThread {
      for thread in threads { thread.join() }
      for task in tasks { task.join() }
    }
    #expect(tasks.outcomes == [.had])
    #expect(locks.isEmpty)
  }

  @Test func aCancelledWaitEndsAtOnce() async {
    let locks = LockTable<String>()
    let before = Attempt {
      try? await Task.sleep(for: .seconds(3600))
      try await locks.untilWaiterCount(of: "k", reaches: 1)
    }
    before.cancel()
    await before.task.value
    #expect(before.outcome == .cancelled)
    await onPlainThread {
      let executor = SteppedExecutor()
      let during = executor.start { try await locks.untilWaiterCount(of: "k", reaches: 1) }
      #expect(during.outcome == nil)
      during.cancel()
      executor.drain()
      #expect(during.outcome == .cancelled)
    }
    #expect(locks.isEmpty)
  }

  @Test func eachJoiningCountsHoweverItMeetsTheWait() async throws {
    let locks = LockTable<Int>()
    for _ in 0..<Load.scaled(300) {
      let owner = LockOwner(try await locks.acquire(1))
      let waiters = (0..<3).map { _ in Attempt { try await locks.withLock(1) {} } }
      let thread = NativeThread { locks.withLock(1) {} }
      let observer = Attempt { try await locks.untilWaiterCount(of: 1, reaches: 2) }
      try await locks.untilWaiterCount(of: 1, reaches: 4)
      await observer.task.value
      #expect(observer.outcome == .had)
      owner.release()
      await onPlainThread {
        thread.join()
        for waiter in waiters { waiter.join() }
      }
    }
    #expect(locks.isEmpty)
  }
}
