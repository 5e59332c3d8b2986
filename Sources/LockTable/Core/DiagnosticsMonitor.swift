internal import CLockTable

/// Inspects a table once each period, on a thread of its own, and calls the hooks.
///
/// The search for a deadlock begins once a wait has lasted for a while, as in databases, so no
/// acquisition pays for it.
final class DiagnosticsMonitor<Key: Hashable & Sendable>: Sendable {
  private struct State {
    let deadlockDelay: Duration?
    var slowWaits: [Hook<SlowLockWait<Key>>] = []
    var longHolds: [Hook<LongLockHold<Key>>] = []
    var deadlocks: [DeadlockHook<Key>] = []
    /// How many hooks there have been.
    var hookCount = 0
    /// Counts each deadlock once, however many hooks there are.
    var counting = DeadlockHook<Key>(number: 0) { _ in }
    var suspectedDeadlocks = 0
    var ticker: Ticker?
    /// Whether the system has refused the thread, and whether a sentence said so.
    var isRefused = false
    var isRefusalReported = false

    func has(_ number: Int) -> Bool {
      slowWaits.contains { $0.number == number } || longHolds.contains { $0.number == number }
        || deadlocks.contains { $0.number == number }
    }

    mutating func remove(where isMeant: (_ number: Int) -> Bool) {
      slowWaits.removeAll { isMeant($0.number) }
      longHolds.removeAll { isMeant($0.number) }
      deadlocks.removeAll { isMeant($0.number) }
      ticker?.setPeriod(period)
    }

    /// What the shortest threshold needs. Without hooks the thread sleeps until there is one.
    var period: Duration {
      var thresholds = slowWaits.map(\.threshold)
      if let deadlockDelay {
        thresholds += longHolds.map(\.threshold)
        thresholds += deadlocks.isEmpty ? [] : [deadlockDelay]
      }
      return thresholds.min().map { $0 / 2 } ?? .seconds(Int64.max)
    }
  }

  private let number = MonitoredTables.newNumber()
  /// Nil without diagnostics: then no hold has a record, and only waits can be inspected.
  private let deadlockDelay: Duration?
  /// Handles for hooks keep it, but not what is in it: the hooks end with the table.
  private let state: Guarded<State>

  init(deadlockDelay: Duration?) {
    self.deadlockDelay = deadlockDelay
    state = Guarded(State(deadlockDelay: deadlockDelay))
  }

  deinit {
    Self.empty(state) { _ in true }
    let ticker = state.withValue { $0.ticker.take() }
    withExtendedLifetime(ticker) {}
  }

  /// How many deadlocks were found since there is a hook for them.
  var suspectedDeadlocks: Int { state.withValue(\.suspectedDeadlocks) }

  /// The waits of the table may be part of deadlocks from now on. Needs diagnostics.
  func list(_ table: LockTable<Key>) {
    MonitoredTables.add(table, number: number)
  }

  /// The table is about to end.
  func unlist() {
    if deadlockDelay != nil {
      MonitoredTables.remove(number)
    }
  }

  func onSlowWait(
    of table: LockTable<Key>, threshold: Duration,
    _ body: @escaping @Sendable (SlowLockWait<Key>) -> Void
  ) -> LockHook {
    add(to: table) { $0.slowWaits.append(Hook(number: $1, threshold: threshold, body: body)) }
  }

  func onLongHold(
    of table: LockTable<Key>, threshold: Duration,
    _ body: @escaping @Sendable (LongLockHold<Key>) -> Void
  ) -> LockHook {
    add(to: table) { $0.longHolds.append(Hook(number: $1, threshold: threshold, body: body)) }
  }

  func onSuspectedDeadlock(
    of table: LockTable<Key>, _ body: @escaping @Sendable (SuspectedDeadlock<Key>) -> Void
  ) -> LockHook {
    add(to: table) { $0.deadlocks.append(DeadlockHook(number: $1, body: body)) }
  }

  private func add(
    to table: LockTable<Key>, _ append: (inout State, _ number: Int) -> Void
  ) -> LockHook {
    let number = state.withValue { state in
      state.hookCount += 1
      append(&state, state.hookCount)
      return state.hookCount
    }
    start(for: table)
    return LockHook { [state] in Self.empty(state) { $0 == number } }
  }

  /// Removes hooks. What only they refer to ends here, or after the call in progress, with no lock
  /// held, as users' code does.
  private static func empty(_ state: Guarded<State>, where isMeant: (_ number: Int) -> Bool) {
    let former = state.withValue { state in
      let former = state
      state.remove(where: isMeant)
      return former
    }
    withExtendedLifetime(former) {}
  }

  /// Starts the thread, or sets its period.
  private func start(for table: LockTable<Key>) {
    let isNewlyRefused = state.withValue { state in
      if let ticker = state.ticker {
        ticker.setPeriod(state.period)
        return false
      }
      guard state.period < .seconds(Int64.max) else { return false }
      state.ticker = Ticker(period: state.period) { [weak table] in
        guard let table else { return }
        table.monitor.inspect(table)
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
    let hasRecords = deadlockDelay != nil
    let snapshot = table.snapshot(waitedForOnly: !(wantsHolds && hasRecords))
    report(snapshot, of: table, to: \.slowWaits, areWaits: true)
    if hasRecords {
      report(snapshot, of: table, to: \.longHolds, areWaits: false)
    }
    if wantsDeadlocks, let deadlockDelay {
      reportDeadlocks(in: snapshot, of: table, delay: deadlockDelay)
    }
  }

  /// Calls the hooks for what was not reported to them before, and for the end of what was.
  private func report<Event: HookEvent>(
    _ snapshot: LockTableSnapshot<Key>, of table: LockTable<Key>,
    to hooks: WritableKeyPath<State, [Hook<Event>]>, areWaits: Bool
  ) where Event.Key == Key {
    // What was reported is kept until the end of this call: keys end with no lock held.
    let former = state.withValue { $0[keyPath: hooks].map(\.reported) }
    guard !former.isEmpty else { return }
    let seen = Sighting<Event>.all(in: snapshot)
    let missing = Set(former.flatMap(\.keys)).subtracting(seen.map(\.identity))
    let ends = missing.isEmpty ? [:] : table.ends(of: missing, areWaits: areWaits)
    let calls = state.withValue { state in
      state[keyPath: hooks].indices.flatMap { state[keyPath: hooks][$0].take(seen, ends: ends) }
    }
    make(calls)
    withExtendedLifetime(former) {}
  }

  /// A call may remove the hooks of those that follow.
  private func make(_ calls: [HookCall]) {
    for call in calls where state.withValue({ $0.has(call.number) }) {
      call.body()
    }
  }

  private func reportDeadlocks(
    in snapshot: LockTableSnapshot<Key>, of table: LockTable<Key>, delay: Duration
  ) {
    let search = DeadlockSearch(
      own: WaitedKeys(snapshot, of: table), number: number, delay: delay)
    let deadlocks = search.confirmed().map { search.deadlock(of: $0, in: snapshot) }
    let calls = state.withValue { state in
      state.suspectedDeadlocks += state.counting.take(deadlocks, of: search.waits).count
      return state.deadlocks.indices.flatMap {
        state.deadlocks[$0].take(deadlocks, of: search.waits)
      }
    }
    make(calls)
  }
}
