import LockTable

/// What an engine has to report to one process. Changes are delivered one at a time, in the order in
/// which they happened, by whichever thread comes along.
final class MemoryLeaseReports: Sendable {
  private struct State {
    var changes: [LeaseStoreChange] = []
    var isDelivering = false
    var hasEnded = false
  }

  private let report: @Sendable (LeaseStoreChange) -> Void
  private let state = Guarded(State())

  init(_ report: @escaping @Sendable (LeaseStoreChange) -> Void) {
    self.report = report
  }

  /// To be called under the engine's mutex, which puts the changes in order.
  func enqueue(_ change: LeaseStoreChange) {
    state.withValue { state in
      if !state.hasEnded {
        state.changes.append(change)
      }
    }
  }

  /// To be called with no lock held.
  func deliver() {
    let isFree = state.withValue { state in
      defer { state.isDelivering = true }
      return !state.isDelivering
    }
    guard isFree else { return }
    while let change = next() {
      report(change)
    }
  }

  /// Drops what is not delivered yet.
  func end() {
    state.withValue { state in
      state.hasEnded = true
      state.changes = []
    }
  }

  private func next() -> LeaseStoreChange? {
    state.withValue { state in
      guard !state.changes.isEmpty else {
        state.isDelivering = false
        return nil
      }
      return state.changes.removeFirst()
    }
  }
}
