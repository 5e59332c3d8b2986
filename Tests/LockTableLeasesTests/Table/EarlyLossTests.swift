import LockTable
import LockTableLeases
import Synchronization
import Testing

/// Reports that the first grant is lost before it answers.
private final class HastyStore: LeaseStore {
  let report = Mutex<(@Sendable (LeaseStoreChange) -> Void)?>(nil)
  let grants = Mutex<[LeaseClaim]>([])

  var name: String { "hasty" }
  var expiry: LeaseExpiry { .never }

  func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    self.report.withLock { $0 = report }
    // It knows the table, which has this store.
    defer { self.report.withLock { $0 = nil } }
    report(.connected)
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
  }

  func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    let count = grants.withLock { grants in
      grants.append(claim)
      return grants.count
    }
    if count == 1 {
      report.withLock { $0 }?(.lost(claim))
    }
    return .granted(token: Int64(count))
  }

  func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    claims.map { _ in .renewed(isWanted: false) }
  }

  func release(_ claim: LeaseClaim) async throws(LeaseStoreError) -> LeaseRelease {
    LeaseRelease(wasHeld: true)
  }

  func holdings(in namespace: String) async throws(LeaseStoreError) -> [LeaseHolding] { [] }
}

@Suite(.timeLimit(.minutes(15))) struct EarlyLossTests {
  @Test func aLossThatIsReportedBeforeItsGrantIsNoHold() async throws {
    let store = HastyStore()
    let leases = LeaseTable<String>(store: store, namespace: "orders")
    let run = Task { try await leases.run() }
    while store.report.withLock({ $0 == nil }) { try await Task.sleep(for: .milliseconds(1)) }
    let token = try await leases.withLease("account-42") { $0.fencingToken }
    #expect(token == 2 << 6)
    let claims = store.grants.withLock { $0 }
    #expect(claims.count == 2 && claims.first?.owner != claims.last?.owner)
    run.cancel()
    try await run.value
    #expect(leases.isEmpty)
  }
}
