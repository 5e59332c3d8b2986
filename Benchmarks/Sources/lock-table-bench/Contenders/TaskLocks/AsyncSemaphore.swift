import Synchronization

/// A semaphore for tasks with one permit: what such packages come down to, without cancellation.
final class AsyncSemaphore: CountedLock {
  private struct State {
    var isTaken = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  nonisolated(nonsending) func wait() async {
    if state.withLock({ Self.take(&$0) }) { return }
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        guard !Self.take(&state) else { return true }
        state.waiters.append(continuation)
        return false
      }
      if isTaken { continuation.resume() }
    }
  }

  func signal() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
      state.isTaken = false
      return nil
    }
    next?.resume()
  }

  private static func take(_ state: inout State) -> Bool {
    defer { state.isTaken = true }
    return !state.isTaken
  }
}
