internal import CLockTable

/// Inspects a table once each period, on a thread of its own, and calls the hooks.
///
/// The search for a deadlock begins once a wait has lasted for a while, as in databases, so no
/// acquisition pays for it. A snapshot is not of one moment. So a cycle counts only if a second
/// snapshot shows it with the same waits and the same holds. Each of them lasted from the first
/// snapshot to the second, so at some moment all of them existed together.
final class DiagnosticsMonitor<Key: Hashable & Sendable>: Sendable {
  private struct State {
    var slowWaits: [Hook<SlowLockWait<Key>>] = []
    var longHolds: [Hook<LongLockHold<Key>>] = []
    var deadlocks: [DeadlockHook<Key>] = []
    var ticker: Ticker?
    /// Whether the system has refused the thread, and whether a sentence said so.
    var isRefused = false
    var isRefusalReported = false
  }

  private let deadlockDelay: Duration
  private let state = Guarded(State())

  init(deadlockDelay: Duration) {
    self.deadlockDelay = deadlockDelay
  }

  func onSlowWait(
    of table: LockTable<Key>, threshold: Duration,
    _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) {
    state.withValue { $0.slowWaits.append(Hook(threshold: threshold, body: body)) }
    start(for: table)
  }

  func onLongHold(
    of table: LockTable<Key>, threshold: Duration,
    _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) {
    state.withValue { $0.longHolds.append(Hook(threshold: threshold, body: body)) }
    start(for: table)
  }

  func onSuspectedDeadlock(
    of table: LockTable<Key>, _ body: @escaping @Sendable (SuspectedDeadlock<Key>) -> Void
  ) {
    state.withValue { $0.deadlocks.append(DeadlockHook(body: body)) }
    start(for: table)
  }

  /// Starts the thread, or sets its period to what the shortest threshold needs.
  private func start(for table: LockTable<Key>) {
    let isNewlyRefused = state.withValue { state in
      var thresholds = state.slowWaits.map(\.threshold) + state.longHolds.map(\.threshold)
      if !state.deadlocks.isEmpty {
        thresholds.append(deadlockDelay)
      }
      let period = (thresholds.min() ?? .seconds(1)) / 2
      if let ticker = state.ticker {
        ticker.setPeriod(period)
        return false
      }
      state.ticker = Ticker(period: period) { [weak table] in
        guard let table else { return }
        table.monitor?.inspect(table)
      }
      state.isRefused = state.ticker == nil
      defer { state.isRefusalReported = state.isRefusalReported || state.isRefused }
      return state.isRefused && !state.isRefusalReported
    }
    if isNewlyRefused {
      lt_warn(
        """
        the system refused the thread that inspects a table for its hooks; snapshot(), \
        statistics() and the next hook try again
        """)
    }
  }

  /// Starts the thread if there are hooks, and the system has refused it so far.
  func retry(for table: LockTable<Key>) {
    if state.withValue(\.isRefused) {
      start(for: table)
    }
  }

  private func inspect(_ table: LockTable<Key>) {
    let (wantsHolds, wantsDeadlocks) = state.withValue {
      (!$0.longHolds.isEmpty, !$0.deadlocks.isEmpty)
    }
    let snapshot = table.snapshot(waitedForOnly: !wantsHolds)
    let waits = snapshot.keys.flatMap { entry in
      entry.waiters.map { (participant: $0, event: SlowLockWait(key: entry, waiter: $0)) }
    }
    report(waits, areAll: snapshot.isComplete, to: \.slowWaits)
    let holds = snapshot.keys.flatMap { entry in
      entry.holders.map { (participant: $0, event: LongLockHold(key: entry, holder: $0)) }
    }
    report(holds, areAll: snapshot.isComplete, to: \.longHolds)
    if wantsDeadlocks {
      reportDeadlocks(in: snapshot, of: table)
    }
  }

  /// Calls the hooks for the candidates that were not reported to them before. `areAll`: a wait or
  /// hold that is not a candidate has ended.
  private func report<Event: Sendable>(
    _ candidates: [(participant: LockParticipant, event: Event)], areAll: Bool,
    to hooks: WritableKeyPath<State, [Hook<Event>]>
  ) {
    let calls = state.withValue { state in
      state[keyPath: hooks].indices.flatMap {
        state[keyPath: hooks][$0].take(candidates, areAll: areAll)
      }
    }
    calls.forEach { $0() }
  }

  private func reportDeadlocks(in snapshot: LockTableSnapshot<Key>, of table: LockTable<Key>) {
    let suspects = WaitGraph(snapshot, delay: deadlockDelay).cycles()
    let second = suspects.isEmpty ? nil : table.snapshot(waitedForOnly: true)
    let stillThere = second.map { Set(WaitGraph($0, delay: .zero).allEdges) } ?? []
    let waits = Set(stillThere.compactMap(\.first))
    let areAll = snapshot.isComplete && second?.isComplete != false
    let confirmed = suspects.filter { $0.edges.isSubset(of: stillThere) }
    let calls = state.withValue { state in
      state.deadlocks.indices.flatMap {
        state.deadlocks[$0].take(confirmed, of: areAll ? waits : nil)
      }
    }
    calls.forEach { $0() }
  }
}

/// A hook for slow waits or long holds.
private struct Hook<Event: Sendable> {
  let threshold: Duration
  let body: @Sendable (Event) -> Void
  /// The serial numbers of the waits or holds that were reported and have not ended.
  var reported: Set<UInt64> = []

  /// Returns the calls to make for candidates that are over the threshold and were not reported
  /// before. `areAll`: a wait or hold that is not a candidate has ended.
  mutating func take(
    _ candidates: [(participant: LockParticipant, event: Event)], areAll: Bool
  ) -> [@Sendable () -> Void] {
    let long = candidates.filter {
      ($0.participant.duration ?? .zero) >= threshold && $0.participant.serial != 0
    }
    let fresh = long.filter { !reported.contains($0.participant.serial) }
    reported = (areAll ? [] : reported).union(long.map(\.participant.serial))
    return fresh.map { candidate in { [body] in body(candidate.event) } }
  }
}

/// A hook for deadlocks.
private struct DeadlockHook<Key: Hashable & Sendable>: Sendable {
  let body: @Sendable (SuspectedDeadlock<Key>) -> Void
  /// The identities of the deadlocks that were reported and have not ended.
  var reported: Set<Set<UInt64>> = []

  /// Returns the calls to make for deadlocks that were not reported before. `waits` are all waits
  /// that exist, or nil if they are unknown.
  mutating func take(
    _ deadlocks: [SuspectedDeadlock<Key>], of waits: Set<UInt64>?
  ) -> [@Sendable () -> Void] {
    // Where waits form several cycles, each search may find another one: a report lasts as long as
    // its waits.
    if let waits {
      reported = reported.filter { $0.isSubset(of: waits) }
    }
    let fresh = deadlocks.filter { reported.insert($0.identity).inserted }
    return fresh.map { deadlock in { [body] in body(deadlock) } }
  }
}
