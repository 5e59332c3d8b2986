internal import LockTable

/// `ContinuousClock`, which goes on while the machine sleeps: a lease may have ended by then.
final class SystemClock: LockClock {
  private let calls = ScheduledCalls()

  deinit {
    calls.end()
  }

  var time: Duration { calls.time }

  func schedule(
    at time: Duration, _ action: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    guard time > self.time else {
      action()
      return {}
    }
    let number = calls.add(at: time, action)
    return { [calls] in calls.remove(at: time, number) }
  }
}

/// What is to be called later. One task sleeps until the earliest of the calls. Most of them are
/// cancelled long before they are due, and then cost an entry in an array.
private final class ScheduledCalls: Sendable {
  private struct Call {
    let time: Duration
    let number: UInt64
    let action: @Sendable () -> Void
  }

  private struct State {
    /// The earliest first.
    var calls: [Call] = []
    var lastNumber: UInt64 = 0
    /// When the sleeper wakes.
    var alarm: Duration?
    var sleeper: Task<Void, Never>?

    /// Where a call is or belongs.
    func index(of time: Duration, _ number: UInt64) -> Int {
      var (low, high) = (0, calls.count)
      while low < high {
        let middle = (low + high) / 2
        if (calls[middle].time, calls[middle].number) < (time, number) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return low
    }
  }

  private let zero = ContinuousClock.now
  private let state = Guarded(State())

  var time: Duration { zero.duration(to: .now) }

  func add(at time: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
    state.withValue { state in
      state.lastNumber += 1
      let call = Call(time: time, number: state.lastNumber, action: action)
      state.calls.insert(call, at: state.index(of: time, call.number))
      if state.alarm.map({ time < $0 }) ?? true {
        sleep(until: time, &state)
      }
      return call.number
    }
  }

  func remove(at time: Duration, _ number: UInt64) {
    // The call ends after the mutex is unlocked: it may own anything.
    _ = state.withValue { state -> Call? in
      let index = state.index(of: time, number)
      guard index < state.calls.count, state.calls[index].number == number else { return nil }
      return state.calls.remove(at: index)
    }
  }

  func end() {
    let last = state.withValue { state in
      defer { state = State() }
      return state
    }
    last.sleeper?.cancel()
  }

  private func sleep(until time: Duration, _ state: inout State) {
    state.sleeper?.cancel()
    state.alarm = time
    let instant = zero + time
    state.sleeper = Task.detached { [self] in
      do {
        try await Task.sleep(until: instant, clock: .continuous)
        ring()
      } catch {
        // An earlier call has come, and with it another sleeper.
      }
    }
  }

  private func ring() {
    let now = time
    let due = state.withValue { state -> ArraySlice<Call> in
      let due = state.calls.prefix { $0.time <= now }
      state.calls.removeFirst(due.count)
      state.alarm = nil
      if let next = state.calls.first {
        sleep(until: next.time, &state)
      }
      return due
    }
    for call in due {
      call.action()
    }
  }
}
