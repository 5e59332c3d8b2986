import LockTable

/// A clock that goes to the next time for which anything is scheduled, when it is told to.
final class StepClock: LockClock {
  private struct Call {
    let number: Int
    let time: Duration
    let action: @Sendable () -> Void
  }

  private struct State {
    var time = Duration.zero
    var calls: [Call] = []
    var lastNumber = 0
  }

  private let state = Guarded(State())

  var time: Duration { state.withValue { $0.time } }

  /// Nil: nothing is scheduled.
  var nextTime: Duration? { state.withValue { $0.calls.map(\.time).min() } }

  func schedule(
    at time: Duration, _ action: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    let number = state.withValue { state -> Int? in
      guard time > state.time else { return nil }
      state.lastNumber += 1
      state.calls.append(Call(number: state.lastNumber, time: time, action: action))
      return state.lastNumber
    }
    guard let number else {
      action()
      return {}
    }
    return { [state] in
      state.withValue { state in state.calls.removeAll { $0.number == number } }
    }
  }

  /// Makes all calls that are due then, in the order in which they were scheduled.
  func advance() {
    guard let next = nextTime else { return }
    let due = state.withValue { state in
      state.time = max(state.time, next)
      defer { state.calls.removeAll { $0.time <= next } }
      return state.calls.filter { $0.time <= next }
    }
    for call in due {
      call.action()
    }
  }

  /// - Throws: `CancellationError` if the task is cancelled before that.
  func sleep(for duration: Duration) async throws {
    let sleeper = Sleeper()
    let cancel = schedule(at: time + duration) { sleeper.end(true) }
    defer { cancel() }
    try await sleeper.wait()
  }
}

private final class Sleeper: Sendable {
  private let state = Guarded<(hasSlept: Bool?, waiter: CheckedContinuation<Bool, Never>?)>(
    (nil, nil))

  func end(_ hasSlept: Bool) {
    state.withValue { state -> CheckedContinuation<Bool, Never>? in
      guard state.hasSlept == nil else { return nil }
      state.hasSlept = hasSlept
      defer { state.waiter = nil }
      return state.waiter
    }?.resume(returning: hasSlept)
  }

  func wait() async throws {
    let hasSlept = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasSlept = state.withValue { state in
          if state.hasSlept == nil { state.waiter = continuation }
          return state.hasSlept
        }
        if let hasSlept { continuation.resume(returning: hasSlept) }
      }
    } onCancel: {
      end(false)
    }
    if !hasSlept { throw CancellationError() }
  }
}
