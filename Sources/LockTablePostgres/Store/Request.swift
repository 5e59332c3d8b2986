#if Postgres
  internal import LockTableLeases
  internal import Synchronization

  /// One call of the store's, until it has its answer.
  final class Request: Sendable {
    enum Kind: Sendable, Hashable, CaseIterable {
      case release, acquire, renew, renewUnlocked, look, holdings, sweep
    }

    enum Reply: Sendable {
      case answer(LeaseAnswer)
      /// Nil: the statement does not say.
      case renewals([LeaseRenewal?])
      case release(LeaseRelease)
      case holdings([LeaseHolding])
    }

    typealias Outcome = Result<Reply, LeaseStoreError>

    private enum State {
      case made
      case waiting(CheckedContinuation<Outcome, Never>)
      case ended(Outcome)
    }

    let kind: Kind
    /// One, but for a renewal. In a renewal each name is there once.
    let claims: [LeaseClaim]
    let milliseconds: Int64
    /// Whether an owner wants a place in line.
    let waits: Bool
    /// The namespace of which the holdings are asked for.
    let namespace: String

    private let state = Mutex(State.made)

    init(
      _ kind: Kind, _ claims: [LeaseClaim], milliseconds: Int64 = 0, waits: Bool = false,
      namespace: String = ""
    ) {
      self.kind = kind
      self.claims = claims
      self.milliseconds = milliseconds
      self.waits = waits
      self.namespace = namespace
    }

    var hasEnded: Bool {
      state.withLock { state in
        if case .ended = state { true } else { false }
      }
    }

    /// Ends the call. The first end counts.
    func end(_ outcome: Outcome) {
      let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
        switch state {
        case .made:
          state = .ended(outcome)
          return nil
        case .waiting(let continuation):
          state = .ended(outcome)
          return continuation
        case .ended: return nil
        }
      }
      continuation?.resume(returning: outcome)
    }

    /// Waits for the end. Calls `submit` once there is something to resume.
    nonisolated(nonsending) func wait(submit: @Sendable () -> Void) async -> Outcome {
      await withCheckedContinuation { continuation in
        let outcome: Outcome? = state.withLock { state in
          if case .ended(let outcome) = state { return outcome }
          state = .waiting(continuation)
          return nil
        }
        if let outcome {
          continuation.resume(returning: outcome)
        } else {
          submit()
        }
      }
    }
  }
#endif
