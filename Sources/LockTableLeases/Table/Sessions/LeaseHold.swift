internal import LockTable
internal import Synchronization

/// A key that a caller of this process holds, here and at the engine.
@usableFromInline
final class LeaseHold: EndingHold {
  let slot: LeaseSlot
  let grant: LeaseGrant
  let number: Int
  /// The key in the table in front.
  let local: LockOwner
  private let isOver = Atomic(false)

  init(_ slot: LeaseSlot, _ grant: LeaseGrant, number: Int, local: LockOwner) {
    self.slot = slot
    self.grant = grant
    self.number = number
    self.local = local
    let counters = grant.context.counters
    if number == 0 {
      counters.firstHolds.increase()
    } else {
      counters.handOffs.increase()
    }
  }

  private var session: LeaseSession { slot.session }

  var lease: Lease { Lease(grant: grant, number: number) }

  @usableFromInline var content: Lease { lease }

  private func loss(_ reason: LeaseLostError.Reason) -> LeaseLoss {
    LeaseLoss(grant: grant, number: number, reason: reason)
  }

  /// What is left when a hold ends: the engine has to be told.
  @usableFromInline
  enum Rest: Sendable {
    case release
    /// Nobody else knows the slot.
    case releaseLast
  }

  @usableFromInline
  nonisolated(nonsending) func end(_ rest: Rest) async -> LeaseLoss? {
    endAfterRelease(await session.release(grant, of: slot), rest)
  }

  /// Ends the hold, and says what was lost.
  nonisolated(nonsending) func end() async -> LeaseLoss? {
    switch endHere() {
    case .ended(let loss): loss
    case .waits(let rest): await end(rest)
    }
  }

  /// The same for a thread, which blocks if the engine has to be told.
  func endBlocking() -> LeaseLoss? {
    switch endHere() {
    case .ended(let loss): loss
    case .waits(let rest): session.context.block { [self] in await end(rest) }
    }
  }

  /// Ends the hold in a task of its own, unless it has ended: for a guard that was dropped, and for
  /// those who give up.
  func endInBackground() {
    guard !isOver.load(ordering: .acquiring) else { return }
    session.inBackground { [self] in
      _ = await end()
    }
  }

  @usableFromInline
  func endHere() -> LeaseHoldEnd<Rest> {
    guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return .ended(nil) }
    grant.context.counters.endedHolds.increase()
    switch grant.end(keeps: session.isRunning) {
    case .kept:
      return keep()
    case .over:
      return .waits(.release)
    case .lost(let reason, let isNew):
      if isNew {
        grant.context.tell(of: loss(reason))
      }
      // The end of the run has given back what it took.
      if reason != .runEnded {
        session.giveBackLost(grant)
      }
      finish()
      return .ended(loss(reason))
    }
  }

  /// Leaves the grant to the next caller, if there is one.
  private func keep() -> LeaseHoldEnd<Rest> {
    guard session.leave(slot) else {
      local.release()
      return .ended(nil)
    }
    guard !grant.giveUp() else { return .waits(.releaseLast) }
    // It was lost after its end.
    session.giveBackLost(grant)
    endSlot()
    return .ended(nil)
  }

  private func endAfterRelease(
    _ reason: LeaseLostError.Reason?, _ rest: Rest
  ) -> LeaseLoss? {
    let loss = reason.map(loss)
    if let loss {
      grant.context.tell(of: loss)
    }
    switch rest {
    case .release: finish()
    case .releaseLast: endSlot()
    }
    return loss
  }

  /// The end of a slot that nobody else knows any more.
  private func endSlot() {
    slot.grant = nil
    session.clear(slot)
    local.release()
  }

  private func finish() {
    slot.grant = nil
    // The local key comes first: the last caller of a slot knows that nobody holds it.
    local.release()
    session.leaveForGood(slot)
  }
}
