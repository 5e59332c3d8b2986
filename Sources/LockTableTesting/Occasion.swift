internal import LockTable

/// Something that one task waits for, once.
final class Occasion: Sendable {
  enum Outcome: Sendable {
    case came, cancelled
  }

  private struct State {
    var outcome: Outcome?
    var waiter: CheckedContinuation<Outcome, Never>?
  }

  private let state = Guarded(State())

  /// Ends the wait, or the one to come. The first call counts.
  func end(_ outcome: Outcome) {
    let waiter = state.withValue { state in
      guard state.outcome == nil else { return nil as CheckedContinuation<Outcome, Never>? }
      state.outcome = outcome
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: outcome)
  }

  /// - Throws: `CancellationError` if the task was cancelled first.
  nonisolated(nonsending) func wait() async throws {
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withValue { state in
          if state.outcome == nil {
            state.waiter = continuation
          }
          return state.outcome
        }
        if let outcome {
          continuation.resume(returning: outcome)
        }
      }
    } onCancel: {
      end(.cancelled)
    }
    guard outcome == .came else { throw CancellationError() }
  }
}
