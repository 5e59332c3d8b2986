internal import CLockTable

/// The cycles of waits that are failed, until their errors take them.
///
/// The core tells a call only that its wait was failed. The call finds its cycle by itself: by the
/// task or thread that waited, which does nothing else before it makes its error. So of several
/// cycles for one acquirer, the one whose wait began last is meant. (The others are of waits that
/// were over before they could be failed, and are about to be withdrawn.)
package enum FailedWaits {
  private struct Failure {
    var number: UInt64
    var acquirer: LockAcquirer.Identity
    var began: UInt64
    var cycle: [LockTableError.Link]
  }

  private struct State {
    var failures: [Failure] = []
    var count: UInt64 = 0
  }

  /// A cycle is left over only if its task never runs again. Then the oldest ones are forgotten.
  private static let most = 256
  private static let state = Guarded(State())

  /// Keeps the cycle for the waiter, which is about to be failed. Returns its number.
  static func keep(_ cycle: [LockTableError.Link], for waiter: LockParticipant) -> UInt64? {
    guard let acquirer = waiter.acquirer?.identity else { return nil }
    return state.withValue { state in
      state.count += 1
      if state.failures.count == most {
        state.failures.removeFirst()
      }
      state.failures.append(
        Failure(
          number: state.count, acquirer: acquirer, began: waiter.sight.began, cycle: cycle))
      return state.count
    }
  }

  /// The waiter was not failed.
  static func withdraw(_ number: UInt64?) {
    state.withValue { $0.failures.removeAll { $0.number == number } }
  }

  /// Returns the cycle of the calling task or thread, whose wait was failed.
  static func takeOwn() -> [LockTableError.Link] {
    let acquirer = LockAcquirer.Identity.current
    return state.withValue { state in
      let last = state.failures.filter { $0.acquirer == acquirer }.max { $0.began < $1.began }
      state.failures.removeAll { $0.acquirer == acquirer }
      return last?.cycle ?? []
    }
  }

  /// How many cycles are kept, for tests.
  package static var count: Int { state.withValue(\.failures.count) }
}

extension LockAcquirer.Identity {
  /// The calling task, or the calling thread if it runs no task, as records name it.
  static var current: Self {
    var acquirer = lt_acquirer_t()
    if !identifyTask(&acquirer) {
      lt_identify_thread(&acquirer)
    }
    return Self(isTask: acquirer.is_task != 0, id: acquirer.id)
  }
}
