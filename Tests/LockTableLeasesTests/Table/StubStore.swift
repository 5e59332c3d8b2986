import LockTable
import LockTableLeases

/// A store that answers what a test says.
final class StubStore: LeaseStore {
  private struct State {
    var runs: @Sendable () throws(LeaseStoreError) -> Void = {}
    var answers: @Sendable (LeaseClaim) throws(LeaseStoreError) -> LeaseAnswer = { _ in
      .granted(token: 1)
    }
    var releases: @Sendable (LeaseClaim) throws(LeaseStoreError) -> LeaseRelease = { _ in
      LeaseRelease(wasHeld: true)
    }
    var log: [String] = []
  }

  private let state = Guarded(State())
  let expiry: LeaseExpiry
  var name: String { "stub" }

  init(expiry: LeaseExpiry = .afterDuration) {
    self.expiry = expiry
  }

  var runs: @Sendable () throws(LeaseStoreError) -> Void {
    get { state.withValue { $0.runs } }
    set { state.withValue { $0.runs = newValue } }
  }
  var answers: @Sendable (LeaseClaim) throws(LeaseStoreError) -> LeaseAnswer {
    get { state.withValue { $0.answers } }
    set { state.withValue { $0.answers = newValue } }
  }
  var releases: @Sendable (LeaseClaim) throws(LeaseStoreError) -> LeaseRelease {
    get { state.withValue { $0.releases } }
    set { state.withValue { $0.releases = newValue } }
  }
  /// What was called, in order.
  var log: [String] { state.withValue { $0.log } }

  private func note(_ call: String) {
    state.withValue { $0.log.append(call) }
  }

  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    try runs()
    report(.connected)
    let (stream, end) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    end.finish()
  }

  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    note("acquire \(claim.name.key) \(claim.owner.serial)")
    return try answers(claim)
  }

  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    note("renew \(claims.count)")
    return claims.map { _ in .renewed(isWanted: false) }
  }

  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    note("release \(claim.name.key) \(claim.owner.serial)")
    return try releases(claim)
  }

  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    []
  }
}
