/// Deadlocks that a monitor is about to end, or has ended.
///
/// The monitors of several tables may find one deadlock at the same time. The first one ends it, and
/// tells the others' hooks. The others leave it alone, so that no hook is told twice.
enum DeadlockClaims {
  /// Each deadlock is the serial numbers of its waits, of which there are no others.
  private struct State {
    var claimed: Set<Set<UInt64>> = []
    /// The last ones, the oldest first: a slow monitor may come to them late.
    var ended: [Set<UInt64>] = []
  }

  private static let mostEnded = 64
  private static let state = Guarded(State())

  /// Returns false if the deadlock is another one's.
  static func claim(_ serials: Set<UInt64>) -> Bool {
    state.withValue { state in
      !state.ended.contains(serials) && state.claimed.insert(serials).inserted
    }
  }

  /// If it was not ended, the others may try.
  static func settle(_ serials: Set<UInt64>, isEnded: Bool) {
    state.withValue { state in
      state.claimed.remove(serials)
      guard isEnded else { return }
      if state.ended.count == mostEnded {
        state.ended.removeFirst()
      }
      state.ended.append(serials)
    }
  }
}
