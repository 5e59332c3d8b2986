/// An engine that grants leases to processes: a database, a directory, or memory.
///
/// A ``LeaseTable`` calls its store for one owner of a key at a time; callers of one process wait in
/// the table. The article <doc:WritingAStore> says what a store must hold to, and the suite in
/// `LockTableLeasesTesting` checks it.
///
/// What every store promises:
///
/// 1. Of two grants of a name, the later one has the larger token, also after a restart of the
///    engine. A repeated request of the owner that holds the name has a token at least as large.
/// 2. A name has one owner at a time, by the engine's clock alone. A grant ends by its release, or
///    once the engine has seen no renewal for the duration. A store whose ``expiry`` is
///    ``LeaseExpiry/never`` knows of itself when a holder's process has ended.
/// 3. Requests of one owner are idempotent. A release that comes late or twice finds nothing.
/// 4. The release of a claim reaches the engine after the requests for that claim that were made
///    before, also if one of those was cancelled. So nothing is left behind.
/// 5. No call blocks its thread for longer than a system call on a local disk. A call that waits for
///    the engine ends soon after its task is cancelled; ``release(_:)`` does not look at that.
///
/// Calls stay on the caller's actor, as far as the store does: a store that answers at once should
/// declare its members `nonisolated(nonsending)` as well, and so cost no change of the thread.
public protocol LeaseStore: Sendable {
  /// What the store is called in messages: `PostgreSQL`.
  var name: String { get }

  /// Whether a grant ends by itself.
  var expiry: LeaseExpiry { get }

  /// Whether the engine serves those that wait in the order of their requests, and keeps a name that
  /// was released for the first of them. False if a store does not say: before the table asks for a
  /// name once more that others want, it then waits for a millisecond, as it would be faster than all
  /// of them.
  var isFair: Bool { get }

  /// Connects, and does what the store does by itself until the task is cancelled. It tells `report`
  /// what changes, on any thread, and in the order in which it learned of it. `report` is short, and
  /// must be called with no lock of the store's held. It knows the table, which has the store: keep it
  /// no longer than this call lasts.
  ///
  /// A store reports ``LeaseStoreChange/connected`` when calls can succeed: once at first, and again
  /// after each interruption. A failure of the engine is no reason to return: the store reports it,
  /// and tries again with growing pauses. It throws what nobody can mend by waiting: a
  /// ``LeaseStoreError`` of the kind ``LeaseStoreError/Kind/configuration``.
  ///
  /// One table runs a store, once. The other calls may come before, and then wait or fail.
  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError)

  /// Asks for a name for this long. If the name is held and `waits` is true, the owner gets a place
  /// in line, if the engine has such a thing, and keeps it until it is granted the name or releases
  /// the claim. The table asks again when the store reports the name, and when the answer says so.
  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer

  /// Renews claims that the process holds, all for this long. The answers have the order of the
  /// claims, in which each name is there once.
  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal]

  /// Gives up a claim: its hold, if it has one, and its place in line.
  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease

  /// Returns which names of a namespace (escaped, as in ``LeaseName/namespace``) are held, by which
  /// process of those that use the engine.
  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding]
}

extension LeaseStore {
  /// False.
  public var isFair: Bool { false }
}

/// When a grant ends that nobody renews or releases.
public enum LeaseExpiry: Sendable, Hashable {
  /// After its duration, by the engine's clock.
  case afterDuration
  /// With its process, and not before. The table then renews nothing.
  case never
}

/// What a store answers to a request for a name.
public enum LeaseAnswer: Sendable, Hashable {
  /// The claim has the name. The token is positive and below 2⁵⁷.
  case granted(token: Int64)
  /// Another claim has the name.
  case held(LeaseObstacle)
}

/// What is in the way of a request.
public struct LeaseObstacle: Sendable, Hashable {
  /// The claim's owner, or nil if the engine does not say.
  public var owner: LeaseOwner?
  /// How long the name stays with it, if nobody renews or releases it.
  public var remaining: Duration?
  /// When to ask again, if the store reports nothing before. Nil leaves that to the table.
  public var retryAfter: Duration?

  /// Makes an obstacle.
  public init(owner: LeaseOwner? = nil, remaining: Duration? = nil, retryAfter: Duration? = nil) {
    self.owner = owner
    self.remaining = remaining
    self.retryAfter = retryAfter
  }
}

/// What a store answers to a renewal.
public enum LeaseRenewal: Sendable, Hashable {
  /// The claim still has the name, for the duration from now on. `isWanted`: others wait for it.
  case renewed(isWanted: Bool)
  /// The claim does not have the name.
  case lost
  /// The engine could not say for this claim, which is as it was, but answered for others. The table
  /// asks again soon. An error that concerns all claims is thrown instead.
  case unanswered(LeaseStoreError)
}

/// What a store answers to a release.
public struct LeaseRelease: Sendable, Hashable {
  /// Whether the claim had the name until then, without a gap.
  public var wasHeld: Bool
  /// Whether others wait for the name.
  public var isWanted: Bool

  /// Makes an answer.
  public init(wasHeld: Bool, isWanted: Bool = false) {
    self.wasHeld = wasHeld
    self.isWanted = isWanted
  }
}

/// What a store reports by itself.
public enum LeaseStoreChange: Sendable {
  /// Calls can succeed. What was reported before may have been missed: the table asks again for what
  /// it waits for, and renews what it holds.
  case connected
  /// Calls fail, or wait, until ``connected`` is reported.
  case interrupted(LeaseStoreError)
  /// A request for the name may be granted now.
  case mayBeFree(LeaseName)
  /// The claim does not have its name any more.
  case lost(LeaseClaim)
}

/// A name that is held, and by whom.
public struct LeaseHolding: Sendable, Hashable {
  /// The name.
  public var name: LeaseName
  /// The owner, or nil if the engine does not say, or if nobody understands what it says.
  public var owner: LeaseOwner?
  /// How long the name stays with the owner, if nobody renews or releases it.
  public var remaining: Duration?
  /// How many processes wait for the name, as far as the engine knows.
  public var waiterCount: Int?

  /// Makes a holding.
  public init(
    name: LeaseName, owner: LeaseOwner?, remaining: Duration? = nil, waiterCount: Int? = nil
  ) {
    self.name = name
    self.owner = owner
    self.remaining = remaining
    self.waiterCount = waiterCount
  }
}
