import ArgumentParser
import LockTable
import Synchronization

/// What keeps two deposits to one account from each other, also while the one that is in suspends.
enum AccountLock: Sendable {
  case table(LockTable<Int>)
  /// Knows which requests wait for which account. The deposit itself is no method of the actor: an actor lets
  /// others in while a method of it suspends, and would lose deposits.
  case actor(ContinuationActor<Int>)
  /// A dictionary of counted semaphores for tasks.
  case semaphores(Semaphores)
  /// For comparison: loses deposits.
  case none

  final class Semaphores: Sendable {
    fileprivate let entries = Mutex<[Int: CountedEntry<AsyncSemaphore>]>([:])
  }

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    switch self {
    case .table(let table):
      return try await table.withLock(id) { try await body() }
    case .actor(let actor):
      await actor.acquire(id)
      let result: Result<Int, any Error>
      do {
        result = .success(try await body())
      } catch {
        result = .failure(error)
      }
      await actor.release(id)
      return try result.get()
    case .semaphores(let semaphores):
      let entry = semaphores.entries.withLock { $0.enter(id) }
      await entry.lock.wait()
      defer {
        entry.lock.signal()
        semaphores.entries.withLock { $0.leave(id, entry) }
      }
      return try await body()
    case .none:
      return try await body()
    }
  }
}

/// The value of `--lock`.
enum LockChoice: String, CaseIterable, ExpressibleByArgument {
  case locktable
  case actor
  case mutexDictionary = "mutex-dictionary"
  case none

  func lock() -> AccountLock {
    switch self {
    case .locktable: .table(LockTable())
    case .actor: .actor(ContinuationActor())
    case .mutexDictionary: .semaphores(AccountLock.Semaphores())
    case .none: .none
    }
  }
}
