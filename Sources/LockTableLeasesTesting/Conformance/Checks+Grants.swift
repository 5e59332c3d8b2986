internal import LockTable
internal import LockTableLeases

extension LeaseStoreConformance {
  /// All checks. Those that don't apply to a store find nothing.
  public static let checks =
    grantChecks + releaseChecks + lineChecks + timeChecks + changeChecks + manyChecks + faultChecks

  static let grantChecks = [
    aNameHasOneOwner, ofManyThatAskAtOnceOneGetsTheName, tokensRise, tokensRiseOverARestart,
    aRepeatedRequestFindsItsOwnGrant, aRefusedRequestTellsTheOwner,
  ]

  static let aNameHasOneOwner = Self("aNameHasOneOwner") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let (name, other) = (try trial.name(), try trial.name("b"))
    let claim = first.claim(name)
    _ = try await first.mustGet(claim, "although nobody had it")
    try await second.mustNotGet(second.claim(name), "to two processes")
    try await first.mustNotGet(first.claim(name), "to two owners of one process")
    _ = try await second.mustGet(second.claim(other), "although another name was held")
    try await first.mustHaveHeld(claim, "although it was")
    _ = try await second.mustGet(second.claim(name), "after its release")
    return nil
  }

  static let ofManyThatAskAtOnceOneGetsTheName = Self("ofManyThatAskAtOnceOneGetsTheName") {
    trial in
    let processes = [try await trial.process(), try await trial.process()]
    let names = try (0..<20).map { try trial.name($0) }
    let granted = try await withThrowingTaskGroup(of: LeaseName?.self) { group in
      for name in names {
        for process in processes + processes {
          let claim = process.claim(name)
          group.addTask { try await process.token(claim) == nil ? nil : name }
        }
      }
      return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
    }
    try trial.require(
      granted.count == names.count && Set(granted) == Set(names),
      "\(granted.count) of four requests each for \(names.count) names at once were granted")
    return nil
  }

  static let tokensRise = Self("tokensRise") { trial in
    let processes = [try await trial.process(), try await trial.process()]
    let name = try trial.name()
    var last: Int64 = 0
    for round in 0..<20 {
      let claim = processes[round % 2].claim(name)
      let token = try await processes[round % 2].mustGet(claim, "after its release")
      try trial.require(token > last, "the token \(token) came after \(last)")
      last = token
      try await processes[round % 2].mustHaveHeld(claim, "although it was")
    }
    return nil
  }

  static let tokensRiseOverARestart = Self("tokensRiseOverARestart") { trial in
    guard let restart = trial.subject.restart else { return nil }
    let (first, name) = (try await trial.process(), try trial.name())
    var last: Int64 = 0
    for _ in 0..<3 {
      let claim = first.claim(name)
      last = try await first.mustGet(claim, "after its release")
      try await first.mustHaveHeld(claim, "although it was")
    }
    try await restart()
    let second = try await trial.process()
    let claim = second.claim(name)
    var token: Int64?
    _ = try await trial.waits {
      token = try? await second.token(claim)
      return token != nil
    }
    guard let token else { return "no request was granted after a restart" }
    try trial.require(token > last, "after a restart the token \(token) came after \(last)")
    return nil
  }

  static let aRepeatedRequestFindsItsOwnGrant = Self("aRepeatedRequestFindsItsOwnGrant") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    let claim = first.claim(name)
    var last = try await first.mustGet(claim, "although nobody had it")
    for waits in [false, true, true] {
      guard let token = try await first.token(claim, waits: waits) else {
        return "a repeated request was refused"
      }
      try trial.require(token >= last, "a repeated request got \(token) after \(last)")
      last = token
    }
    try await second.mustNotGet(second.claim(name), "to a second owner, after repeated requests")
    let release = try await first.mustHaveHeld(claim, "after repeated requests")
    try trial.require(!release.isWanted, "repeated requests of the holder have a place in line")
    let later = try await second.mustGet(second.claim(name), "after its release")
    try trial.require(later > last, "the token \(later) came after \(last)")
    return nil
  }

  static let aRefusedRequestTellsTheOwner = Self("aRefusedRequestTellsTheOwner") { trial in
    let (first, second) = (try await trial.process(), try await trial.process())
    let name = try trial.name()
    let claim = first.claim(name)
    _ = try await first.mustGet(claim, "although nobody had it")
    guard case .held(let obstacle) = try await second.ask(second.claim(name)) else {
      return "\(name) was granted to two processes"
    }
    let owner = obstacle.owner ?? claim.owner
    try trial.require(owner == claim.owner, "a refusal told the owner \(owner)")
    let remaining = obstacle.remaining ?? .zero
    try trial.require(
      remaining <= trial.long, "a refusal told that \(remaining) remain of \(trial.long)")
    return nil
  }
}
