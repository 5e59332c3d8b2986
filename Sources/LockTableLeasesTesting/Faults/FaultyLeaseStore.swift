public import LockTable
public import LockTableLeases

/// A store with faults that a test orders, in front of any store: messages that are lost, late, out
/// of order or there twice, an outage, a theft.
///
///     let store = FaultyLeaseStore(.memory(engine), clock: clock)
///     store.plan = .script([.answerLost], to: \.isAcquire)     // the engine granted; nobody heard it
///     …
///     store.interrupt()                                        // calls fail
///     store.connect()                                          // and succeed again
///
/// It keeps the promises of a store as long as the store behind it does. In particular a release
/// comes after the requests for its claim that were made before: what is still on its way then is
/// carried out first. Without faults it costs a few mutexes, and changes nothing.
public final class FaultyLeaseStore: LeaseStore {
  struct State {
    var plan = LeaseFaultPlan.none
    var reportPlan: @Sendable (LeaseStoreChange) -> LeaseFault.Delivery = { _ in .atOnce }
    var transit = LeaseTransit()
    /// Whether what was planned for the calls that are on their way does not count any more.
    var areFaultsOver = false
    var outage: LeaseStoreError?
    var isConnected = false
    var report: (@Sendable (LeaseStoreChange) -> Void)?
    /// The claims that were granted through this store.
    var grants: [LeaseName: LeaseClaim] = [:]
    var heldWaiters: [(count: Int, waiter: CheckedContinuation<Void, Never>)] = []
    var lastTheft: UInt64 = 0
  }

  /// The store behind.
  public let base: any LeaseStore

  let state = Guarded(State())
  let clock: (any LockClock)?
  let start = ContinuousClock.now

  /// Makes a store without faults. A `clock` measures how late a message is; without one the system's
  /// does.
  public init(
    _ base: any LeaseStore, clock: (any LockClock)? = nil, plan: LeaseFaultPlan = .none
  ) {
    self.base = base
    self.clock = clock
    self.plan = plan
  }

  /// What happens to the calls that come from now on.
  public var plan: LeaseFaultPlan {
    get { state.withValue { $0.plan } }
    set {
      state.withValue { state in
        state.plan = newValue
        state.areFaultsOver = false
      }
    }
  }

  /// What happens to the reports of the store behind from now on.
  public var reportPlan: @Sendable (LeaseStoreChange) -> LeaseFault.Delivery {
    get { state.withValue { $0.reportPlan } }
    set { state.withValue { $0.reportPlan = newValue } }
  }

  /// The name of the store behind.
  public var name: String { base.name }

  /// The expiry of the store behind.
  public var expiry: LeaseExpiry { base.expiry }

  /// Whether the store behind is fair.
  public var isFair: Bool { base.isFair }

  var now: Duration { clock?.time ?? ContinuousClock.now - start }

  /// Runs the store behind. While it is interrupted, nothing is reported.
  public nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    state.withValue { $0.report = report }
    defer {
      state.withValue { state in
        state.report = nil
        state.isConnected = false
      }
    }
    try await base.run(as: process) { [self] change in relay(change) }
  }

  /// Asks the store behind, if the plan lets it.
  public nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    let outcome = await call(.acquire(claim, for: duration, waits: waits))
    guard case .answer(let answer) = outcome else { throw outcome.error }
    return answer
  }

  /// Asks the store behind, if the plan lets it.
  public nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    let outcome = await call(.renew(claims, for: duration))
    guard case .renewals(let renewals) = outcome else { throw outcome.error }
    return renewals
  }

  /// Asks the store behind, if the plan lets it.
  public nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    let outcome = await call(.release(claim))
    guard case .release(let release) = outcome else { throw outcome.error }
    return release
  }

  /// Asks the store behind, if the plan lets it.
  public nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    let outcome = await call(.holdings(namespace: namespace))
    guard case .holdings(let holdings) = outcome else { throw outcome.error }
    return holdings
  }
}

extension LeaseOutcome {
  var error: LeaseStoreError {
    guard case .failure(let error) = self else {
      fatalError("LockTableLeasesTesting: a store gave the answer of another call")
    }
    return error
  }
}
