import LockTable
import Synchronization

/// Something that lets one deposit to an account in at a time, and holds on while that suspends.
protocol AccountLock: Sendable {
  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int
}

struct TableLock: AccountLock {
  private let table = LockTable<Int>()

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    try await table.withLock(id) { try await body() }
  }
}

/// An actor that knows which requests wait for which account.
///
/// The deposit itself is no method of the actor: an actor lets others in while a method of it suspends,
/// and would lose deposits.
struct ActorLock: AccountLock {
  private let actor = ContinuationActor<Int>()

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    await actor.acquire(id)
    let result: Result<Int, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await actor.release(id)
    return try result.get()
  }
}

/// A dictionary of counted semaphores for tasks.
final class SemaphoreLock: AccountLock {
  private let entries = Mutex<[Int: CountedEntry<AsyncSemaphore>]>([:])

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    let entry = entries.withLock { $0.enter(id) }
    await entry.lock.wait()
    defer {
      entry.lock.signal()
      entries.withLock { $0.leave(id, entry) }
    }
    return try await body()
  }
}

/// For comparison: loses deposits.
struct NoLock: AccountLock {
  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    try await body()
  }
}
