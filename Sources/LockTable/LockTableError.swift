/// The reason why a key was not acquired, other than a cancellation of the task. Nothing is held.
///
///     do {
///       try await locks.withLock(account, timeout: .milliseconds(500)) { … }
///     } catch let error as LockTableError where error.reason == .timedOut {
///       return .serviceUnavailable
///     }
///
/// `description` is one sentence, which names the key, the table and the limit, and the holder if
/// that is known: `account-42 of "accounts" was not free within 500 ms; held for 1.2 s by "POST
/// /transfer" (Transfer.swift:31)`.
///
/// An error is one reference. It keeps a copy of the key, and makes text of it only on request. Only
/// the forms that block a thread and return a guard have this as their one error
/// (`throws(LockTableError)`). A scoped form also throws what its body throws, and a form for tasks
/// also `CancellationError`.
public struct LockTableError: Error, Sendable {
  /// Why the key was not acquired. Later versions may have more reasons.
  public enum Reason: String, Sendable, Hashable, Codable {
    /// The key was not free before the time was up.
    case timedOut
    /// There are as many waiters already as ``LockTableError/waiterLimit-swift.property`` allows.
    case tooManyWaiters
    /// The table is closed.
    case closed
    /// The call was part of a deadlock, which this error ends.
    case deadlock
    /// The system refused the thread that keeps the deadlines of tasks, and there is none yet. The
    /// forms without a limit, and those that do not wait, need no such thread.
    case noTimer
    /// More permits were asked for than the key has (``SemaphoreTable``). Waiting would not help.
    case exceedsCapacity
  }

  /// The permits of a ``SemaphoreTable`` that were asked for.
  public struct Permits: Sendable, Hashable, Codable {
    /// How many the call asked for.
    public var requested: Int
    /// How many the key has, for ``Reason/exceedsCapacity``. Nil for all other reasons, and if it was
    /// not known any more when the error was made.
    public var capacity: Int?

    /// Makes the permits of an error, for a test double.
    public init(requested: Int, capacity: Int? = nil) {
      self.requested = requested
      self.capacity = capacity
    }
  }

  /// A limit of waiters, and whose it is.
  public enum WaiterLimit: Sendable, Hashable, Codable {
    /// ``LockTableConfiguration/maximumWaitersPerKey``, for one key.
    case key(Int)
    /// The limit of the call itself, for the queue of one key.
    case call(Int)
    /// The limit of the whole table, for all of its keys together.
    case table(Int)

    /// The number that this stands for.
    public var count: Int {
      switch self {
      case .key(let count), .call(let count), .table(let count): count
      }
    }
  }

  /// One wait of a deadlock: `waiter` waits for the key, and `blocker` is in the way.
  public struct Link: Sendable, Hashable {
    /// The participant that waits.
    public var waiter: LockParticipant
    /// The key in words, as ``LockTableError/key``.
    public var key: String
    /// The name of the key's table.
    public var tableName: String?
    /// The participant that the waiter waits for.
    public var blocker: LockParticipant
    /// Whether the blocker holds the key. If not, the blocker is a writer that waits for the key as
    /// well, and the waiter is a reader behind it in the queue.
    public var isHeldByBlocker: Bool

    /// Makes a link, for a test double.
    public init(
      waiter: LockParticipant, key: String, tableName: String? = nil, blocker: LockParticipant,
      isHeldByBlocker: Bool = true
    ) {
      self.waiter = waiter
      self.key = key
      self.tableName = tableName
      self.blocker = blocker
      self.isHeldByBlocker = isHeldByBlocker
    }
  }

  private var details: Details

  /// Makes an error, for a test double that throws it.
  public init(
    _ reason: Reason, key: some Hashable & Sendable, tableName: String? = nil,
    waited: Duration = .zero, limit: Duration? = nil, waiterLimit: WaiterLimit? = nil,
    holder: LockParticipant? = nil, cycle: [Link] = [], permits: Permits? = nil
  ) {
    details = Details(
      reason: reason, key: key, naming: TableNaming(name: tableName, keys: .key), waited: waited,
      limit: limit, waiterLimit: waiterLimit,
      rest: Rest(holder: holder, cycle: cycle, permits: permits))
  }

  /// Makes an error of a table. `key` is nil if the caller's collection did not have the key again.
  init(
    _ reason: Reason, key: (any Hashable & Sendable)?, naming: TableNaming, waited: Duration,
    limit: Duration?, waiterLimit: WaiterLimit?, permits: Permits?
  ) {
    details = Details(
      reason: reason, key: key, naming: naming, waited: waited, limit: limit,
      waiterLimit: waiterLimit, rest: Rest(holder: nil, cycle: [], permits: permits))
  }
}

extension LockTableError {
  /// Why the key was not acquired.
  public var reason: Reason {
    get { details.reason }
    set { unique.reason = newValue }
  }

  /// The key in words, as ``LockTableConfiguration/describeKey`` has them: on one line and safe to
  /// print. The text is made by this call. Of several keys, the one that was not acquired.
  public var key: String {
    details.key.map { details.naming.text(for: $0) } ?? "a key"
  }

  /// Returns the key, or nil if it is of another type.
  public func key<Key>(as _: Key.Type) -> Key? {
    details.key as? Key
  }

  /// The name of the table, if it has one.
  public var tableName: String? {
    get { details.naming.name }
    set { unique.naming = TableNaming(name: newValue, keys: details.naming.keys) }
  }

  /// How long the call waited, for all of its keys. Zero if it did not: a refusal reads no clock.
  public var waited: Duration {
    get { details.waited }
    set { unique.waited = newValue }
  }

  /// How long the call was allowed to wait: the timeout, or the time that was left until the
  /// deadline when the call found the key held. Nil for a form without a limit.
  public var limit: Duration? {
    get { details.limit }
    set { unique.limit = newValue }
  }

  /// The limit that was reached, for ``Reason/tooManyWaiters``.
  public var waiterLimit: WaiterLimit? {
    get { details.waiterLimit }
    set { unique.waiterLimit = newValue }
  }

  /// The holder of the key, with diagnostics: the one that had it for longest when the call had given
  /// up, or that was part of the deadlock. Nil if the key was free by then, and for all reasons but
  /// ``Reason/timedOut`` and ``Reason/deadlock``.
  public var holder: LockParticipant? {
    get { details.rest?.holder }
    set { unique.rest = Rest(holder: newValue, cycle: cycle, permits: permits) }
  }

  /// For ``Reason/deadlock``: the waits, of which the first one is that of the call that failed.
  /// Each link's blocker is the next one's waiter, and the last one's blocker the first one's waiter.
  public var cycle: [Link] {
    get { details.rest?.cycle ?? [] }
    set { unique.rest = Rest(holder: holder, cycle: newValue, permits: permits) }
  }

  /// The permits that were asked for. Nil if it was a lock: only a ``SemaphoreTable`` has permits.
  public var permits: Permits? {
    get { details.rest?.permits }
    set { unique.rest = Rest(holder: holder, cycle: cycle, permits: newValue) }
  }

  func withHolder(_ holder: LockParticipant?) -> Self {
    var error = self
    error.holder = holder
    return error
  }

  /// The first link is that of the call that failed.
  func withCycle(_ cycle: [Link]) -> Self {
    var error = self
    error.holder = cycle.first.flatMap { $0.isHeldByBlocker ? $0.blocker : nil }
    error.cycle = cycle
    return error
  }

  private var unique: Details {
    mutating get {
      if !isKnownUniquelyReferenced(&details) {
        details = details.copy()
      }
      return details
    }
  }

  var naming: TableNaming { details.naming }
}

extension LockTableError {
  private final class Details: @unchecked Sendable {
    // Sound to share: only the setters change it, and only while there is one reference.
    var reason: Reason
    let key: (any Hashable & Sendable)?
    var naming: TableNaming
    var waited: Duration
    var limit: Duration?
    var waiterLimit: WaiterLimit?
    var rest: Rest?

    init(
      reason: Reason, key: (any Hashable & Sendable)?, naming: TableNaming, waited: Duration,
      limit: Duration?, waiterLimit: WaiterLimit?, rest: Rest?
    ) {
      self.reason = reason
      self.key = key
      self.naming = naming
      self.waited = waited
      self.limit = limit
      self.waiterLimit = waiterLimit
      self.rest = rest
    }

    func copy() -> Details {
      Details(
        reason: reason, key: key, naming: naming, waited: waited, limit: limit,
        waiterLimit: waiterLimit, rest: rest)
    }
  }

  /// What most errors have not.
  private final class Rest: Sendable {
    let holder: LockParticipant?
    let cycle: [Link]
    let permits: Permits?

    init?(holder: LockParticipant?, cycle: [Link], permits: Permits?) {
      guard holder != nil || !cycle.isEmpty || permits != nil else { return nil }
      self.holder = holder
      self.cycle = cycle
      self.permits = permits
    }
  }
}
