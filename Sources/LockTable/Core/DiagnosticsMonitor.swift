internal import CLockTable

/// Inspects a table once each period, on a thread of its own, and calls the hooks.
///
/// The search for a deadlock begins once a wait has lasted for a while, as in databases, so no
/// acquisition pays for it.
final class DiagnosticsMonitor<Key: Hashable & Sendable>: Sendable {
  private struct State {
    let diagnostics: LockTableConfiguration.Diagnostics?
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
    /// The core tells of the next wait that begins.
    var isToBeTold = false
    /// Calls to make then.
    var atNextWait: [@Sendable () -> Void] = []
    /// Nothing is to be inspected until a wait begins.
    var isResting = false
    /// Calls that another table's monitor has left to the thread.
    var pending: [HookCall] = []
    var isListed = false

    func has(_ number: Int) -> Bool {
      slowWaits.contains { $0.number == number } || longHolds.contains { $0.number == number }
        || deadlocks.contains { $0.number == number }
    }

    /// Returns the calls for deadlocks that were found. `waits` are all that exist, if known.
    mutating func take(_ found: [SuspectedDeadlock<Key>], of waits: Set<UInt64>?) -> [HookCall] {
      suspectedDeadlocks += counting.take(found, of: waits).count
      return deadlocks.indices.flatMap { deadlocks[$0].take(found, of: waits) }
    }

    mutating func remove(where isMeant: (_ number: Int) -> Bool) {
      slowWaits.removeAll { isMeant($0.number) }
      longHolds.removeAll { isMeant($0.number) }
      deadlocks.removeAll { isMeant($0.number) }
      ticker?.setPeriod(period)
    }

    /// Whether somebody wants to know of deadlocks.
    var searches: Bool { !deadlocks.isEmpty || diagnostics?.onDeadlock == .failYoungest }

    /// Whether all that was reported has ended, and only waits are to be reported.
    var mayRest: Bool {
      (longHolds.isEmpty || diagnostics == nil) && pending.isEmpty
        && slowWaits.allSatisfy(\.reported.isEmpty)
    }

    /// What the shortest threshold needs. The thread sleeps while there is nothing to inspect.
    var period: Duration {
      var thresholds = slowWaits.map(\.threshold)
      if let diagnostics {
        thresholds += longHolds.map(\.threshold)
        thresholds += searches ? [diagnostics.deadlockDelay] : []
      }
      guard !isResting, let shortest = thresholds.min() else { return .forever }
      return shortest / 2
    }
  }

  let number = MonitoredTables.newNumber()
  /// Nil without diagnostics: then no hold has a record, and only waits can be inspected.
  private let diagnostics: LockTableConfiguration.Diagnostics?
  /// Handles for hooks keep it, but not what is in it: the hooks end with the table.
  private let state: Guarded<State>

  init(_ diagnostics: LockTableConfiguration.Diagnostics?) {
    self.diagnostics = diagnostics
    state = Guarded(State(diagnostics: diagnostics))
  }

  deinit {
    Self.empty(state) { _ in true }
    let ticker = state.withValue { $0.ticker.take() }
    withExtendedLifetime(ticker) {}
  }

  /// How many deadlocks were found since there is a hook for them.
  var suspectedDeadlocks: Int { state.withValue(\.suspectedDeadlocks) }

  /// Whether waits in the table may be failed to end a deadlock.
  var failsYoungest: Bool { diagnostics?.onDeadlock == .failYoungest }

  /// Whether the thread sleeps until a wait begins, for tests.
  var isResting: Bool { state.withValue(\.isResting) }

  /// Others may ask for the table from now on: its waits may be part of deadlocks, or it has hooks.
  /// Without hooks the thread is started when the first wait begins.
  func list(_ table: LockTable<Key>) {
    let isListed = state.withValue { state in
      defer { state.isListed = true }
      return state.isListed
    }
    guard !isListed else { return }
    MonitoredTables.add(table, number: number)
    if failsYoungest {
      table.core.tellNextWait()
    }
  }

  /// The table is about to end.
  func unlist() {
    if state.withValue(\.isListed) {
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
    list(table)
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

  /// Calls `body` once, when the next wait has begun, on the thread of the waiter, with no lock held.
  func atNextWait(in table: LockTable<Key>, _ body: @escaping @Sendable () -> Void) {
    state.withValue { $0.atNextWait.append(body) }
    list(table)
    table.core.tellNextWait()
  }

  /// A wait has begun, and the thread may be sleeping, or there is none yet.
  func waitBegan(in table: LockTable<Key>) {
    let calls = state.withValue { state in
      defer { state.atNextWait = [] }
      state.isToBeTold = false
      return state.atNextWait
    }
    start(for: table)
    if state.withValue(\.isRefused) {
      table.core.tellNextWait()
    }
    for call in calls {
      call()
    }
  }

  /// Starts the thread, or sets its period.
  private func start(for table: LockTable<Key>) {
    let isNewlyRefused = state.withValue { state in
      state.isResting = false
      if let ticker = state.ticker {
        ticker.setPeriod(state.period)
        return false
      }
      guard state.period < .forever else { return false }
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
    let (wantsHolds, searches, pending) = state.withValue { state in
      defer { state.pending = [] }
      return (!state.longHolds.isEmpty, state.searches, state.pending)
    }
    make(pending)
    let hasRecords = diagnostics != nil
    let snapshot = table.snapshot(waitedForOnly: !(wantsHolds && hasRecords))
    report(snapshot, of: table, to: \.slowWaits, areWaits: true)
    if hasRecords {
      report(snapshot, of: table, to: \.longHolds, areWaits: false)
    }
    if searches, let diagnostics {
      reportDeadlocks(in: snapshot, of: table, delay: diagnostics.deadlockDelay)
    }
    rest(after: snapshot, of: table)
  }

  /// Has the thread sleep until a wait begins, if there is nothing to inspect.
  ///
  /// This takes two inspections. After the first one the core is asked to tell of the next wait. A
  /// waiter that joins its queue later sees that. One that has joined before, and has not seen it,
  /// is seen by the second inspection.
  private func rest(after snapshot: LockTableSnapshot<Key>, of table: LockTable<Key>) {
    guard snapshot.isComplete, snapshot.keys.allSatisfy({ $0.waiterCount == 0 }) else { return }
    let isToAsk = state.withValue { state in
      guard state.mayRest else { return false }
      if state.isToBeTold {
        state.isResting = true
        state.ticker?.setPeriod(state.period)
        return false
      }
      state.isToBeTold = true
      return true
    }
    if isToAsk {
      table.core.tellNextWait()
    }
  }

  /// Another table's monitor has found a deadlock that waits of this table are part of.
  func note(_ deadlock: SuspectedDeadlock<Key>, in table: LockTable<Key>) {
    state.withValue { state in
      let calls = state.take([deadlock], of: nil)
      state.pending += calls
    }
    start(for: table)
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
    let confirmed = search.confirmed()
    // The others can't find it any more.
    for deadlock in confirmed where deadlock.failed != nil {
      var others = deadlock.waits.map(\.table).filter { $0 !== table }
      while let other = others.popLast() {
        others.removeAll { $0 === other }
        other.note(deadlock)
      }
    }
    let deadlocks = confirmed.map { SuspectedDeadlock($0, of: table) }
    make(state.withValue { $0.take(deadlocks, of: search.waits) })
  }
}

extension Duration {
  /// A period of this length does not end.
  fileprivate static var forever: Self { .seconds(Int64.max) }
}
