import LockTable
import LockTableLeases

/// What an engine in memory has granted, as its own history has it. It stands between the faults and
/// the store, where one thing happens after the other.
final class EngineRecord: Sendable {
  private struct Hold {
    var claim: LeaseClaim
    var until: Duration
  }

  private struct State {
    var holds: [LeaseName: Hold] = [:]
    var lastToken: Int64 = 0
    var released: Set<LeaseOwner> = []
    var regained: Set<LeaseOwner> = []
    var violations: [String] = []
  }

  let clock: any LockClock
  private let state = Guarded(State())

  init(_ clock: any LockClock) {
    self.clock = clock
  }

  var violations: [String] { state.withValue { $0.violations } }

  /// Whether the claim has its name, as the engine sees it.
  func holds(_ name: LeaseName, _ owner: LeaseOwner) -> Bool {
    state.withValue { state in
      state.holds[name].map { $0.claim.owner == owner && $0.until > clock.time } ?? false
    }
  }

  /// Whether a late copy of its request had the name granted to an owner once more.
  func hasRegained(_ owner: LeaseOwner) -> Bool {
    state.withValue { $0.regained.contains(owner) }
  }

  func granted(_ claim: LeaseClaim, _ token: Int64, for duration: Duration) {
    state.withValue { state in
      let now = clock.time
      if let hold = state.holds[claim.name], hold.claim != claim, hold.until > now {
        state.violations.append("the engine granted \(claim.name) to a second owner")
      }
      if token <= state.lastToken {
        state.violations.append("the engine granted \(token) after \(state.lastToken)")
      }
      state.lastToken = max(token, state.lastToken)
      if state.released.contains(claim.owner) { state.regained.insert(claim.owner) }
      state.holds[claim.name] = Hold(claim: claim, until: now + duration)
    }
  }

  func renewed(_ claim: LeaseClaim, for duration: Duration) {
    state.withValue { state in
      if state.holds[claim.name]?.claim != claim {
        state.violations.append("the engine renewed what \(claim.owner) does not have")
      }
      state.holds[claim.name] = Hold(claim: claim, until: clock.time + duration)
    }
  }

  func released(_ claim: LeaseClaim) {
    state.withValue { state in
      if state.holds[claim.name]?.claim == claim {
        state.holds[claim.name] = nil
      }
      state.released.insert(claim.owner)
    }
  }
}

/// A store that writes down what the engine does.
struct RecordedStore: LeaseStore {
  let base: any LeaseStore
  let record: EngineRecord

  var name: String { base.name }
  var expiry: LeaseExpiry { base.expiry }
  var isFair: Bool { base.isFair }

  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    try await base.run(as: process, report: report)
  }

  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    let answer = try await base.acquire(claim, for: duration, waits: waits)
    if case .granted(let token) = answer {
      record.granted(claim, token, for: duration)
    }
    return answer
  }

  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    let renewals = try await base.renew(claims, for: duration)
    for (claim, renewal) in zip(claims, renewals) where renewal != .lost {
      record.renewed(claim, for: duration)
    }
    return renewals
  }

  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    let release = try await base.release(claim)
    record.released(claim)
    return release
  }

  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    try await base.holdings(in: namespace)
  }
}
