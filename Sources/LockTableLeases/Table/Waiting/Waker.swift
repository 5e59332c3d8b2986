internal import LockTable

/// Wakes one loop, at the earliest time that anybody has asked for.
final class Waker: Sendable {
  private struct State {
    var due: Duration?
    var isCalled = false
    var sleeper: Pause?
  }

  private let state = Guarded(State())

  /// Lets the loop run at that time, or before.
  func ask(at time: Duration) {
    let sleeper = state.withValue { state -> Pause? in
      if let due = state.due, due <= time { return nil }
      state.due = time
      return state.sleeper
    }
    sleeper?.end(.signalled)
  }

  /// Lets the loop run now.
  func call() {
    state.withValue { state in
      state.isCalled = true
      return state.sleeper
    }?.end(.signalled)
  }

  /// Suspends the loop until it is due or called, or its task is cancelled. What was asked for is
  /// forgotten then.
  nonisolated(nonsending) func sleep(_ clock: any LockClock) async {
    while !Task.isCancelled {
      let pause = Pause()
      let now = clock.time
      let (isOver, due) = state.withValue { state -> (Bool, Duration?) in
        if state.isCalled || state.due.map({ $0 <= now }) ?? false {
          state = State()
          return (true, nil)
        }
        state.sleeper = pause
        return (false, state.due)
      }
      guard !isOver else { return }
      _ = await clock.wait(for: pause, until: due)
      state.withValue { $0.sleeper = nil }
    }
  }
}
