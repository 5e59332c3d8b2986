internal import LockTable

/// One wait of one task, which others may end. The first call of ``end(_:)`` counts, also if it comes
/// before the wait.
final class Pause: Sendable {
  enum End: Sendable {
    /// What was waited for has come.
    case signalled
    /// The time is up.
    case due
    /// The task was cancelled.
    case cancelled
  }

  private struct State {
    var end: End?
    var waiter: CheckedContinuation<End, Never>?
  }

  private let state = Guarded(State())

  func end(_ end: End) {
    let waiter = state.withValue { state -> CheckedContinuation<End, Never>? in
      guard state.end == nil else { return nil }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: end)
  }

  /// Whether the wait was ended by the cancellation of its task.
  var wasCancelled: Bool { state.withValue { $0.end == .cancelled } }

  /// Waits, and ends with the cancellation of the task.
  nonisolated(nonsending) func wait() async -> End {
    await withTaskCancellationHandler {
      await waitUncancellably()
    } onCancel: {
      end(.cancelled)
    }
  }

  /// Waits, whether or not the task is cancelled.
  nonisolated(nonsending) func waitUncancellably() async -> End {
    await withCheckedContinuation { continuation in
      let end = state.withValue { state in
        if state.end == nil {
          state.waiter = continuation
        }
        return state.end
      }
      if let end {
        continuation.resume(returning: end)
      }
    }
  }
}

extension LockClock {
  /// Waits until `pause` ends, but not longer than until `due`. Nil is no limit.
  nonisolated(nonsending) func wait(
    for pause: Pause, until due: Duration?, cancellably: Bool = true
  ) async -> Pause.End {
    let cancel = due.map { due in schedule(at: due) { pause.end(.due) } }
    defer { cancel?() }
    return cancellably ? await pause.wait() : await pause.waitUncancellably()
  }
}
