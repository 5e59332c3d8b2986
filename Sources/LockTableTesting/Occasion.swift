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

/// Conditions that tasks wait for.
final class Conditions: Sendable {
  private struct Condition: Sendable {
    let isMet: @Sendable () -> Bool
    let occasion = Occasion()
  }

  private struct State {
    var conditions: [Int: Condition] = [:]
    var lastNumber = 0
  }

  private let state = Guarded(State())

  /// Suspends the task until the condition is met, as a look finds it.
  nonisolated(nonsending) func wait(until isMet: @escaping @Sendable () -> Bool) async throws {
    let condition = Condition(isMet: isMet)
    let number = state.withValue { state in
      state.lastNumber += 1
      state.conditions[state.lastNumber] = condition
      return state.lastNumber
    }
    defer {
      // It ends after the mutex is unlocked: it may own anything.
      _ = state.withValue { $0.conditions.removeValue(forKey: number) }
    }
    // What happens from here on is looked at; this looks at what happened before.
    if isMet() {
      condition.occasion.end(.came)
    }
    try await condition.occasion.wait()
  }

  /// Looks at all conditions, with no lock held. To be called after anything that may meet one.
  func look() {
    for condition in state.withValue({ Array($0.conditions.values) }) where condition.isMet() {
      condition.occasion.end(.came)
    }
  }
}
