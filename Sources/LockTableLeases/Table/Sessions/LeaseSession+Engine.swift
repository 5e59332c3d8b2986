internal import LockTable

// How the engine is asked for a key, by the one caller of this process that has the local key.

/// The task that asks the engine, and what has become of its requests.
private final class Negotiation: ChildTask, @unchecked Sendable {
  // Sound to share: all that changes has a mutex, or is the parent's and the child's in turn.

  struct State {
    var grant: LeaseGrant?
    var isRefused = false
    var holder: LeaseOwner?
    /// What the engine answered last. Nil: nothing yet, or something else.
    var failure: LeaseStoreError?
    var isAsking = false
    /// Whether the engine may know the claim.
    var mayBeKnown: Bool
  }

  let state: Guarded<State>
  private var requests: (nonisolated(nonsending) (Negotiation) async -> Void)?

  init(
    isKnown: Bool, _ requests: nonisolated(nonsending) @escaping (Negotiation) async -> Void
  ) {
    state = Guarded(State(mayBeKnown: isKnown))
    self.requests = requests
  }

  override nonisolated(nonsending) func work() async {
    await requests.take()?(self)
  }
}

extension LeaseSession {
  /// Asks the engine until it grants the key. Nil if the call is an attempt and the key is held.
  ///
  /// All of it happens in a child task: the end of the time or of the session cancels that one.
  nonisolated(nonsending) func askEngine(
    _ slot: LeaseSlot, _ wait: LeaseWait
  ) async throws -> LeaseGrant? {
    let earlier = slot.takeRequest()
    let request = earlier ?? newRequest(slot)
    let negotiation = Negotiation(isKnown: earlier != nil) { negotiation in
      await self.negotiate(request, slot, wait, negotiation)
    }
    add(negotiation)
    let stopTimer = wait.due.map { due in
      context.clock.schedule(at: due) { negotiation.cancel() }
    }
    // Not on the caller's actor: the engine's answer need not wait for that one.
    await negotiation.run(isolation: nil)
    stopTimer?()
    remove(negotiation)
    return try result(
      of: negotiation.state.withValue { $0 }, request, slot, wait, isNew: earlier == nil)
  }

  private func newRequest(_ slot: LeaseSlot) -> LeaseSlot.Request {
    LeaseSlot.Request(
      claim: LeaseClaim(slot.name, owner: context.newOwner()), floor: context.largestEngineToken)
  }

  private func result(
    of state: Negotiation.State, _ request: LeaseSlot.Request, _ slot: LeaseSlot,
    _ wait: LeaseWait, isNew: Bool
  ) throws -> LeaseGrant? {
    // A grant that can't be used stays for the next caller, or is given back, and so does a place in
    // line. An attempt that was refused has none.
    let isCleanRefusal = wait.isAttempt && state.isRefused
    if state.grant == nil, state.mayBeKnown, !(isCleanRefusal && isNew) {
      slot.keep(request)
    }
    try Task.checkCancellation()
    guard isRunning else { throw notRunning(slot.key, wait) }
    if let grant = state.grant { return grant }
    if isCleanRefusal { return nil }
    throw LeaseError(
      reason(for: state), key: slot.key, namespace: context.namespace,
      waited: wait.waited(context.clock), limit: wait.limit, holder: state.holder,
      storeError: state.failure)
  }

  private func reason(for state: Negotiation.State) -> LeaseError.Reason {
    guard let failure = state.failure else {
      return state.isAsking && !state.isRefused ? .storeUnavailable : .timedOut
    }
    return failure.kind == .configuration ? .storeRefuses : .storeUnavailable
  }

  /// Asks again and again, always for the same owner.
  private nonisolated(nonsending) func negotiate(
    _ request: LeaseSlot.Request, _ slot: LeaseSlot, _ wait: LeaseWait, _ negotiation: Negotiation
  ) async {
    let clock = context.clock
    if !wait.isAttempt, let yield = slot.takeYield() {
      await slot.waitForChange(since: slot.changes, until: yield, clock)
    }
    while !Task.isCancelled {
      // What changes from here on is noticed: it may come before the answer does.
      let changes = slot.changes
      let sent = clock.time
      let pause: Duration
      do {
        negotiation.state.withValue { state in
          state.isAsking = true
          state.mayBeKnown = true
        }
        context.counters.requests.increase()
        let answer = try await context.store.acquire(
          request.claim, for: context.duration, waits: !wait.isAttempt)
        switch answer {
        case .granted(let token):
          if let grant = try grant(request, slot, token, sent: sent) {
            negotiation.state.withValue { $0.grant = grant }
            return
          }
          pause = .zero
        case .held(let obstacle):
          context.counters.refusals.increase()
          note(obstacle, negotiation)
          pause = pauseTime(obstacle)
        }
      } catch {
        note(error, negotiation)
        if error.kind == .configuration { return }
        pause = context.backOff()
      }
      guard !wait.isAttempt else { return }
      if pause > .zero {
        await slot.waitForChange(since: changes, until: clock.time + pause, clock)
      }
    }
  }

  /// When to ask again if nothing is heard.
  private func pauseTime(_ obstacle: LeaseObstacle) -> Duration {
    if let retryAfter = obstacle.retryAfter { return max(retryAfter, .milliseconds(1)) }
    let poll = context.configuration.pollInterval
    guard let remaining = obstacle.remaining else { return poll }
    return min(max(remaining, .zero) + .milliseconds(1), poll)
  }

  private func note(_ obstacle: LeaseObstacle, _ negotiation: Negotiation) {
    negotiation.state.withValue { state in
      state.isRefused = true
      state.isAsking = false
      state.holder = obstacle.owner
      state.failure = nil
    }
  }

  private func note(_ error: LeaseStoreError, _ negotiation: Negotiation) {
    guard error.kind != .cancelled else { return }
    negotiation.state.withValue { state in
      state.isAsking = false
      state.failure = error
    }
  }

  /// Makes a grant of a token. Nil if the answer came so late that the lease is not certain.
  private func grant(
    _ request: LeaseSlot.Request, _ slot: LeaseSlot, _ token: Int64, sent: Duration
  ) throws(LeaseStoreError) -> LeaseGrant? {
    guard token > request.floor, token < 1 << 57 else {
      throw LeaseStoreError(.configuration, Self.message(token, request.floor))
    }
    context.note(engineToken: token)
    context.counters.grants.increase()
    let grant = LeaseGrant(
      request.claim, key: slot.key, engineToken: token, sent: sent, context: context)
    guard grant.isCertain else { return nil }
    if slot.put(grant) {
      lose(grant, .taken)
    }
    if context.renews {
      renewals.ask(at: sent + context.third)
      deadlines.ask(at: sent + context.certainty)
    }
    return grant
  }

  private static func message(_ token: Int64, _ floor: Int64) -> String {
    token <= floor
      ? """
      the engine granted the token \(token) after \(floor), as a restored backup or a failover \
      does; raise its sequence above all tokens that were in use
      """
      : "the engine granted the token \(token), which is too large"
  }
}
