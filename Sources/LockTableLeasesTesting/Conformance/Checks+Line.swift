internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  static let lineChecks = [
    aRequestThatDoesNotWaitTakesNoPlace, aReleasedWaiterIsNotInLine, aWaiterGetsTheName,
    aWaiterAsksAgainWithoutLosingItsPlace, namesGoByTheLine, aWaiterThatIsGoneHoldsNobodyUpForEver,
  ]

  static let aRequestThatDoesNotWaitTakesNoPlace = Self("aRequestThatDoesNotWaitTakesNoPlace") {
    trial in
    let processes = [
      try await trial.process(), try await trial.process(), try await trial.process(),
    ]
    let name = try trial.name()
    let held = processes[0].claim(name)
    _ = try await processes[0].mustGet(held, "although nobody had it")
    try await processes[1].mustNotGet(processes[1].claim(name), "to two processes")
    let release = try await processes[0].mustHaveHeld(held, "although it was")
    try trial.require(!release.isWanted, "a request that does not wait has a place in line")
    let next = processes[2].claim(name)
    _ = try await processes[2].mustGet(next, "for the sake of a request that does not wait")
    return nil
  }

  static let aReleasedWaiterIsNotInLine = Self("aReleasedWaiterIsNotInLine") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    let (held, waiting) = (first.claim(name), second.claim(name))
    _ = try await first.mustGet(held, "although nobody had it")
    try await second.mustNotGet(waiting, waits: true, "to two processes")
    let left = try await second.store.release(waiting)
    try trial.require(!left.wasHeld, "the release of a waiter said that the name was its own")
    let release = try await first.mustHaveHeld(held, "after a waiter had left")
    try trial.require(!release.isWanted, "a waiter that has left is still in line")
    _ = try await first.mustGet(first.claim(name), "for the sake of a waiter that had left")
    return nil
  }

  static let aWaiterGetsTheName = Self("aWaiterGetsTheName") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    var (process, other) = (first, second)
    var held = process.claim(name)
    var last = try await process.mustGet(held, "although nobody had it")
    for _ in 0..<6 {
      let waiting = other.claim(name)
      try await other.mustNotGet(waiting, waits: true, "to two processes")
      // Its token is larger than that of the waiter's first request, if that drew one.
      last = try await process.mustGet(held, "to its own owner, which asked again")
      try await process.mustHaveHeld(held, "although it was")
      guard let token = try await other.getsAtSomeTime(waiting) else {
        return "a waiter did not get a name that was released"
      }
      try trial.require(token > last, "the token \(token) came after \(last)")
      (process, other, held, last) = (other, process, waiting, token)
    }
    return nil
  }

  static let aWaiterAsksAgainWithoutLosingItsPlace = Self("aWaiterAsksAgainWithoutLosingItsPlace") {
    trial in
    let processes = [
      try await trial.process(), try await trial.process(), try await trial.process(),
    ]
    let name = try trial.name()
    let claims = processes.map { $0.claim(name) }
    _ = try await processes[0].mustGet(claims[0], "although nobody had it")
    for index in [1, 2, 1, 2, 1] {
      try await processes[index].mustNotGet(claims[index], waits: true, "to two processes")
    }
    try await processes[0].mustHaveHeld(claims[0], "although it was")
    let order = try await trial.order(of: [(processes[1], claims[1]), (processes[2], claims[2])])
    try trial.require(order.count == 2, "of two waiters \(order.count) got the name")
    try trial.require(!trial.subject.hasLine || order == [0, 1], "who asks again loses its place")
    return nil
  }

  /// Of processes that wait, each with its claim. (Not in the check, as Swift 6.3 crashes when it
  /// optimises both together.)
  @inline(never)
  private static func lineUp(
    _ count: Int, for name: LeaseName, in trial: LeaseStoreTrial
  ) async throws -> [(LeaseTrialParticipant, LeaseClaim)] {
    var waiters: [(LeaseTrialParticipant, LeaseClaim)] = []
    for _ in 0..<count {
      let process = try await trial.process()
      let claim = process.claim(name)
      try await process.mustNotGet(claim, waits: true, "to two processes")
      waiters.append((process, claim))
    }
    return waiters
  }

  static let namesGoByTheLine = Self("namesGoByTheLine") { trial in
    guard trial.subject.hasLine else { return nil }
    let name = try trial.name()
    let first = try await trial.process()
    let held = first.claim(name)
    _ = try await first.mustGet(held, "although nobody had it")
    let waiters = try await lineUp(4, for: name, in: trial)
    try await first.mustHaveHeld(held, "although it was")
    let order = try await trial.order(of: waiters)
    try trial.require(order == [0, 1, 2, 3], "those in line got the name in the order \(order)")
    return nil
  }

  /// Its process has ended without a release.
  static let aWaiterThatIsGoneHoldsNobodyUpForEver = Self("aWaiterThatIsGoneHoldsNobodyUpForEver") {
    trial in
    let processes = [
      try await trial.process(), try await trial.process(), try await trial.process(),
    ]
    let name = try trial.name()
    let claims = processes.map { $0.claim(name) }
    _ = try await processes[0].mustGet(claims[0], "although nobody had it")
    for index in 1...2 {
      try await processes[index].mustNotGet(claims[index], waits: true, "to two processes")
    }
    try await processes[1].end()
    try await processes[0].mustHaveHeld(claims[0], "although it was")
    let token = try await processes[2].getsAtSomeTime(claims[2])
    try await processes[1].begin()
    return token == nil ? "a waiter whose process had ended held up another" : nil
  }
}

extension LeaseStoreTrial {
  /// Lets the waiters ask again until each of them has had the name and has released it.
  ///
  /// - Returns: The order in which they had it.
  func order(of waiters: [(process: LeaseTrialParticipant, claim: LeaseClaim)]) async throws
    -> [Int]
  {
    var order: [Int] = []
    _ = try await waits {
      // The last ones ask first. So a store without a line is found.
      for index in waiters.indices.reversed() where !order.contains(index) {
        let (process, claim) = waiters[index]
        if try await process.token(claim, waits: true) != nil {
          order.append(index)
          try await process.mustHaveHeld(claim, "although it was")
        }
      }
      return order.count == waiters.count
    }
    return order
  }
}
