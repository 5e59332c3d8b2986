internal import LockTable

// How a thread acquires a key. It parks in the table in front, as any thread does. What the engine is
// asked is asked by a task, for which it parks as well.

extension LeaseKeys {
  /// Acquires the key. Nil if it is not available and the call is an attempt.
  func acquireBlocking(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite
  ) throws(LeaseError) -> LeaseHold? {
    let slot: LeaseSlot
    do throws(LeaseError) {
      slot = try enterBlocking(key, wait)
    } catch {
      session.count(error)
      throw error
    }
    do throws(LeaseError) {
      guard let local = try lockBlocking(key, slot, wait, site),
        let hold = try session.holdBlocking(slot, wait, local)
      else {
        session.leaveForGood(slot)
        return nil
      }
      return hold
    } catch {
      session.leaveForGood(slot)
      session.count(error)
      throw error
    }
  }

  private func enterBlocking(_ key: Key, _ wait: LeaseWait) throws(LeaseError) -> LeaseSlot {
    if let slot = try enter(key, wait) { return slot }
    if !wait.isAttempt {
      context.block { [self] in
        try? await waitForStart(key, wait)
      }
    }
    guard let slot = try enter(key, wait) else { throw notRunning(key, wait) }
    return slot
  }

  private func lockBlocking(
    _ key: Key, _ slot: LeaseSlot, _ wait: LeaseWait, _ site: CallSite
  ) throws(LeaseError) -> LockOwner? {
    if wait.isAttempt {
      guard let local = locks.acquireIfAvailable(key, file: site.file, line: site.line) else {
        return nil
      }
      return LockOwner(local)
    }
    // The form without a limit would go on after the end of the session.
    let timeout = wait.due.map { $0 - context.clock.time } ?? LeaseWait.longest
    do throws(LockTableError) {
      return LockOwner(
        try locks.acquire(key, timeout: timeout, file: site.file, line: site.line))
    } catch {
      throw session.leaseError(error, slot, wait)
    }
  }
}

extension LeaseSession {
  fileprivate func holdBlocking(
    _ slot: LeaseSlot, _ wait: LeaseWait, _ local: LockOwner
  ) throws(LeaseError) -> LeaseHold? {
    if let hold = takeOver(slot, local, nil) { return hold }
    let answer = context.block { [self] () async -> Result<LeaseHold?, LeaseError> in
      do {
        return .success(try await askForHold(slot, wait, local, nil))
      } catch {
        // Nobody cancels this task.
        return .failure(error as? LeaseError ?? notRunning(slot.key, wait))
      }
    }
    return try answer.get()
  }
}
