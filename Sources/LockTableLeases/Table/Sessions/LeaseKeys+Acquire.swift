internal import LockTable

// How a key is acquired: first here, then at the engine.

extension LeaseKeys {
  /// Acquires the key, and has `body` cancelled with its loss. Nil if it is not available and the call
  /// is an attempt.
  ///
  /// Each asynchronous call costs about as much as a look-up. So the way of a lease that is handed on
  /// has one, which is that of the table in front.
  @usableFromInline
  nonisolated(nonsending) func acquire(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite, for body: ChildTask?
  ) async throws -> LeaseHold? {
    let slot: LeaseSlot
    do {
      if let known = try enter(key, wait) {
        slot = known
      } else {
        slot = try await enterWhenRunning(key, wait)
      }
    } catch {
      session.count(error)
      throw error
    }
    do {
      if wait.isAttempt || wait.due != nil {
        return try await acquireLimited(key, slot, wait, site, body)
      }
      let local = LockOwner(try await locks.acquire(key, file: site.file, line: site.line))
      if let hold = session.takeOver(slot, local, body) { return hold }
      return try await session.askForHold(slot, wait, local, body)
    } catch {
      throw session.leave(slot, wait, error)
    }
  }

  private nonisolated(nonsending) func enterWhenRunning(
    _ key: Key, _ wait: LeaseWait
  ) async throws -> LeaseSlot {
    try await waitForStart(key, wait)
    guard let slot = try enter(key, wait) else { throw notRunning(key, wait) }
    return slot
  }

  private nonisolated(nonsending) func acquireLimited(
    _ key: Key, _ slot: LeaseSlot, _ wait: LeaseWait, _ site: CallSite, _ body: ChildTask?
  ) async throws -> LeaseHold? {
    let local: LockOwner
    if let due = wait.due {
      local = LockOwner(
        try await locks.acquire(
          key, timeout: due - context.clock.time, file: site.file, line: site.line))
    } else if let held = locks.acquireIfAvailable(key, file: site.file, line: site.line) {
      local = LockOwner(held)
    } else {
      session.leaveForGood(slot)
      return nil
    }
    if let hold = session.takeOver(slot, local, body) { return hold }
    let hold = try await session.askForHold(slot, wait, local, body)
    if hold == nil {
      session.leaveForGood(slot)
    }
    return hold
  }
}

extension LeaseSession {
  /// Leaves, and returns the error for the caller.
  func leave(
    _ slot: LeaseSlot, _ wait: LeaseWait, _ error: any Error
  ) -> any Error {
    let error = (error as? LockTableError).map { leaseError($0, slot, wait) } ?? error
    leaveForGood(slot)
    count(error)
    return error
  }

  /// Asks the engine for the key. The caller has the local key, and the hold has it afterwards.
  nonisolated(nonsending) func askForHold(
    _ slot: LeaseSlot, _ wait: LeaseWait, _ local: LockOwner, _ body: ChildTask?
  ) async throws -> LeaseHold? {
    do {
      while let grant = try await askEngine(slot, wait) {
        if let hold = begin(grant, slot, local, body) { return hold }
      }
      local.release()
      return nil
    } catch {
      local.release()
      throw error
    }
  }

  /// Takes over what the last holder has left, if that can still be had.
  func takeOver(_ slot: LeaseSlot, _ local: LockOwner, _ body: ChildTask?) -> LeaseHold? {
    guard let grant = slot.grantOfHolder else { return nil }
    return begin(grant, slot, local, body)
  }

  /// Begins a hold. Nil: nobody can hold the grant, which is given back. This process stood still for
  /// so long that the lease is not certain any more, or it was lost.
  private func begin(
    _ grant: LeaseGrant, _ slot: LeaseSlot, _ local: LockOwner, _ body: ChildTask?
  ) -> LeaseHold? {
    guard let number = grant.begin(for: body) else {
      slot.grant = nil
      _ = grant.giveUp()
      giveBackLost(grant)
      return nil
    }
    return LeaseHold(slot, grant, number: number, local: local)
  }

  func leaseError(
    _ error: LockTableError, _ slot: LeaseSlot, _ wait: LeaseWait
  ) -> LeaseError {
    let reason: LeaseError.Reason
    switch error.reason {
    case .timedOut: reason = .timedOut
    case .tooManyWaiters: reason = .tooManyWaiters
    case .closed: return notRunning(slot.key, wait)
    case .deadlock, .noTimer, .exceedsCapacity: reason = .storeUnavailable
    }
    return LeaseError(
      reason, key: slot.key, namespace: context.namespace,
      waited: wait.waited(context.clock), limit: wait.limit, holder: slot.grant?.claim.owner,
      storeError: reason == .storeUnavailable ? LeaseStoreError(.transient, error.description) : nil
    )
  }

  func count(_ error: any Error) {
    let counters = context.counters
    switch (error as? LeaseError)?.reason {
    case .timedOut: counters.timeouts.increase()
    case nil: counters.cancellations.increase()
    default: counters.failures.increase()
    }
  }
}

/// Where a call is in the program, for the diagnostics of the table in front.
@usableFromInline
struct CallSite: Sendable {
  let file: StaticString
  let line: UInt

  @usableFromInline
  init(file: StaticString, line: UInt) {
    self.file = file
    self.line = line
  }
}
