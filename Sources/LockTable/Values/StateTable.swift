/// A table of states by key, each with a lock of its own, and each there while somebody uses its
/// key.
///
///     let rooms = StateTable<RoomID, Room>(whileInUse: { id in try Room(id) })
///     try rooms.withLock(id) { room in room.enter(user) }
///
/// The first caller that holds a key makes the state. Those that wait, and all that come while it
/// is in use, have the same one. It ends when the last of them has left: nothing holds the key any
/// more, nothing waits for it. The next caller makes a new one.
///
/// What ``LockTable`` guarantees of keys is true here, too. Besides:
///
/// - The maker runs while the call holds the key, and with none of the table's own locks. It may
///   take its time and use other tables, and only callers of this key wait. In a task it should not
///   block, as it would block a thread that all tasks share. If it throws, the call throws that
///   error, releases the key, and leaves nothing; the next caller tries again.
/// - A state ends with no lock held, on the thread that leaves last, after it has released the key.
///   So a new state may be made meanwhile, and be there at the same time.
/// - A body that throws keeps what it has changed, for as long as the state is in use.
///
/// The exclusive forms need no `Sendable` state, and the shared forms are there if it is. A state
/// may be `~Copyable`. For values that stay until they are removed, there is ``MutexTable``.
public final class StateTable<Key: Hashable & Sendable, State: ~Copyable>: @unchecked Sendable {
  // Sound to share: a state is reached by the holders of its key only.

  /// The configuration of a table.
  public typealias Configuration = LockTableConfiguration

  /// The locks of the keys: for statistics, hooks, and whatever else takes a ``LockTable``. A key
  /// that is held by it is held here, and is in use.
  public let locks: LockTable<Key>

  @usableFromInline let states: KeptValues

  @usableFromInline let make: @Sendable (Key) throws -> sending State

  /// Makes an empty table, whose states `make` makes. Its name appears in errors and wherever else
  /// people read of the table.
  ///
  /// Traps if memory runs out, or if the configuration is out of range.
  public convenience init(
    name: String? = nil, configuration: Configuration = Configuration(),
    whileInUse make: @escaping @Sendable (Key) throws -> sending State
  ) {
    self.init(name: name, configuration: configuration, isMonitored: true, whileInUse: make)
  }

  /// A table that is not monitored is for tests that decide themselves when a woken waiter runs.
  package init(
    name: String? = nil, configuration: Configuration, isMonitored: Bool,
    whileInUse make: @escaping @Sendable (Key) throws -> sending State
  ) {
    var random = SystemRandomNumberGenerator()
    states = KeptValuesOf<State>()
    self.make = make
    locks = LockTable(
      name: name, configuration: configuration, seed: (random.next() | 1, random.next()),
      isMonitored: isMonitored, purpose: .values(states, inUseOnly: true))
  }
}

extension StateTable where State: ~Copyable {
  /// The name that the table was made with.
  public var name: String? { locks.name }

  /// The number of states. It is a snapshot: the call locks each stripe that was ever used for a
  /// moment.
  public var count: Int {
    withExtendedLifetime(self) { locks.core.valueCount }
  }

  /// The number of keys that are held, waited for, or pinned by a call in progress. Each has a
  /// state, but for those whose state is being made. The number is a snapshot, as ``count`` is.
  public var lockedCount: Int { locks.count }

  /// Whether no key is in use. The answer is a snapshot, as ``count`` is.
  public var isEmpty: Bool { locks.isEmpty }

  /// The keys that have states, in no order. They are a snapshot, as ``MutexTable/keys`` is.
  public var keys: [Key] {
    withExtendedLifetime(self) { locks.keysOfValues() }
  }

  /// Returns whether somebody holds the key, as ``LockTable/isLocked(_:)`` does.
  public func isLocked(_ key: Key) -> Bool { locks.isLocked(key) }

  /// What the table has done so far, in numbers.
  public func statistics() -> LockTableStatistics { locks.statistics() }

  /// Returns the keys that are held or waited for, with their holders and waiters.
  public func snapshot() -> LockTableSnapshot<Key> { locks.snapshot() }

  /// Closes the table, as ``LockTable/close()`` does.
  public func close() { locks.close() }

  /// Whether ``close()`` was called.
  public var isClosed: Bool { locks.isClosed }

  /// Waits until nobody holds a key or waits for one, as ``LockTable/drained(until:)`` does. Then
  /// all states have ended, but for one whose end has begun and is not over.
  public nonisolated(nonsending) func drained(until deadline: ContinuousClock.Instant) async -> Bool
  {
    await locks.drained(until: deadline)
  }
}
