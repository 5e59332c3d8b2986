import Foundation
import LockTable
import Testing

@Suite(.watched) struct NoFalseAlarmTests {
  //  task 0        task 1        …       task n - 1     holder
  //                                                     holds n
  //  holds 0       holds 1               holds n - 1
  //  waits for 1   waits for 2           waits for n
  @Test func aLongChainIsNoCycle() async {
    await onPlainThread {
      let count = Load.scaled(1000)
      let locks = LockTable<Int>.diagnosed(deadlockDelay: .zero)
      let executor = SteppedExecutor()
      let log = Log<SuspectedDeadlock<Int>>()
      let go = Halt()
      let holder = locks.acquire(count)
      let parties = (0..<count).map { index in
        Party(on: executor, of: locks, holds: index, wants: index + 1, go: go)
      }
      go.open()
      executor.drain()
      locks.onSuspectedDeadlock { log.add($0) }
      for _ in 0..<10 {
        locks.awaitAnInspection(by: -1)
      }
      #expect(log.events.isEmpty)

      // A wait that leads to a cycle is not in it.
      let again = Halt()
      let circle = [(-2, -3), (-3, -2)].map { held, wanted in
        Party(on: executor, of: locks, holds: held, wants: wanted, go: again)
      }
      let link = Party(on: executor, of: locks, holds: -4, wants: -2, go: again)
      again.open()
      executor.drain()
      log.await()
      locks.awaitAnInspection(by: -1)
      #expect(log.events.count == 1)
      #expect(Set(log.events[0].waits.map(\.key)) == [-2, -3])
      circle[0].attempt.cancel()
      executor.drain()
      #expect(link.attempt.outcome == .had)
      holder.release()
      executor.drain()
      #expect(parties.map(\.attempt).outcomes == [.had] && locks.becomesEmpty)
    }
  }

  //  tasks and threads                       helpers
  //  hold a, then b > a, perhaps share c > b
  //  hand one over
  //                                          release it
  //  go on once that is done
  //
  // All wait in one order of the keys, and none waits while another thread has its hold: at no
  // moment is there a cycle, though an inspection of the keys, one by one, may see one.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func waitsInOneOrderAreNotReported(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>.diagnosed(fairness: fairness, deadlockDelay: .zero)
    let log = Log<SuspectedDeadlock<Int>>()
    locks.onSuspectedDeadlock { log.add($0) }
    // Waits, not acquisitions: in the long tests a million under both policies together. Counted every so often, as
    // that takes a look at each stripe.
    let wanted = Load.long(500_000)
    let hasWaitedEnough = { @Sendable in locks.statistics().parks >= wanted }
    let tasks = (0..<12).map { index in
      Attempt {
        var dice = Dice(index)
        while !hasWaitedEnough() {
          for _ in 0..<50 {
            try await handOver(in: order(with: &dice), of: locks)
          }
        }
      }
    }
    await onPlainThread {
      onThreads(2) { index in
        var dice = Dice(100 + index)
        while !hasWaitedEnough() {
          for _ in 0..<50 {
            let keys = order(with: &dice)
            locks.withLock(keys[0]) {
              sched_yield()
              locks.withLock(keys[1]) { locks.withSharedLock(keys[2]) {} }
            }
          }
        }
      }
      for task in tasks {
        task.join()
      }
    }
    #expect(tasks.outcomes == [.had])
    #expect(log.events.map(\.description) == [])
    #expect(locks.becomesEmpty)
  }
}

/// Three of six keys, ascending.
private func order(with dice: inout Dice) -> [Int] {
  (0..<6).shuffled(using: &dice).prefix(3).sorted()
}

private func handOver(in keys: [Int], of locks: LockTable<Int>) async throws {
  let first = try await locks.acquire(keys[0])
  await Task.yield()
  let second = Parcel(try await locks.acquire(keys[1]))
  let third = try await locks.acquireShared(keys[2])
  async let release: Void? = second.take()?.release()
  third.release()
  await release
  first.release()
}
