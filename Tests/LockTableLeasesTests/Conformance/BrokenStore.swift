import LockTable
import LockTableLeases

/// A store in memory with one defect, as real ones have had.
final class BrokenStore: LeaseStore {
  enum Defect: String, CaseIterable, Sendable {
    case tokensBeginAnewForEachHold, tokensBeginAnewAfterARestart, tokensAreDrawnBeforeTheWait
    case aThirdRequestIsGranted, looksBeforeItTakes
    case aRepeatedRequestIsRefused, aRepeatedWaitGoesToTheEnd, aTryTakesAPlace, thereIsNoLine
    case aReleaseGoesByTheName, aReleaseGoesByTheProcess, aReleaseAlwaysHeld, aWaiterStaysInLine
    case aCancelledRequestComesLate, grantsNeverEnd, grantsEndEarly
    case aRenewalAlwaysSucceeds, aRenewalRevives, renewalsEndAtAThousand, renewalsAreSorted
    case nothingIsReported, reportsAreSwapped, thereIsOneRun, aRunDoesNotEnd
    case namesIgnoreCase, namesHaveNoSeparator, holdingsAreOfAPrefix, holdingsLackOne
  }

  fileprivate struct State {
    var owners: [LeaseName: LeaseClaim] = [:]
    var drawn: [LeaseClaim: Int64] = [:]
    var late: [LeaseClaim] = []
    var count = 0
    var runs = 0
    var swapped: LeaseStoreChange?
  }

  /// What stores of one engine share.
  final class Shared: Sendable {
    let engine: MemoryLeaseEngine
    let tokenBase = Guarded<Int64>(0)
    fileprivate let state = Guarded(State())

    init(_ engine: MemoryLeaseEngine) {
      self.engine = engine
    }
  }

  let defect: Defect
  private let base: MemoryLeaseStore
  private let shared: Shared
  private let own = Guarded(State())

  init(_ defect: Defect, _ shared: Shared) {
    self.defect = defect
    self.shared = shared
    base = MemoryLeaseStore(shared.engine)
  }

  var name: String { "broken" }
  var expiry: LeaseExpiry { .afterDuration }

  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    let count = own.withValue { state in
      state.runs += 1
      return state.runs
    }
    try await base.run(as: process) { [self] change in
      switch (change, defect) {
      case (.mayBeFree, .nothingIsReported): break
      case (.mayBeFree, .reportsAreSwapped): swap(change).forEach(report)
      case (.connected, .thereIsOneRun) where count > 1: break
      default: report(change)
      }
    }
    while defect == .aRunDoesNotEnd {
      // In another task, as the sleep of one that is cancelled ends at once.
      await Task.detached { try? await Task.sleep(for: .milliseconds(10)) }.value
      if shared.state.withValue({ $0.count < 0 }) { break }
    }
  }

  /// Lets a run end that does not end, after the test.
  func endRuns() {
    shared.state.withValue { $0.count = .min / 2 }
  }

  private func swap(_ change: LeaseStoreChange) -> [LeaseStoreChange] {
    own.withValue { state in
      guard let before = state.swapped else {
        state.swapped = change
        return []
      }
      state.swapped = nil
      return [change, before]
    }
  }

  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    let before = note(claim)
    switch defect {
    case .aCancelledRequestComesLate where Task.isCancelled:
      shared.state.withValue { $0.late.append(claim) }
      throw LeaseStoreError(.cancelled, "cancelled")
    case .aRepeatedRequestIsRefused where before.owner == claim:
      return .held(LeaseObstacle(owner: claim.owner))
    case .aRepeatedWaitGoesToTheEnd where before.owner != claim:
      if case .held = try await base.acquire(claim, for: duration, waits: false) {
        _ = try await base.release(claim)
      }
    case .aThirdRequestIsGranted where before.count % 3 == 0:
      return .granted(token: shared.engine.lastToken + 1)
    case .looksBeforeItTakes:
      if let owner = before.owner, owner != claim { return .held(LeaseObstacle()) }
      await Task.yield()
      shared.state.withValue { $0.owners[claim.name] = claim }
      return .granted(token: Int64(before.count))
    default: break
    }
    let answer = try await base.acquire(
      mapped(claim), for: changed(duration),
      waits: defect == .aTryTakesAPlace || (waits && defect != .thereIsNoLine))
    guard case .granted(let token) = answer else {
      shared.state.withValue { $0.drawn[claim] = $0.drawn[claim] ?? Int64($0.count) }
      return answer
    }
    shared.state.withValue { $0.owners[claim.name] = claim }
    return .granted(token: changed(token, of: claim))
  }

  private func note(_ claim: LeaseClaim) -> (owner: LeaseClaim?, count: Int) {
    shared.state.withValue { state in
      state.count += 1
      return (state.owners[claim.name], state.count)
    }
  }

  private func changed(_ duration: Duration) -> Duration {
    defect == .grantsNeverEnd
      ? duration * 10_000 : defect == .grantsEndEarly ? duration / 2 : duration
  }

  private func changed(_ token: Int64, of claim: LeaseClaim) -> Int64 {
    switch defect {
    case .tokensBeginAnewForEachHold: 1
    case .tokensBeginAnewAfterARestart: token - shared.tokenBase.withValue { $0 }
    case .tokensAreDrawnBeforeTheWait: shared.state.withValue { $0.drawn[claim] ?? Int64($0.count) }
    default: token
    }
  }

  private func mapped(_ claim: LeaseClaim) -> LeaseClaim {
    let text: String
    switch defect {
    case .namesIgnoreCase: text = claim.name.text.lowercased()
    case .namesHaveNoSeparator:
      text = "x/" + claim.name.text.split(separator: "/").joined(separator: "=")
    default: return claim
    }
    return LeaseName(text).map { LeaseClaim($0, owner: claim.owner) } ?? claim
  }

  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    if defect == .looksBeforeItTakes {
      return shared.state.withValue { state in
        claims.map { state.owners[$0.name] == $0 ? .renewed(isWanted: false) : .lost }
      }
    }
    let asked = claims.map(mapped)
    switch defect {
    case .renewalsEndAtAThousand:
      return try await base.renew(Array(asked.prefix(1000)), for: duration)
    case .renewalsAreSorted:
      return try await base.renew(asked.sorted { $0.name < $1.name }, for: duration)
    case .aRenewalAlwaysSucceeds:
      return try await base.renew(asked, for: duration).map { _ in .renewed(isWanted: false) }
    case .aRenewalRevives:
      for claim in asked {
        _ = try await base.acquire(claim, for: duration, waits: false)
      }
    default: break
    }
    return try await base.renew(asked, for: duration)
  }

  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    let owner = shared.state.withValue { $0.owners[claim.name] }
    var meant = claim
    switch defect {
    case .looksBeforeItTakes:
      return shared.state.withValue { state in
        guard state.owners[claim.name] == claim else { return LeaseRelease(wasHeld: false) }
        state.owners[claim.name] = nil
        return LeaseRelease(wasHeld: true)
      }
    case .aReleaseGoesByTheName: meant = owner ?? claim
    case .aReleaseGoesByTheProcess where owner?.owner.process == claim.owner.process:
      meant = owner ?? claim
    case .aWaiterStaysInLine where owner != claim: return LeaseRelease(wasHeld: false)
    default: break
    }
    var release = try await base.release(mapped(meant))
    if release.wasHeld {
      shared.state.withValue { $0.owners[claim.name] = nil }
    }
    if defect == .aReleaseAlwaysHeld {
      release.wasHeld = true
    }
    let isLate = shared.state.withValue { state in
      defer { state.late.removeAll { $0 == claim } }
      return state.late.contains(claim)
    }
    if isLate {
      _ = try await base.acquire(claim, for: .seconds(60), waits: true)
    }
    return release
  }

  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    if defect == .namesIgnoreCase || defect == .namesHaveNoSeparator { return [] }
    let holdings = try await base.holdings(in: namespace)
    switch defect {
    case .holdingsAreOfAPrefix: return holdings + (try await base.holdings(in: namespace + "-2"))
    case .holdingsLackOne: return holdings.dropLast()
    default: return holdings
    }
  }
}
