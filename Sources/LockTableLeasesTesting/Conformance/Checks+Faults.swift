internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let faultChecks = [
    aLostAnswerIsHarmless, aCopyOfARequestIsHarmless, aLateCopyOfAReleaseIsHarmless,
    aStormOfCallsKeepsTheOrder,
  ]

  static let aLostAnswerIsHarmless = Self("aLostAnswerIsHarmless") { trial in
    let faulty = FaultyLeaseStore(try await trial.subject.makeStore())
    let (first, second) = (try await trial.process { _ in faulty }, try await trial.process())
    let name = try trial.name()
    for fault in [LeaseFault.answerLost, .requestLost] {
      let claim = first.claim(name)
      faulty.plan = .script([fault])
      let token = try? await first.token(claim)
      try trial.require(token == nil, "there was an answer that was lost")
      _ = try await first.mustGet(claim, "to its own owner, which asked again")
      try await second.mustNotGet(second.claim(name), "to two processes, after a lost answer")
      faulty.plan = .script([fault])
      let release = try? await faulty.release(claim)
      try trial.require(release == nil, "there was an answer that was lost")
      let again = try await faulty.release(claim)
      try trial.require(
        again.wasHeld == (fault == .requestLost), "a repeated release said \(again.wasHeld)")
      let next = second.claim(name)
      _ = try await second.mustGet(next, "after its release, of which the answer was lost")
      try await second.mustHaveHeld(next, "although it was")
    }
    return nil
  }

  static let aCopyOfARequestIsHarmless = Self("aCopyOfARequestIsHarmless") { trial in
    let faulty = FaultyLeaseStore(
      try await trial.subject.makeStore(), plan: LeaseFaultPlan { _ in LeaseFault(copy: .atOnce) })
    let (first, second) = (try await trial.process { _ in faulty }, try await trial.process())
    let name = try trial.name()
    for _ in 0..<3 {
      let (held, waiting) = (second.claim(name), first.claim(name))
      _ = try await second.mustGet(held, "after its release")
      try await first.mustNotGet(waiting, waits: true, "to two processes")
      try await second.mustHaveHeld(held, "although it was")
      try trial.require(
        try await first.getsAtSomeTime(waiting) != nil, "a waiter that asks twice got nothing")
      let renewal = try await first.store.renew([waiting], for: trial.long)
      try trial.require(
        renewal == [.renewed(isWanted: false)], "a renewal was answered by \(renewal)")
      try await first.mustHaveHeld(waiting, "although it was")
    }
    return nil
  }

  static let aLateCopyOfAReleaseIsHarmless = Self("aLateCopyOfAReleaseIsHarmless") { trial in
    let faulty = FaultyLeaseStore(try await trial.subject.makeStore())
    let (first, second) = (try await trial.process { _ in faulty }, try await trial.process())
    let name = try trial.name()
    for next in [first, second] {
      let (claim, later) = (first.claim(name), next.claim(name))
      _ = try await first.mustGet(claim, "although nobody had it")
      faulty.plan = .script([LeaseFault(copy: .held)])
      try await first.mustHaveHeld(claim, "although it was")
      _ = try await next.mustGet(later, "after its release")
      await faulty.deliverAll()
      try await second.mustNotGet(second.claim(name), "after a late copy of an old release")
      try await next.mustHaveHeld(later, "after a late copy of an old release")
    }
    return nil
  }

  /// Three processes ask for three names, and wait, give up and are cancelled, all at once.
  static let aStormOfCallsKeepsTheOrder = Self("aStormOfCallsKeepsTheOrder") { trial in
    let processes = [
      try await trial.process(), try await trial.process(), try await trial.process(),
    ]
    let names = try (0..<3).map { try trial.name($0) }
    let history = LeaseHistory()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, process) in (processes + processes).enumerated() {
        group.addTask {
          for round in 0..<16 {
            let claim = process.claim(names[(index + round * (1 + index / 3)) % 3])
            try await process.turn(claim, number: index + round, history)
          }
        }
      }
      try await group.waitForAll()
    }
    return history.violations.first
      ?? history.overlaps.first.map { "two owners had \($0.key) at one time" }
  }
}

extension LeaseTrialParticipant {
  /// One acquisition of a storm: it waits, or gives up, or is cancelled.
  func turn(_ claim: LeaseClaim, number: Int, _ history: LeaseHistory) async throws {
    let (key, asked) = (claim.name.text, history.now)
    switch number % 4 {
    case 0:
      let request = Task { try await ask(claim, waits: true) }
      await Task.yield()
      request.cancel()
      _ = try? await request.value
      _ = try await store.release(claim)
    case 1 where try await token(claim, waits: true) == nil:
      _ = try await store.release(claim)
    default:
      guard let token = try await getsAtSomeTime(claim) else {
        throw LeaseStoreTrial.Finding(sentence: "a waiter did not get \(claim.name) in a storm")
      }
      let hold = history.begin(key, token: token, askedAt: asked)
      await Task.yield()
      history.write(key, token: token)
      history.end(hold)
      try await mustHaveHeld(claim, "although it was")
    }
  }
}
