internal import CLockTable

/// The deadline of one call, on the clock of its table.
@usableFromInline
final class Alarm: Sendable {
  private struct State {
    /// When it rang, by its clock.
    var rang: Duration?
    var suspension: OpaquePointer?
    var cancel: (@Sendable () -> Void)?
  }

  private let clock: any LockClock
  private let start: Duration
  // The core lets any thread refuse a suspension until it ends. `detach()` comes before that, and
  // waits for a refusal that is in progress.
  private let state = Guarded(State())

  /// Rings once the clock has come that far, and never if the core would not either: see
  /// `Duration.wait`. The clock does not keep the alarm alive.
  init(_ clock: any LockClock, after timeout: Duration) {
    self.clock = clock
    start = clock.time
    guard timeout < .longestLimit else { return }
    let cancel = clock.schedule(at: start + timeout) { [weak self] in self?.ring() }
    state.withValue { $0.cancel = cancel }
  }

  // With the last reference: that of the call, before the call returns, or of a ring in progress.
  deinit {
    state.withValue { $0.cancel }?()
  }

  /// How long ago it was set, or how long it took to ring.
  var elapsed: Duration { (state.withValue { $0.rang } ?? clock.time) - start }

  private func ring() {
    let now = clock.time
    state.withValue { state in
      state.rang = now
      if let suspension = state.suspension {
        lt_suspension_refuse(suspension, LT_TIMED_OUT)
      }
    }
  }

  /// Ends this suspension when it rings, or now if it has rung. The core notes that for one that has
  /// not begun.
  ///
  /// Inlined, this and `detach()` would take room in the frame of each task that waits.
  @inline(never)
  func attach(_ suspension: OpaquePointer) {
    state.withValue { state in
      state.suspension = suspension
      if state.rang != nil {
        lt_suspension_refuse(suspension, LT_TIMED_OUT)
      }
    }
  }

  @inline(never)
  func detach() {
    state.withValue { $0.suspension = nil }
  }

  /// The same of a call whose alarm outlives its wait: nothing stays scheduled.
  func stop() {
    state.withValue { state in
      state.suspension = nil
      defer { state.cancel = nil }
      return state.cancel
    }?()
  }
}
