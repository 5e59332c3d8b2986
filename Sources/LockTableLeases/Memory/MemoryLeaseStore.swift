/// A store in the memory of one process: for tests, for programs of one process, and as the reference
/// of what a store does.
///
/// It holds to all that ``LeaseStore`` promises, and to these:
///
/// - Those that wait for a name get it in the order in which they first asked.
/// - A call answers at once. It fails never, and does not look at the task's cancellation.
/// - A release is reported to the process that is next in line, before the release returns.
///
/// Each table has a store of its own. Tables that are to exclude each other share an engine:
///
///     let engine = MemoryLeaseEngine()
///     let leases = LeaseTable<String>(store: .memory(engine), namespace: "orders")
///
/// Nothing outlives the process, tokens neither: so don't show them to a resource that does.
public final class MemoryLeaseStore: LeaseStore {
  /// What the store shares with others.
  public let engine: MemoryLeaseEngine

  /// Makes a store, on an engine of its own if none is given.
  public init(_ engine: MemoryLeaseEngine = MemoryLeaseEngine()) {
    self.engine = engine
  }

  /// `memory`.
  public var name: String { "memory" }

  /// After the duration.
  public var expiry: LeaseExpiry { .afterDuration }

  /// True.
  public var isFair: Bool { true }

  /// Reports changes until the task is cancelled.
  public nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    let reports = MemoryLeaseReports(report)
    engine.add(reports, for: process)
    defer {
      engine.remove(reports, of: process)
      reports.end()
    }
    // The stream has no elements. It ends by the cancellation of the task.
    let (stream, end) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    end.finish()
  }

  /// Grants the name if it is free, or if its owner's time is over and nobody waits for it.
  public nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    engine.acquire(claim, for: duration, waits: waits)
  }

  /// Renews what is still the claim's, also after its time if nobody has taken it.
  public nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    engine.renew(claims, for: duration)
  }

  /// Gives the name to the first in line, or removes the claim from the line.
  public nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    engine.release(claim)
  }

  /// Returns the names that are held and whose time is not over, in order.
  public nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    engine.holdings(in: namespace)
  }
}

extension LeaseStore where Self == MemoryLeaseStore {
  /// A store in memory, on an engine that nothing else uses.
  public static var memory: MemoryLeaseStore { MemoryLeaseStore() }

  /// A store in memory, on an engine that it shares.
  public static func memory(_ engine: MemoryLeaseEngine) -> MemoryLeaseStore {
    MemoryLeaseStore(engine)
  }
}
