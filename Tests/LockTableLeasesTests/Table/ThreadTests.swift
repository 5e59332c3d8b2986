import Foundation
import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// The forms for threads. Each test runs on a thread of its own, as the pool's are not theirs to block.
@Suite(.timeLimit(.minutes(15))) struct LeaseThreadTests {
  let processes = Processes(duration: .seconds(15))

  @Test func aThreadHoldsALease() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let tokens = try await onThread {
        let first = try process.table.withLease("a") { lease in
          #expect(lease.isValid)
          return lease.fencingToken
        }
        let second = try process.table.withLeaseIfAvailable("a") { $0.fencingToken }
        let third = try process.table.withLease("a", timeout: .seconds(1)) { $0.fencingToken }
        return [first, second ?? 0, third]
      }
      #expect(tokens == [64, 128, 192])
      #expect(processes.isEmpty)
    }
  }

  @Test func aThreadWaitsForATaskAndForAnotherProcess() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let holder = await Holder(first.table, "a")
        let here = Ending {
          try await onThread { try first.table.withLease("a") { $0.fencingToken } }
        }
        let there = Ending {
          try await onThread { try second.table.withLease("a") { $0.fencingToken } }
        }
        try await first.table.locks.untilWaiterCount(of: "a", reaches: 1)
        await until { processes.engine.waiterCount == 1 }
        try await holder.release()
        let tokens = (try await here.value(), try await there.value())
        #expect(tokens == (65, 128))
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func aThreadIsLate() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let holder = await Holder(first.table, "a")
        let call = Ending {
          try await onThread { try second.table.withLease("a", timeout: .seconds(2)) { _ in } }
        }
        await until { processes.engine.waiterCount == 1 }
        processes.clock.advance(by: .seconds(2))
        #expect((await call.error() as? LeaseError)?.reason == .timedOut)
        try await holder.release()
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func aThreadThatWaitsEndsWithTheRun() async throws {
    let process = processes.makeProcess()
    let calls = try await process.running {
      let holder = await Holder(process.table, "a")
      let call = Ending {
        try await onThread { try process.table.withLease("a") { _ in } }
      }
      try await process.table.locks.untilWaiterCount(of: "a", reaches: 1)
      return (holder, call)
    }
    #expect((await calls.1.error() as? LeaseError)?.reason == .notRunning)
    // The end of the run did not wait for the holder.
    #expect((await calls.0.ending.error() as? LeaseLostError)?.reason == .runEnded)
  }

  @Test func aThreadLearnsOfALoss() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let call = Ending {
        try await onThread {
          let held = try process.table.acquire("a")
          let taken = try block { try await process.store.takeAway(name("a")) }
          #expect(taken != nil)
          try held.release()
        }
      }
      #expect((await call.error() as? LeaseLostError)?.reason == .taken)
    }
  }
}

/// Runs `body` on a thread of the system's.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
{
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Result { try body() })
    }
  }
}

/// Blocks a thread of the system's until a task has ended.
private func block<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) throws -> Value {
  let semaphore = DispatchSemaphore(value: 0)
  let ending = Guarded<Result<Value, any Error>?>(nil)
  Task {
    do {
      let value = try await body()
      ending.withValue { $0 = .success(value) }
    } catch {
      ending.withValue { $0 = .failure(error) }
    }
    semaphore.signal()
  }
  semaphore.wait()
  return try #require(ending.withValue { $0 }).get()
}
