internal import LockTable

// How a key is given back to the engine.

extension LeaseSession {
  /// Releases a grant that was held to the end, as far as this process knows. Tries for as long as
  /// the lease is certain. The caller has the local key.
  ///
  /// - Returns: Why the lease was lost, or nil if the engine says that it was not.
  nonisolated(nonsending) func release(
    _ grant: LeaseGrant, of slot: LeaseSlot
  ) async -> LeaseLostError.Reason? {
    let end = grant.end
    let answer = await release(grant.claim, until: grant.deadline ?? end)
    guard let answer else {
      releaseInBackground(grant.claim, until: end)
      return .notConfirmed
    }
    if answer.isWanted, !context.store.isFair {
      // The engine's other waiters get a moment, as this process would always be faster.
      slot.yield(until: context.clock.time + .milliseconds(1))
    }
    return answer.reason
  }

  private struct Answer {
    let reason: LeaseLostError.Reason?
    let isWanted: Bool
  }

  /// Nil: the engine did not answer in time.
  private nonisolated(nonsending) func release(
    _ claim: LeaseClaim, until end: Duration
  ) async -> Answer? {
    var hasFailed = false
    while true {
      let failure: LeaseStoreError
      do {
        let answer = try await context.store.release(claim)
        // An earlier attempt may have been carried out, so that this one says nothing.
        return Answer(
          reason: answer.wasHeld ? nil : hasFailed ? .notConfirmed : .taken,
          isWanted: answer.isWanted)
      } catch {
        failure = error
      }
      hasFailed = true
      let now = context.clock.time
      guard failure.kind != .configuration, now < end else { return nil }
      _ = await context.clock.wait(
        for: Pause(), until: min(now + context.backOff(), end), cancellably: false)
    }
  }

  /// Releases a claim, so that nothing is left at the engine. Tries until the engine has forgotten it
  /// anyway.
  func releaseInBackground(_ claim: LeaseClaim, until end: Duration? = nil) {
    let end = end ?? context.clock.time + context.duration
    inBackground { [self] in
      _ = await release(claim, until: end)
    }
  }

  /// Gives back a grant that was lost or is too old: the engine may not know that yet.
  func giveBackLost(_ grant: LeaseGrant) {
    guard grant.mayBeKnown else { return }
    releaseInBackground(grant.claim, until: grant.end)
  }
}
