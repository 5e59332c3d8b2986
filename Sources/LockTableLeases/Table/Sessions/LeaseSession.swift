internal import LockTable
internal import Synchronization

/// What a table has of its keys, from one call of `run()` to its end.
final class LeaseSession<Key: LockKey>: Sendable {
  let context: LeaseContext
  /// The table in front: its keys are held or waited for by callers of this process.
  let locks: LockTable<Key>
  let renewals = Waker()
  let deadlines = Waker()
  private let keyText: (@Sendable (Key) -> String)?
  private let state = Guarded(LeaseSessionState<Key>())
  private let runs = Atomic(false)

  init(_ context: LeaseContext, keyText: (@Sendable (Key) -> String)?) {
    self.context = context
    self.keyText = keyText
    locks = LockTable(
      name: context.namespace,
      configuration: LockTableConfiguration(
        fairness: context.fairness,
        maximumWaitersPerKey: context.configuration.maximumWaitersPerKey,
        diagnostics: context.configuration.diagnostics, clock: context.configuration.clock))
  }
}

// The keys in use.

extension LeaseSession {
  /// Notes that one more caller wants the key. Nil if the session does not run.
  func enter(_ key: Key, _ wait: LeaseWait) throws(LeaseError) -> LeaseSlot? {
    // The way of a key that is in use makes no name.
    if let slot = state.withValue({ $0.enter(key) }) { return slot }
    guard let name = name(of: key) else { throw tooLong(key, wait) }
    let slot = LeaseSlot(name, key: name.key)
    return state.withValue { $0.enter(key, slot) }
  }

  /// Notes that a caller does not want the key any more. Returns whether it was the last one.
  func leave(_ key: Key, _ slot: LeaseSlot) -> Bool {
    let (isLast, idle) = state.withValue { state in
      let isLast = state.leave(key, slot)
      return (isLast, state.takeIdleWaiter())
    }
    idle?.end(.signalled)
    return isLast
  }

  /// The same. What the last caller leaves behind is given back in the background.
  func leaveForGood(_ key: Key, _ slot: LeaseSlot) {
    guard leave(key, slot) else { return }
    clear(slot)
  }

  /// Gives back what was kept of a key that nobody wants, in the background.
  func clear(_ slot: LeaseSlot) {
    if let grant = slot.takeGrant() {
      _ = grant.giveUp()
      giveBackLost(grant)
    }
    if let request = slot.takeRequest() {
      releaseInBackground(request.claim)
    }
  }

  /// The slots whose name the engine has told of.
  func slots(of name: LeaseName) -> [LeaseSlot] {
    guard name.namespace == context.escapedNamespace else { return [] }
    return state.withValue { state in
      Array(
        sequence(first: state.names[name.key]) { $0?.next }.prefix { $0 != nil }.compactMap(\.self))
    }
  }

  var allSlots: [LeaseSlot] { state.withValue { Array($0.slots.values) } }

  /// The number of keys that callers of this process want or have.
  var count: Int { state.withValue { $0.slots.count } }

  /// How many callers want or have a key.
  var interest: Int { state.withValue { $0.interest } }

  var isEmpty: Bool { state.withValue { $0.isIdle } }

  func name(of key: Key) -> LeaseName? {
    keyText.map { LeaseName(namespace: context.namespace, keyText: $0(key)) }
      ?? LeaseName(namespace: context.namespace, key: key)
  }

  func tooLong(_ key: Key, _ wait: LeaseWait) -> LeaseError {
    LeaseError(.keyTooLong, key: words(for: key), namespace: context.namespace, limit: wait.limit)
  }

  /// The key for people, on one line.
  func words(for key: Key) -> String {
    LockTableError(.timedOut, key: key).key
  }
}

// The phases.

extension LeaseSession {
  var phase: LeaseSessionPhase { state.withValue { $0.phase } }

  /// The same as ``phase`` says, for less.
  var isRunning: Bool { runs.load(ordering: .acquiring) }

  /// Begins the session. Returns false if it began before.
  func begin() -> Bool {
    let starts = state.withValue { state -> [Pause]? in
      guard case .isToBegin = state.phase else { return nil }
      state.phase = .runs
      runs.store(true, ordering: .releasing)
      return state.takeStarts()
    }
    for start in starts ?? [] {
      start.end(.signalled)
    }
    return starts != nil
  }

  /// Lets in nobody any more, and ends all waits.
  func close(_ failure: LeaseStoreError?) {
    let requests = state.withValue { state -> [ChildTask] in
      state.phase = .isEnding
      runs.store(false, ordering: .releasing)
      state.failure = failure
      return Array(state.requests.values)
    }
    locks.close()
    for request in requests {
      request.cancel()
    }
  }

  func end() {
    state.withValue { $0.phase = .ended }
  }

  /// Waits until the session runs. Throws if it does not in time, or does not any more.
  nonisolated(nonsending) func waitForStart(_ key: Key, _ wait: LeaseWait) async throws {
    let start = Pause()
    let isToBegin = state.withValue { state in
      guard case .isToBegin = state.phase, !wait.isAttempt else { return false }
      state.starts[ObjectIdentifier(start)] = start
      return true
    }
    if isToBegin {
      let latest = context.clock.time + context.configuration.startTimeout
      let end = await context.clock.wait(
        for: start, until: wait.due.map { min($0, latest) } ?? latest)
      _ = state.withValue { $0.starts.removeValue(forKey: ObjectIdentifier(start)) }
      if end == .cancelled { throw CancellationError() }
    }
    guard isRunning else { throw notRunning(words(for: key), wait) }
  }

  func notRunning(_ key: String, _ wait: LeaseWait) -> LeaseError {
    LeaseError(
      .notRunning, key: key, namespace: context.namespace, waited: wait.waited(context.clock),
      limit: wait.limit, storeError: state.withValue { $0.failure })
  }

  /// Waits until nobody has interest in a key and nothing is being given back, or just the latter, but
  /// not longer than until `due`. Returns whether that is so.
  nonisolated(nonsending) func waitUntilIdle(
    until due: Duration, ignoringInterest: Bool = false
  ) async -> Bool {
    let pause = Pause()
    let isIdle = state.withValue { state in
      state.idleWaiter = pause
      state.idleIgnoresInterest = ignoringInterest
      return state.takeIdleWaiter() != nil
    }
    guard !isIdle else { return true }
    return await context.clock.wait(for: pause, until: due, cancellably: false) == .signalled
  }

  /// The error of a call that was not to wait.
  func notAvailable(_ key: Key?, _ wait: LeaseWait) -> LeaseError {
    context.counters.timeouts.increase()
    return LeaseError(
      .timedOut, key: key.map(words) ?? "a key", namespace: context.namespace, limit: wait.limit)
  }
}

// The tasks.

extension LeaseSession {
  /// Notes a task that asks the engine. It is cancelled at once if the session is over.
  func add(_ request: ChildTask) {
    let runs = state.withValue { state in
      guard case .runs = state.phase else { return false }
      state.requests[ObjectIdentifier(request)] = request
      return true
    }
    if !runs {
      request.cancel()
    }
  }

  func remove(_ request: ChildTask) {
    _ = state.withValue { $0.requests.removeValue(forKey: ObjectIdentifier(request)) }
  }

  /// Waits before something is tried once more: until `due`, or until the engine can be reached again.
  /// Does not look at the cancellation of the task.
  nonisolated(nonsending) func waitBeforeRetry(until due: Duration) async {
    let pause = Pause()
    state.withValue { $0.retries[ObjectIdentifier(pause)] = pause }
    _ = await context.clock.wait(for: pause, until: due, cancellably: false)
    state.withValue { $0.retries[ObjectIdentifier(pause)] = nil }
  }

  func retry() {
    for pause in state.withValue({ Array($0.retries.values) }) {
      pause.end(.signalled)
    }
  }

  /// Runs what nobody waits for, except for the end of `run()`.
  func inBackground(_ operation: @escaping @Sendable () async -> Void) {
    state.withValue { $0.backgroundTasks += 1 }
    context.spawn { [self] in
      await operation()
      let idle = state.withValue { state in
        state.backgroundTasks -= 1
        return state.takeIdleWaiter()
      }
      idle?.end(.signalled)
    }
  }
}
