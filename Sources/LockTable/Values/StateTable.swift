public import CLockTable

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
///   take its time and use other tables, and only callers of this key wait. If it throws, the call
///   throws that error, releases the key, and leaves nothing; the next caller tries again.
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

  /// The number of states. A snapshot: the call locks each stripe that was ever used for a moment.
  public var count: Int {
    withExtendedLifetime(self) { locks.core.valueCount }
  }

  /// The number of keys that are held, waited for, or pinned by a call in progress. Each has a
  /// state, but for those whose state is being made. A snapshot, as ``count`` is.
  public var lockedCount: Int { locks.count }

  /// Whether no key is in use. A snapshot, as ``count`` is.
  public var isEmpty: Bool { locks.isEmpty }

  /// The keys that have states, in no order. A snapshot, as ``MutexTable/keys`` is.
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

/// A hold of a key whose state is there.
@usableFromInline
@frozen
struct HeldState<State: ~Copyable> {
  @usableFromInline let hold: lt_hold_t
  @usableFromInline let place: KeptPlace<State>

  @inlinable
  init(hold: lt_hold_t, place: KeptPlace<State>) {
    self.hold = hold
    self.place = place
  }
}

extension StateTable where State: ~Copyable {
  /// Makes the state of a new exclusive hold if there is none. If the maker throws, releases the
  /// hold.
  @inlinable
  func begin(_ hold: lt_hold_t, of key: Key) throws -> HeldState<State> {
    let value = locks.core.value(of: hold)
    let place = KeptPlace<State>(room: value.place)
    if !value.is_present {
      do {
        place.begin(try make(key))
      } catch {
        endExclusive(hold)
        throw error
      }
      // The core hands the reference back where it ends the state.
      _ = Unmanaged.passRetained(states)
      lt_keep_value(hold)
    }
    return HeldState(hold: hold, place: place)
  }

  @inlinable
  @inline(__always)
  func endExclusive(_ hold: lt_hold_t) {
    lt_release_while_open(hold.place)
    extendLifetime(self)
  }

  @inlinable
  @inline(__always)
  func endShared(_ hold: lt_hold_t) {
    lt_release_shared(hold)
    extendLifetime(self)
  }

  /// A reader's hold, if the key has a state. If not, releases it: to make one takes another hold.
  @inlinable
  func shared(_ hold: lt_hold_t) -> HeldState<State>? {
    let value = locks.core.value(of: hold)
    guard value.is_present else {
      endShared(hold)
      return nil
    }
    return HeldState(hold: hold, place: KeptPlace<State>(room: value.place))
  }

  /// A writer's hold becomes a reader's, once the state is there.
  @inlinable
  func sharedAfterMaking(_ hold: lt_hold_t, of key: Key) throws -> HeldState<State> {
    let held = try begin(hold, of: key)
    return HeldState(hold: lt_downgrade(held.hold), place: held.place)
  }

  @inlinable
  func acquireShared<Failure: Error>(
    _ key: Key, by acquire: (LockMode) throws(Failure) -> lt_hold_t
  ) throws -> HeldState<State> {
    if let held = shared(try acquire(.shared)) {
      return held
    }
    return try sharedAfterMaking(try acquire(.exclusive), of: key)
  }

  @inlinable
  func acquireSharedIfAvailable(_ key: Key) throws -> HeldState<State>? {
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    if let held = shared(hold) {
      return held
    }
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try sharedAfterMaking(hold, of: key)
  }

  /// The two attempts have one limit.
  @inlinable
  nonisolated(nonsending) func acquireSharedInTask(
    _ key: Key, _ wait: LimitedWait
  ) async throws -> HeldState<State> {
    let hold = try await locks.acquireHoldUnlessCancelled(key, for: wait, mode: .shared)
    if let held = shared(hold) {
      return held
    }
    return try sharedAfterMaking(
      try await locks.acquireHoldUnlessCancelled(key, for: wait, mode: .exclusive), of: key)
  }
}
