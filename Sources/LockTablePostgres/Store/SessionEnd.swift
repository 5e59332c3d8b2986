#if Postgres
  internal import Synchronization

  /// The end of a session, for which one task waits.
  final class SessionEnd: Sendable {
    private struct State {
      var hasEnded = false
      var error: PostgresSessionError?
      var waiter: CheckedContinuation<PostgresSessionError?, Never>?
    }

    private let state = Mutex(State())

    /// Ends the session, or the wait for its end if there is no error. The first call counts.
    func end(_ error: PostgresSessionError?) {
      let waiter = state.withLock { state -> CheckedContinuation<PostgresSessionError?, Never>? in
        guard !state.hasEnded else { return nil }
        state.hasEnded = true
        state.error = error
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(returning: error)
    }

    /// Nil if the task was cancelled first.
    nonisolated(nonsending) func wait() async -> PostgresSessionError? {
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let (hasEnded, error) = state.withLock { state in
            if !state.hasEnded { state.waiter = continuation }
            return (state.hasEnded, state.error)
          }
          if hasEnded { continuation.resume(returning: error) }
        }
      } onCancel: {
        end(nil)
      }
    }
  }
#endif
