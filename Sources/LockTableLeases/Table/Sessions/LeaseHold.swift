internal import LockTable
internal import Synchronization

/// A key that a caller of this process holds, here and at the engine.
final class LeaseHold<Key: LockKey>: Sendable {
  let session: LeaseSession<Key>
  let key: Key
  let slot: LeaseSlot
  let grant: LeaseGrant
  let number: Int
  /// The key in the table in front.
  let local: LockOwner
  private let isOver = Atomic(false)

  init(
    _ session: LeaseSession<Key>, _ key: Key, _ slot: LeaseSlot, _ grant: LeaseGrant, number: Int,
    local: LockOwner
  ) {
    self.session = session
    self.key = key
    self.slot = slot
    self.grant = grant
    self.number = number
    self.local = local
    session.context.counters.acquisitions.increase()
    session.context.counters.held.increase()
  }

  var lease: Lease { Lease(grant: grant, number: number) }

  /// Ends the hold. The call does not look at the cancellation of the task.
  ///
  /// - Returns: Why the lease was lost, or nil if it was held to the end.
  nonisolated(nonsending) func end() async -> LeaseLostError.Reason? {
    guard isOver.exchange(true, ordering: .acquiringAndReleasing) == false else { return nil }
    session.context.counters.held.decrease()
    let reason: LeaseLostError.Reason?
    switch grant.end(keeps: session.isRunning) {
    case .kept:
      reason = await endKept()
    case .over:
      reason = await session.release(grant, of: slot)
      if let reason {
        session.context.tell(of: grant.lostError(reason, number: number))
      }
      finish()
    case .lost(let known, let isNew):
      reason = known
      if isNew {
        session.context.tell(of: grant.lostError(known, number: number))
      }
      session.giveBackLost(grant)
      finish()
    }
    return reason
  }

  /// The next caller has the grant, if there is one.
  private nonisolated(nonsending) func endKept() async -> LeaseLostError.Reason? {
    guard session.leave(key, slot) else {
      local.release()
      return nil
    }
    // Nobody else knows the slot any more.
    var reason: LeaseLostError.Reason?
    if grant.giveUp() {
      reason = await session.release(grant, of: slot)
    } else {
      session.giveBackLost(grant)
    }
    if let reason {
      session.context.tell(of: grant.lostError(reason, number: number))
    }
    slot.grant = nil
    session.clear(slot)
    local.release()
    return reason
  }

  private func finish() {
    slot.grant = nil
    // The local key comes first: the last caller of a slot knows that nobody holds it.
    local.release()
    session.leaveForGood(key, slot)
  }

  /// Ends the hold in a task of its own, for a guard that was dropped.
  func endInBackground() {
    session.inBackground { [self] in
      _ = await end()
    }
  }
}
