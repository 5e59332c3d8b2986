internal import LockTable
internal import LockTableLeases

/// A process of a check: a store, its run, and what it reported.
final class LeaseTrialParticipant: Sendable {
  enum Change: Hashable {
    case connected, interrupted
    case mayBeFree(LeaseName)
    case lost(LeaseClaim)
  }

  private struct State {
    var run: Task<Void, Never>?
    var runError: LeaseStoreError?
    var changes: [Change] = []
    var lastSerial: UInt64 = 0
  }

  let store: any LeaseStore
  let process: LeaseProcess
  private unowned let trial: LeaseStoreTrial
  private let state = Guarded(State())

  init(_ store: any LeaseStore, number: Int, trial: LeaseStoreTrial) {
    self.store = store
    self.trial = trial
    let digits = String(UInt64.random(in: 0...(.max)), radix: 16)
    process = LeaseProcess(
      id: String(repeating: "0", count: 16 - digits.count) + digits, host: "check",
      number: Int32(number), started: 0)
  }

  /// The error that the last run threw.
  var runError: LeaseStoreError? { state.withValue { $0.runError } }

  var changes: [Change] { state.withValue { $0.changes } }

  var changeCount: Int { state.withValue { $0.changes.count } }

  /// Whether the name was reported as free, since there were so many changes.
  func wasTold(of name: LeaseName, since mark: Int) -> Bool {
    state.withValue { $0.changes[mark...].contains(.mayBeFree(name)) }
  }

  func begin() async throws {
    let mark = changeCount
    state.withValue { state in
      state.run = Task { await run() }
    }
    let isConnected = try await trial.waits { changes[mark...].contains(.connected) }
    try trial.require(isConnected, "run did not report that it is connected")
  }

  private func run() async {
    var failure: LeaseStoreError?
    do throws(LeaseStoreError) {
      try await store.run(as: process) { [state] change in
        state.withValue { $0.changes.append(Change(change)) }
      }
    } catch {
      failure = error
    }
    state.withValue { state in
      state.run = nil
      state.runError = failure
    }
  }

  /// Ends the run.
  ///
  /// - Returns: Whether it ended.
  @discardableResult
  func end() async throws -> Bool {
    state.withValue { $0.run }?.cancel()
    return try await trial.waits { state.withValue { $0.run == nil } }
  }

  /// A claim with a new owner, which the trial gives up at its end.
  func claim(_ name: LeaseName) -> LeaseClaim {
    let serial = state.withValue { state in
      state.lastSerial += 1
      return state.lastSerial
    }
    let claim = LeaseClaim(name, owner: LeaseOwner(process: process, serial: serial))
    trial.remember(claim, of: self)
    return claim
  }
}

// Calls.

extension LeaseTrialParticipant {
  /// For a long time, so that nothing ends on a slow machine, if nothing else is said.
  func ask(
    _ claim: LeaseClaim, waits: Bool = false, for duration: Duration? = nil
  ) async throws -> LeaseAnswer {
    try await store.acquire(claim, for: duration ?? trial.long, waits: waits)
  }

  /// - Returns: The token; nil if another claim has the name.
  func token(
    _ claim: LeaseClaim, waits: Bool = false, for duration: Duration? = nil
  ) async throws -> Int64? {
    let answer = try await ask(claim, waits: waits, for: duration)
    guard case .granted(let token) = answer else { return nil }
    try trial.require(
      token > 0 && token < 1 << 57, "the token \(token) is not from 1 to below 2⁵⁷")
    return token
  }

  /// Asks for a name that must be free.
  func mustGet(
    _ claim: LeaseClaim, for duration: Duration? = nil, _ when: String
  ) async throws -> Int64 {
    guard let token = try await token(claim, for: duration) else {
      throw LeaseStoreTrial.Finding(sentence: "\(claim.name) was refused \(when)")
    }
    return token
  }

  /// Asks for a name that somebody else must have.
  func mustNotGet(_ claim: LeaseClaim, waits: Bool = false, _ when: String) async throws {
    let token = try await token(claim, waits: waits)
    try trial.require(token == nil, "\(claim.name) was granted \(when)")
  }

  /// Gives up a claim that must have its name.
  @discardableResult
  func mustHaveHeld(_ claim: LeaseClaim, _ when: String) async throws -> LeaseRelease {
    let release = try await store.release(claim)
    try trial.require(release.wasHeld, "a release said that \(claim.name) was not held \(when)")
    return release
  }

  /// Asks again and again, as a table does: when the name is reported, when the answer says so, and
  /// when the holder's time is over.
  func getsAtSomeTime(_ claim: LeaseClaim) async throws -> Int64? {
    let end = ContinuousClock.now + trial.subject.patience
    var requests = 0
    // A process that stood still has not asked.
    while ContinuousClock.now < end || requests < 20 {
      requests += 1
      let mark = changeCount
      let obstacle: LeaseObstacle
      switch try await ask(claim, waits: true) {
      case .granted(let token): return token
      case .held(let held): obstacle = held
      }
      let second = Duration.seconds(1)
      let over = (obstacle.remaining ?? second) + .milliseconds(1)
      let pause = min(over, obstacle.retryAfter ?? second, second)
      let due = trial.subject.now + pause
      while !wasTold(of: claim.name, since: mark) && trial.subject.now < due {
        try await trial.subject.passAPart(of: pause)
      }
    }
    return nil
  }
}

extension LeaseTrialParticipant.Change {
  init(_ change: LeaseStoreChange) {
    self =
      switch change {
      case .connected: .connected
      case .interrupted: .interrupted
      case .mayBeFree(let name): .mayBeFree(name)
      case .lost(let claim): .lost(claim)
      }
  }
}
