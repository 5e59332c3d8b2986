import Foundation
import LockTable
import Testing

@Suite(.watched) struct MutexTableTaskTests {
  @Test func aBodyMaySuspend() async throws {
    let table = MutexTable<Int, Int>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<300 {
        group.addTask {
          try await table.withLock(index % 3) { value in
            let before = value ?? 0
            await Task.yield()
            value = before + 1
          }
        }
      }
      try await group.waitForAll()
    }
    for key in 0..<3 {
      #expect(try await table.withSharedLock(key) { value in value } == 100)
    }
    #expect(table.count == 3 && table.lockedCount == 0)
  }

  @Test func aWaiterThatIsCancelledChangesNothing() async {
    await onPlainThread {
      let table = MutexTable<String, Int>(configuration: .init(), isMonitored: false)
      let executor = SteppedExecutor()
      table.withLock("k") { value in value = 1 }
      let held = table.acquire("k")
      let writer = executor.start { try await table.withLock("k") { value in value = 2 } }
      let reader = executor.start { try await table.withSharedLock("k") { _ in } }
      let other = executor.start { try await table.acquire("k").release() }
      #expect(table.lockedCount == 1)
      for task in [writer, reader, other] { task.cancel() }
      executor.drain()
      #expect([writer, reader, other].outcomes == [.cancelled])
      held.release()
      #expect(table.withLock("k") { value in value } == 1)
      #expect(table.lockedCount == 0 && table.count == 1)
    }
  }

  @Test func aTaskThatIsCancelledAtTheGrantChangesNothing() async {
    await onPlainThread {
      let table = MutexTable<String, Int>(configuration: .init(fairness: .fifo), isMonitored: false)
      let executor = SteppedExecutor()
      let held = table.acquire("k")
      let writer = executor.start { try await table.withLock("k") { value in value = 2 } }
      held.release()
      writer.cancel()
      executor.drain()
      #expect(writer.outcome == .cancelled)
      #expect(table.locks.isEmpty)
    }
  }

  @Test func eachFormGetsTheValue() async throws {
    let table = MutexTable<Int, Int>()
    try await table.withLock(1) { value in value = 1 }
    try await table.withLock(1, timeout: .seconds(60)) { value in value? += 1 }
    try await table.withLock(1, until: .now + .seconds(60)) { value in value? += 1 }
    _ = await table.withLockIfAvailable(1) { value in value? += 1 }
    await table.withUncancellableLock(1) { value in value? += 1 }
    #expect(try await table.withSharedLock(1) { value in value } == 5)
    #expect(try await table.withSharedLock(1, timeout: .seconds(60)) { value in value } == 5)
    #expect(try await table.withSharedLock(1, until: .now + .seconds(60)) { value in value } == 5)
    #expect(await table.withSharedLockIfAvailable(1) { value in value } == 5)
    #expect(await table.withUncancellableSharedLock(1) { value in value } == 5)
    var held = try await table.acquire(1)
    held.value? += 1
    held.release()
    #expect(try await table.acquireShared(1, timeout: .seconds(60)).value == 6)
    #expect(try await table.acquire(1, until: .now + .seconds(60)).value == 6)
    #expect(table.count == 1 && table.lockedCount == 0)
  }

  @Test func eachFormFailsByItsLimit() async throws {
    let table = MutexTable<Int, Int>()
    try await table.withLock(1) { value in value = 1 }
    let held = try await table.acquire(1)
    let attempts: [@Sendable () async throws -> Void] = [
      { try await table.withLock(1, timeout: .zero) { value in value = 2 } },
      { try await table.withLock(1, until: .now) { value in value = 2 } },
      { try await table.withSharedLock(1, timeout: .zero) { _ in } },
      { try await table.withSharedLock(1, until: .now) { _ in } },
      { try await table.acquire(1, timeout: .zero).release() },
      { try await table.acquireShared(1, until: .now).release() },
    ]
    for attempt in attempts {
      #expect(await Outcome.of(attempt) == .timedOut)
    }
    let crowded = await Outcome.of {
      try await table.withLock(1, maximumWaiters: 0) { value in value = 2 }
    }
    #expect(crowded == .crowded)
    #expect(await table.withLockIfAvailable(1) { value in value = 2 } == nil)
    #expect(held.value == 1)
  }

  @Test func aCancelledTaskStillCleansUp() async {
    let table = MutexTable<Int, Int>()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      await table.withUncancellableLock(1) { value in value = 1 }
      let outcome = await Outcome.of { try await table.withLock(1) { value in value = 2 } }
      #expect(outcome == .cancelled)
      let kept = await table.withUncancellableSharedLock(1) { value in value }
      await table.removeAll()
      return kept
    }
    #expect(await task.value == 1)
    #expect(table.locks.isEmpty)
  }

  private actor Counter {
    var count = 0
    let table = MutexTable<Int, Int>()

    func add() async throws {
      try await table.withLock(1) { value in
        count += 1
        await Task.yield()
        value = count
      }
      try await table.withSharedLock(1) { value in
        preconditionIsolated()
        #expect(value != nil)
      }
      await table.removeAll { value in
        preconditionIsolated()
        return value < 0
      }
    }
  }

  @Test func aBodyStaysOnItsActor() async throws {
    let counter = Counter()
    for _ in 0..<3 { try await counter.add() }
    #expect(await counter.count == 3)
  }

  @Test func tasksAndThreadsLoseNoValue() async throws {
    let table = MutexTable<Int, Int>(configuration: .init(stripeCount: 1))
    let rounds = Load.scaled(2000)
    let threads = (0..<2).map { index in
      NativeThread {
        for round in 0..<rounds {
          table.withLock((index + round) % 3) { value in value = (value ?? 0) + 1 }
        }
      }
    }
    let done = Tally()
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<8 {
        group.addTask {
          for round in 0..<rounds / 4 {
            let task = Task {
              try await table.withLock((index + round) % 3) { value in
                value = (value ?? 0) + 1
                done.add()
              }
            }
            if round % 7 == 0 { task.cancel() }
            _ = await task.result
          }
        }
      }
    }
    await onPlainThread { for thread in threads { thread.join() } }
    var sum = 0
    for key in table.keys { sum += try await table.withLock(key) { value in value.take() ?? 0 } }
    #expect(sum == 2 * rounds + done.count)
    #expect(table.locks.isEmpty)
  }
}
