internal import LockTable

/// Conditions that tasks wait for.
final class Conditions: Sendable {
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
    condition.look()
    try await condition.occasion.wait()
  }

  /// Looks at all conditions, with no lock held. To be called after anything that may meet one.
  func look() {
    for condition in state.withValue({ Array($0.conditions.values) }) {
      condition.look()
    }
  }
}

/// A condition that one task waits for. No look is in progress when that goes on because the
/// condition was met: a look at a table pins a key.
final class Condition: Sendable {
  private struct State {
    var isBusy = false
    /// Something has happened since the look that is in progress began.
    var isOutdated = false
    var wasMet = false
  }

  let occasion = Occasion()
  private let isMet: @Sendable () -> Bool
  private let state = Guarded(State())

  init(isMet: @escaping @Sendable () -> Bool) {
    self.isMet = isMet
  }

  /// Ends the wait if the condition is met. If another thread is looking, that looks once more.
  func look() {
    let isFirst = state.withValue { state in
      guard !state.isBusy && !state.wasMet else {
        state.isOutdated = true
        return false
      }
      state.isBusy = true
      return true
    }
    guard isFirst else { return }
    var goesOn = true
    while goesOn {
      let isMet = isMet()
      goesOn = state.withValue { state in
        state.wasMet = isMet
        state.isBusy = !isMet && state.isOutdated
        state.isOutdated = false
        return state.isBusy
      }
      if isMet {
        occasion.end(.came)
      }
    }
  }
}
