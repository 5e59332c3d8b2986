internal import LockTable

// What runs while `run()` does.

extension LeaseSession {
  /// Runs the session until the task of the caller is cancelled or the store ends.
  ///
  /// The store runs in a task of its own: it has to go on while holders release what they have.
  nonisolated(nonsending) func run() async throws(LeaseStoreError) {
    let end = Pause()
    let engine = context.spawn { [self] in
      let failure = await runEngine()
      end.end(.signalled)
      return failure
    }
    _ = await end.wait()
    close(end.wasCancelled ? nil : await engine.value)
    await drain()
    engine.cancel()
    let failure = await engine.value
    self.end()
    if !end.wasCancelled, let failure { throw failure }
  }

  /// Runs the store and the loops. Returns why the store has ended.
  private func runEngine() async -> LeaseStoreError? {
    await withTaskGroup(of: Void.self, returning: LeaseStoreError?.self) { group in
      if context.renews {
        group.addTask { await self.renewForever() }
        group.addTask { await self.watchDeadlines() }
      }
      let failure: LeaseStoreError?
      do throws(LeaseStoreError) {
        try await context.store.run(as: context.process) { self.note($0) }
        failure = Task.isCancelled ? nil : LeaseStoreError(.transient, "the store has ended")
      } catch {
        failure = error.kind == .cancelled ? nil : error
      }
      group.cancelAll()
      return failure
    }
  }

  /// Waits for the holders, but not for longer than their leases are certain. Takes what is left.
  private nonisolated(nonsending) func drain() async {
    let clock = context.clock, grace = context.third
    if await waitUntilIdle(until: clock.time + grace) { return }
    for slot in allSlots {
      guard let grant = slot.grant else { continue }
      lose(grant, .runEnded)
      giveBackLost(grant)
    }
    _ = await waitUntilIdle(until: clock.time + grace / 2, ignoringInterest: true)
  }

  /// Takes a grant from its holder, if it has one.
  func lose(_ grant: LeaseGrant, _ reason: LeaseLostError.Reason) {
    guard let (number, body) = grant.lose(reason) else { return }
    context.tell(of: LeaseLoss(grant: grant, number: number, reason: reason))
    body?.cancel()
  }

  /// What the store reports, on any thread.
  private func note(_ change: LeaseStoreChange) {
    switch change {
    case .connected:
      retry()
      for slot in allSlots {
        slot.noteChange()
      }
      if context.renews {
        renewals.call()
      } else {
        context.events.resume()
      }
    case .interrupted(let error):
      context.events.suspend(error)
    case .mayBeFree(let name):
      for slot in slots(of: name) {
        slot.noteChange()
      }
    case .lost(let claim):
      for slot in slots(of: claim.name) {
        if let grant = slot.noteLoss(of: claim.owner) {
          lose(grant, .taken)
        }
      }
    }
  }
}

// The loops. A renewal that hangs does not stop the deadlines.

extension LeaseSession {
  private static var mostInRequest: Int { 1000 }

  private func renewForever() async {
    var isOver = false
    while !isOver {
      await renewals.sleep(context.clock)
      isOver = Task.isCancelled
      if !isOver {
        await renewAll()
      }
    }
  }

  /// Renews what is held, all of it: so that all is due at the same time again.
  private func renewAll() async {
    var grants = allSlots.compactMap(\.grant).sorted { $0.claim.name < $1.claim.name }[...]
    var areAllAnswered = true
    while !grants.isEmpty {
      let batch = grants.prefix(Self.mostInRequest).filter { $0.renewedIfInUse != nil }
      switch await renew(batch) {
      case .answered: break
      case .partly: areAllAnswered = false
      case .failed: return
      }
      grants = grants.dropFirst(Self.mostInRequest)
    }
    guard areAllAnswered else { return askAgainSoon() }
    context.events.resume()
    let next = allSlots.compactMap { $0.grant?.renewedIfInUse }.min()
    if let next {
      renewals.ask(at: next + context.third)
    }
  }

  private enum RenewalOutcome {
    case answered, partly, failed
  }

  private func askAgainSoon() {
    renewals.ask(at: context.clock.time + context.backOff())
  }

  /// If the engine does not answer, it is asked again soon.
  private func renew(_ grants: [LeaseGrant]) async -> RenewalOutcome {
    guard !grants.isEmpty else { return .answered }
    let sent = context.clock.time
    for grant in grants {
      grant.willRenew(sent: sent)
    }
    let answers: [LeaseRenewal]
    do {
      answers = try await context.store.renew(grants.map(\.claim), for: context.duration)
    } catch {
      guard !Task.isCancelled else { return .failed }
      context.events.suspend(error)
      askAgainSoon()
      return .failed
    }
    return note(answers, for: grants, sent: sent)
  }

  private func note(
    _ answers: [LeaseRenewal], for grants: [LeaseGrant], sent: Duration
  ) -> RenewalOutcome {
    var outcome = RenewalOutcome.answered
    for (grant, answer) in zip(grants, answers) {
      switch answer {
      case .renewed:
        grant.renew(sent: sent)
        context.counters.renewals.increase()
      case .lost:
        lose(grant, .taken)
      case .unanswered(let error):
        context.events.suspend(error)
        outcome = .partly
      }
    }
    return outcome
  }

  /// Gives up leases that were not renewed in time.
  private func watchDeadlines() async {
    while true {
      await deadlines.sleep(context.clock)
      guard !Task.isCancelled else { return }
      let now = context.clock.time
      for grant in allSlots.compactMap(\.grant) where grant.renewedIfInUse != nil {
        guard let deadline = grant.deadline else { continue }
        if deadline <= now {
          lose(grant, .notRenewed)
        } else {
          deadlines.ask(at: deadline)
        }
      }
    }
  }
}
