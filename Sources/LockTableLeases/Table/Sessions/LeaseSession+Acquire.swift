internal import LockTable

// How a key is acquired: first here, then at the engine.

extension LeaseSession {
  /// Acquires the key. Nil if it is not available and the call is an attempt.
  nonisolated(nonsending) func acquire(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite
  ) async throws -> LeaseHold<Key>? {
    let slot = try await enterWhenRunning(key, wait)
    do {
      guard let local = try await lock(key, slot, wait, site),
        let hold = try await hold(key, slot, wait, local)
      else {
        leaveForGood(key, slot)
        return nil
      }
      return hold
    } catch {
      leaveForGood(key, slot)
      count(error)
      throw error
    }
  }

  nonisolated(nonsending) func enterWhenRunning(
    _ key: Key, _ wait: LeaseWait
  ) async throws -> LeaseSlot {
    if let slot = try enter(key, wait) { return slot }
    try await waitForStart(key, wait)
    guard let slot = try enter(key, wait) else { throw notRunning(words(for: key), wait) }
    return slot
  }

  /// Acquires the key in the table in front.
  private nonisolated(nonsending) func lock(
    _ key: Key, _ slot: LeaseSlot, _ wait: LeaseWait, _ site: CallSite
  ) async throws -> LockOwner? {
    if wait.isAttempt {
      guard let local = locks.acquireIfAvailable(key, file: site.file, line: site.line) else {
        return nil
      }
      return LockOwner(local)
    }
    do {
      guard let due = wait.due else {
        return LockOwner(try await locks.acquire(key, file: site.file, line: site.line))
      }
      return LockOwner(
        try await locks.acquire(
          key, timeout: due - context.clock.time, file: site.file, line: site.line))
    } catch let error as LockTableError {
      throw leaseError(error, slot, wait)
    }
  }

  /// Takes over the grant that the last holder has left, or asks the engine for one. The caller has
  /// the local key, and the hold has it afterwards.
  private nonisolated(nonsending) func hold(
    _ key: Key, _ slot: LeaseSlot, _ wait: LeaseWait, _ local: LockOwner
  ) async throws -> LeaseHold<Key>? {
    if let hold = takeOver(key, slot, local) { return hold }
    do {
      while let grant = try await askEngine(slot, wait) {
        if let number = grant.begin() {
          return LeaseHold(self, key, slot, grant, number: number, local: local)
        }
        dropLate(grant, slot)
      }
      local.release()
      return nil
    } catch {
      local.release()
      throw error
    }
  }

  /// Gives back a grant that nobody can hold: this process stood still for so long that the lease is
  /// not certain any more, or it was lost.
  func dropLate(_ grant: LeaseGrant, _ slot: LeaseSlot) {
    slot.grant = nil
    _ = grant.giveUp()
    giveBackLost(grant)
  }

  /// Takes over what the last holder has left, if that can still be had.
  func takeOver(_ key: Key, _ slot: LeaseSlot, _ local: LockOwner) -> LeaseHold<Key>? {
    guard let grant = slot.grant else { return nil }
    guard let number = grant.begin() else {
      dropLate(grant, slot)
      return nil
    }
    if number > 0 {
      context.counters.handOffs.increase()
    }
    return LeaseHold(self, key, slot, grant, number: number, local: local)
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
struct CallSite: Sendable {
  let file: StaticString
  let line: UInt
}
