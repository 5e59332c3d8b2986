import LockTable
import LockTableLeases

/// A store that breaks a promise: what the explorer looks for has to be found.
struct LyingStore: LeaseStore {
  enum Lie: CaseIterable, Sendable {
    case releasesAreForgotten, placesAreForgotten, renewalsAreForgotten
    case theSecondAskerIsGranted, tokensFall, waitersHearNothing
  }

  let base: any LeaseStore
  let lie: Lie

  var name: String { base.name }
  var expiry: LeaseExpiry { base.expiry }
  var isFair: Bool { base.isFair }

  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    try await base.run(as: process) { [lie] change in
      if case .mayBeFree = change, lie == .waitersHearNothing { return }
      report(change)
    }
  }

  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    let answer = try await base.acquire(claim, for: duration, waits: waits)
    switch (answer, lie) {
    case (.granted(let token), .tokensFall): return .granted(token: 1000 - token)
    case (.held, .theSecondAskerIsGranted): return .granted(token: 1000)
    case (.held, .waitersHearNothing):
      return .held(LeaseObstacle(retryAfter: .seconds(1 << 20)))
    default: return answer
    }
  }

  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    if lie == .renewalsAreForgotten { return claims.map { _ in .renewed(isWanted: false) } }
    return try await base.renew(claims, for: duration)
  }

  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    switch lie {
    case .releasesAreForgotten: return LeaseRelease(wasHeld: true)
    case .placesAreForgotten:
      // Only a waiter's: of a holder, the release is carried out.
      let holdings = try await base.holdings(in: claim.name.namespace)
      let isHolder = holdings.contains { $0.name == claim.name && $0.owner == claim.owner }
      return isHolder ? try await base.release(claim) : LeaseRelease(wasHeld: false)
    default: return try await base.release(claim)
    }
  }

  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    try await base.holdings(in: namespace)
  }
}
