import Foundation
import LockTable
import LockTableTesting
import Testing

/// Limits on a manual clock, for several keys, for all kinds of keys, and in races.
@Suite(.watched) struct ClockedKeysTests {
  //  holder              waiter of a, b, c     clock
  //  holds b, c
  //                      holds a, waits for b
  //                                            6 s
  //  releases b          holds b, waits for c
  //                                            4 s
  //                      releases all
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func oneLimitIsForAllKeysOfATask(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let table = ClockedTable<String>(fairness: fairness)
      let executor = SteppedExecutor()
      let failure = Failure()
      let owners = [
        "b": LockOwner(table.locks.acquire("b")), "c": LockOwner(table.locks.acquire("c")),
      ]
      let task = executor.start {
        try await failure.note {
          try await table.locks.withLock(all: ["c", "a", "b"], timeout: .seconds(10)) {}
        }
      }
      table.clock.advance(by: .seconds(6))
      // The order in which a call takes its keys is its own.
      let first = table.locks.waiterCount(of: "b") == 1 ? "b" : "c"
      let last = first == "b" ? "c" : "b"
      owners[first]?.release()
      executor.drain()
      #expect(table.locks.waiterCount(of: last) == 1 && table.clock.scheduledCount == 1)
      table.clock.advance(by: .seconds(4) - .nanoseconds(1))
      executor.drain()
      #expect(task.outcome == nil)
      table.clock.advance(by: .nanoseconds(1))
      executor.drain()
      let error = failure.take()
      #expect(error?.reason == .timedOut && error?.key == last)
      #expect(error?.waited == .seconds(10) && error?.limit == .seconds(10))
      #expect(table.locks.count == 1)
      owners[last]?.release()
      table.expectUnused()
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func oneLimitIsForAllKeysOfAThread(fairness: LockTableConfiguration.Fairness) async throws {
    let table = ClockedTable<String>(fairness: fairness)
    let failure = Failure()
    let owners = [
      "b": LockOwner(try await table.locks.acquire("b")),
      "c": LockOwner(try await table.locks.acquire("c")),
    ]
    let thread = NativeThread {
      failure.note {
        try table.locks.withLock(
          exclusive: ["a"], shared: ["b", "c"], timeout: .seconds(10)
        ) {}
      }
    }
    let (first, last) = try await waited(for: ["b", "c"], of: table.locks)
    table.clock.advance(by: .seconds(6))
    owners[first]?.release()
    try await table.locks.untilWaiterCount(of: last, reaches: 1)
    #expect(table.clock.scheduledCount == 1)
    table.clock.advance(by: .seconds(4) - .nanoseconds(1))
    #expect(table.locks.waiterCount(of: last) == 1)
    table.clock.advance(by: .nanoseconds(1))
    await onPlainThread { thread.join() }
    let error = failure.take()
    #expect(error?.reason == .timedOut && error?.key == last)
    #expect(error?.waited == .seconds(10) && error?.limit == .seconds(10))
    owners[last]?.release()
    table.expectUnused()
  }

  /// Returns for which of two keys somebody waits, and the other.
  private func waited(
    for keys: [String], of locks: LockTable<String>
  ) async throws -> (first: String, last: String) {
    try await withThrowingTaskGroup(of: String.self) { group in
      for key in keys {
        group.addTask {
          try await locks.untilWaiterCount(of: key, reaches: 1)
          return key
        }
      }
      let first = try await group.next() ?? ""
      group.cancelAll()
      return (first, keys.first { $0 != first } ?? "")
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aCallMayAlsoLimitTheWaiters(fairness: LockTableConfiguration.Fairness) async throws {
    let table = ClockedTable<String>(fairness: fairness)
    let locks = table.locks
    let limit = Duration.seconds(5)
    let owner = LockOwner(try await locks.acquire("k"))
    let first = Attempt { try await locks.withLock("k", timeout: limit, maximumWaiters: 1) {} }
    try await locks.untilWaiterCount(of: "k", reaches: 1)
    for attempt in [
      Attempt { try await locks.withLock("k", timeout: limit, maximumWaiters: 1) {} },
      Attempt { try await locks.withLock(all: ["j", "k"], timeout: limit, maximumWaiters: 1) {} },
    ] {
      await attempt.task.value
      #expect(attempt.outcome == .crowded)
    }
    await onPlainThread {
      #expect(
        Outcome.ofThread { try locks.withLock("k", timeout: limit, maximumWaiters: 1) {} }
          == .crowded)
      #expect(
        Outcome.ofThread {
          try locks.withLock(all: ["k", "l"], timeout: limit, maximumWaiters: 1) {}
        } == .crowded)
    }
    #expect(table.clock.scheduledCount == 1 && locks.waiterCount(of: "k") == 1)
    let thread = NativeThread { try? locks.withLock("k", timeout: limit, maximumWaiters: 2) {} }
    try await locks.untilWaiterCount(of: "k", reaches: 2)
    table.clock.advance(by: limit)
    #expect(locks.waiterCount(of: "k") == 0)
    await first.task.value
    await onPlainThread { thread.join() }
    #expect(first.outcome == .timedOut)
    owner.release()
    table.expectUnused()
  }

  @Test func keysOfEachKindHaveLimits() async throws {
    try await expectLimits([1, 2, 3])
    try await expectLimits(["a", "b", String(repeating: "c", count: 2000)])
    try await expectLimits([[1], [2, 3], [UInt8](repeating: 4, count: 100)])
    try await expectLimits([Place.nowhere, .shelf(1), .room("a", floor: 2)])
    try await expectLimits([
      LooseName(rawValue: "a"), LooseName(rawValue: "b"), .init(rawValue: "c"),
    ])
    try await expectLimits([Colliding("a"), Colliding("b"), Colliding("c")])
    try await expectLimits([Node(1), Node(2), Node(3)])
  }

  /// Three keys. A task and a thread wait for each, and both for all.
  private func expectLimits<Key: Hashable & Sendable>(_ keys: [Key]) async throws {
    let table = ClockedTable<Key>()
    let owners = LockOwner(try await table.locks.acquire(all: keys))
    var tasks: [Attempt] = []
    var threads: [NativeThread] = []
    let timedOut = Tally()
    for waited in keys.map({ [$0] }) + [keys] {
      tasks.append(
        Attempt { try await table.locks.withLock(all: waited, timeout: .seconds(5)) {} })
      threads.append(
        NativeThread {
          if Outcome.ofThread({ try table.locks.withLock(all: waited, timeout: .seconds(5)) {} })
            == .timedOut
          {
            timedOut.add()
          }
        })
    }
    for key in keys {
      try await table.locks.untilWaiterCount(of: key, reaches: 2)
    }
    try await table.clock.untilScheduledCount(reaches: 8)
    table.clock.advance(by: .seconds(5))
    for task in tasks {
      await task.task.value
    }
    await onPlainThread { [threads] in
      for thread in threads { thread.join() }
    }
    #expect(tasks.outcomes == [.timedOut])
    #expect(timedOut.count == 4)
    owners.release()
    table.expectUnused()
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aReleaseAtTheLimitGivesTheKeyOrNot(fairness: LockTableConfiguration.Fairness) async throws {
    let table = ClockedTable<Int>(fairness: fairness)
    let witness = Witness(count: 1)
    let runs = Tally()
    @Sendable func run() {
      witness.add(at: 0)
      runs.add()
    }
    for _ in 0..<Load.scaled(400) {
      let owner = LockOwner(try await table.locks.acquire(1))
      let tasks = (0..<2).map { _ in
        Attempt { try await table.locks.withLock(1, timeout: .seconds(1)) { run() } }
      }
      let thread = NativeThread { try? table.locks.withLock(1, timeout: .seconds(1)) { run() } }
      try await table.locks.untilWaiterCount(of: 1, reaches: 3)
      let advancer = NativeThread { table.clock.advance(by: .seconds(1)) }
      tasks[1].cancel()
      run()
      owner.release()
      for task in tasks {
        await task.task.value
      }
      await onPlainThread {
        thread.join()
        advancer.join()
      }
      #expect(tasks.outcomes.isSubset(of: [.had, .timedOut, .cancelled]))
    }
    #expect(witness.total == runs.count)
    table.expectUnused()
  }
}
