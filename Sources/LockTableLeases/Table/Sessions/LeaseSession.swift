internal import LockTable
internal import Synchronization

/// What a table has from one call of `run()` to its end, whatever the type of its keys: ``LeaseKeys``
/// has what depends on that. (What does not is not generic, as that costs as much as it does.)
final class LeaseSession: Sendable {
  let context: LeaseContext
  let renewals = Waker()
  let deadlines = Waker()
  private let state = Guarded(LeaseSessionState())
  private let runs = Atomic(false)
  /// Closes the table in front.
  private let closeLocks: @Sendable () -> Void

  init(_ context: LeaseContext, closeLocks: @escaping @Sendable () -> Void) {
    self.context = context
    self.closeLocks = closeLocks
  }
}

// The keys in use.

extension LeaseSession {
  /// Notes that one more caller wants a key that is in use. Returns false if the session does not run.
  func enter(_ slot: LeaseSlot) -> Bool { state.withValue { $0.enter(slot) } }

  /// Notes that a caller wants a key that is not in use. Returns false if the session does not run.
  func add(_ slot: LeaseSlot) -> Bool { state.withValue { $0.add(slot) } }

  /// Notes that a caller does not want the key any more. Returns whether it was the last one, which has
  /// to give back what there is by ``clear(_:)``.
  func leave(_ slot: LeaseSlot) -> Bool {
    !slot.leaveToOthers() && slot.leaveLast(slot)
  }

  /// The same for a caller that keeps newcomers out.
  func leaveOrRemove(_ slot: LeaseSlot) -> Bool { state.withValue { $0.leaveOrRemove(slot) } }

  /// The same. What the last caller leaves behind is given back in the background.
  func leaveForGood(_ slot: LeaseSlot) {
    guard leave(slot) else { return }
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
    hasGivenBack()
  }

  private func hasGivenBack() {
    let idle = state.withValue { state in
      state.givingBack -= 1
      return state.takeIdleWaiter()
    }
    idle?.end(.signalled)
  }

  /// The slots whose name the engine has told of.
  func slots(of name: LeaseName) -> [LeaseSlot] {
    guard name.namespace == context.escapedNamespace else { return [] }
    return state.withValue { $0.names[name.key].map { Array($0.chain) } ?? [] }
  }

  var allSlots: [LeaseSlot] { state.withValue { $0.allSlots } }

  /// How many callers want or have a key.
  var interest: Int { allSlots.reduce(0) { $0 + $1.interest.load(ordering: .relaxed) } }

  var isEmpty: Bool { state.withValue { $0.isIdle } }
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
    closeLocks()
    for request in requests {
      request.cancel()
    }
  }

  func end() {
    state.withValue { $0.phase = .ended }
  }

  /// Waits until the session has begun, if it is to. Throws if the caller is cancelled meanwhile.
  nonisolated(nonsending) func waitForStart(_ wait: LeaseWait) async throws {
    let start = Pause()
    let isToBegin = state.withValue { state in
      guard case .isToBegin = state.phase, !wait.isAttempt else { return false }
      state.starts[ObjectIdentifier(start)] = start
      return true
    }
    guard isToBegin else { return }
    let latest = context.clock.time + context.configuration.startTimeout
    let end = await context.clock.wait(
      for: start, until: wait.due.map { min($0, latest) } ?? latest)
    _ = state.withValue { $0.starts.removeValue(forKey: ObjectIdentifier(start)) }
    if end == .cancelled { throw CancellationError() }
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
    state.withValue { $0.givingBack += 1 }
    context.spawn { [self] in
      await operation()
      hasGivenBack()
    }
  }
}
