import DequeModule
import Synchronization

/// A dictionary of semaphores for tasks. Each counts its users, and the last to leave removes it.
final class SemaphoreLock: AccountLock {
  private final class Entry: @unchecked Sendable {
    // Sound to share: `users` is only used inside the dictionary's lock.
    let semaphore = AsyncSemaphore()
    var users = 0
  }

  private let entries = Mutex<[Int: Entry]>([:])

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    let entry = enter(id)
    await entry.semaphore.wait()
    defer {
      entry.semaphore.signal()
      leave(id, entry)
    }
    return try await body()
  }

  private func enter(_ id: Int) -> Entry {
    entries.withLock { entries in
      let entry = entries[id] ?? Entry()
      entry.users += 1
      entries[id] = entry
      return entry
    }
  }

  private func leave(_ id: Int, _ entry: Entry) {
    entries.withLock { entries in
      entry.users -= 1
      if entry.users == 0 {
        entries[id] = nil
      }
    }
  }
}

/// A semaphore with one permit, in the order of arrival, without cancellation.
private final class AsyncSemaphore: Sendable {
  private struct State {
    var isTaken = false
    var waiters: Deque<CheckedContinuation<Void, Never>> = []
  }

  private let state = Mutex(State())

  nonisolated(nonsending) func wait() async {
    // A continuation is made only if there is something to wait for.
    if state.withLock({ Self.take(&$0) }) {
      return
    }
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        if Self.take(&state) {
          return true
        }
        state.waiters.append(continuation)
        return false
      }
      if isTaken {
        continuation.resume()
      }
    }
  }

  func signal() {
    let next = state.withLock { state in
      let next = state.waiters.popFirst()
      state.isTaken = next != nil
      return next
    }
    next?.resume()
  }

  private static func take(_ state: inout State) -> Bool {
    defer { state.isTaken = true }
    return !state.isTaken
  }
}
