internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let releaseChecks = [
    aReleaseOfAnotherOwnerFindsNothing, aLateReleaseFindsNothing, aCancelledRequestLeavesNothing,
    aCancelledWaitLeavesNothing,
  ]

  static let aReleaseOfAnotherOwnerFindsNothing = Self("aReleaseOfAnotherOwnerFindsNothing") {
    trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    let claim = first.claim(name)
    _ = try await first.mustGet(claim, "although nobody had it")
    for process in [first, second] {
      let release = try await process.store.release(process.claim(name))
      try trial.require(!release.wasHeld, "a release said that another owner's hold was its own")
    }
    try await second.mustNotGet(second.claim(name), "after a release by another owner")
    try await first.mustHaveHeld(claim, "after a release by another owner")
    return nil
  }

  static let aLateReleaseFindsNothing = Self("aLateReleaseFindsNothing") { trial in
    let process = try await trial.process()
    let name = try trial.name()
    let (early, later) = (process.claim(name), process.claim(name))
    _ = try await process.mustGet(early, "although nobody had it")
    try await process.mustHaveHeld(early, "although it was")
    for _ in 0..<2 {
      let again = try await process.store.release(early)
      try trial.require(!again.wasHeld, "a second release said that the name was held")
      if try await process.token(later) == nil { return "\(name) was refused after its release" }
    }
    try await process.mustNotGet(process.claim(name), "after a late copy of a release")
    try await process.mustHaveHeld(later, "after a late copy of a release")
    return nil
  }

  /// Cancels requests at different moments, also before they begin.
  static let aCancelledRequestLeavesNothing = Self("aCancelledRequestLeavesNothing") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    for round in 0..<12 {
      let claim = first.claim(name)
      let request = Task { try? await first.ask(claim, waits: true) }
      for _ in 0..<round / 4 * 4 {
        await Task.yield()
      }
      request.cancel()
      if round % 2 == 0 {
        _ = await request.value
      }
      // Of a request that still runs, the release comes later: the table too waits for it.
      _ = await request.value
      _ = try await first.store.release(claim)
      let next = second.claim(name)
      _ = try await second.mustGet(next, "after a cancelled request and its release")
      let release = try await second.mustHaveHeld(next, "although it was")
      try trial.require(!release.isWanted, "a cancelled request has a place in line")
    }
    return nil
  }

  static let aCancelledWaitLeavesNothing = Self("aCancelledWaitLeavesNothing") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    for round in 0..<8 {
      let (held, waiting) = (first.claim(name), second.claim(name))
      _ = try await first.mustGet(held, "after its release")
      let wait = Task { try? await second.ask(waiting, waits: true) }
      for _ in 0..<round * 2 {
        await Task.yield()
      }
      wait.cancel()
      _ = await wait.value
      _ = try await second.store.release(waiting)
      let release = try await first.mustHaveHeld(held, "although it was")
      try trial.require(!release.isWanted, "a cancelled wait has a place in line")
    }
    return nil
  }
}
