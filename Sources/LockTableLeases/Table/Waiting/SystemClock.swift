internal import LockTable

/// `ContinuousClock`, which goes on while the machine sleeps: a lease may have ended by then.
///
/// One task sleeps until the earliest call that is scheduled. Most calls are cancelled long before
/// they are due, and then cost an entry in a dictionary.
final class SystemClock: LockClock {
  private struct State {
    var calls: [UInt64: Call] = [:]
    var lastNumber: UInt64 = 0
    /// When the sleeper wakes.
    var alarm: Duration?
    var sleeper: Task<Void, Never>?
  }

  private struct Call {
    let time: Duration
    let action: @Sendable () -> Void
  }

  private let zero = ContinuousClock.now
  private let state = Guarded(State())

  deinit {
    state.withValue { $0.sleeper }?.cancel()
  }

  var time: Duration { zero.duration(to: .now) }

  func schedule(
    at time: Duration, _ action: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    guard time > self.time else {
      action()
      return {}
    }
    let number = state.withValue { state in
      state.lastNumber += 1
      state.calls[state.lastNumber] = Call(time: time, action: action)
      if state.alarm.map({ time < $0 }) ?? true {
        sleep(until: time, &state)
      }
      return state.lastNumber
    }
    return { [weak self] in
      // The call ends after the mutex is unlocked: it may own anything.
      _ = self?.state.withValue { $0.calls.removeValue(forKey: number) }
    }
  }

  private func sleep(until time: Duration, _ state: inout State) {
    state.sleeper?.cancel()
    state.alarm = time
    let instant = zero + time
    state.sleeper = Task.detached { [weak self] in
      do {
        try await Task.sleep(until: instant, clock: .continuous)
        self?.ring()
      } catch {
        // An earlier call has come, and with it another sleeper.
      }
    }
  }

  private func ring() {
    let now = time
    let due = state.withValue { state -> [Call] in
      let due = state.calls.filter { $0.value.time <= now }
      for number in due.keys {
        state.calls[number] = nil
      }
      state.alarm = nil
      if let next = state.calls.values.map(\.time).min() {
        sleep(until: next, &state)
      }
      return due.values.sorted { $0.time < $1.time }
    }
    for call in due {
      call.action()
    }
  }
}
