import LockTable
import Testing

@Suite(.watched) struct TaskMultiKeyTests {
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func oppositeOrdersDoNotDeadlock(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness, stripeCount: 2))
    let witness = Witness(count: 6)
    let rounds = Load.scaled(300)
    let thread = NativeThread {
      for round in 0..<rounds {
        let key = round % 5
        locks.withLock(all: [key + 1, key]) { witness.add(at: key) }
      }
    }
    let tasks = (0..<16).map { index in
      Attempt {
        for round in 0..<rounds {
          let keys = (0..<4).map { (index + round * ($0 + 1)) % 6 }
          try await locks.withLock(all: index % 2 == 0 ? keys : keys.reversed()) {
            witness.add(at: keys[0])
            if round % 4 == 0 {
              await Task.yield()
            }
          }
        }
      }
    }
    for task in tasks {
      await task.task.value
    }
    await onPlainThread { thread.join() }
    #expect(tasks.outcomes == [.had])
    #expect(witness.total == 17 * rounds)
    #expect(locks.isEmpty)
  }

  @Test func duplicatesAreOneKeyAndNoneIsNoKey() async throws {
    let locks = LockTable<String>()
    let count = try await locks.withLock(all: ["b", "a", "b", "a"]) { locks.count }
    #expect(count == 2)
    let none = try await locks.withLock(all: []) { locks.count }
    #expect(none == 0)
    let held = try await locks.acquire(all: ["b", "b"])
    #expect(held.count == 1)
    held.release()
    #expect(locks.isEmpty)
  }

  //  holder      task
  //  holds c
  //              holds those before c, waits for c
  //              is cancelled, or late: holds nothing
  @Test(arguments: [true, false], LockTableConfiguration.Fairness.both)
  func aTaskThatLeavesInTheMiddleHoldsNothing(
    isCancelled: Bool, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<Int>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      for held in 0..<8 {
        let holder = locks.acquire(held)
        let task = executor.start {
          let limit: Duration = isCancelled ? .seconds(3600) : .milliseconds(1)
          try await locks.withLock(all: 0..<8, timeout: limit) {}
        }
        #expect(isCancelled ? locks.count == 8 : true, "all are held or pinned")
        if isCancelled {
          task.cancel()
        } else if task.outcome == nil {
          executor.waitForJob()
        }
        executor.drain()
        #expect(task.outcome == (isCancelled ? .cancelled : .timedOut))
        #expect(locks.count == 1)
        holder.release()
        #expect(locks.isEmpty)
      }
    }
  }

  @Test func aMultiKeyTryHoldsAllOrNothing() async throws {
    let locks = LockTable<Int>()
    let held = try await locks.acquire(3)
    let refused = await locks.withLockIfAvailable(all: 0..<8) { 1 }
    #expect(refused == nil)
    #expect(locks.count == 1)
    held.release()
    let count = await locks.withLockIfAvailable(all: 0..<8) { locks.count }
    #expect(count == 8)
    #expect(locks.isEmpty)
  }
}
