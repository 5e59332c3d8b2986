public import CLockTable
public import CSwiftTask
internal import Synchronization

// The forms for tasks: the task suspends, and no thread of the pool is blocked.

extension FlightTable {
  /// Returns the result of the key's flight. Begins the flight with `load` if none is under way.
  ///
  /// The flight runs `load` in a task of its own, which has the priority and the task-locals of the
  /// caller that begins it. The `load` of a caller that joins is not used. If a caller of a higher
  /// priority joins, then the flight's task rises to it.
  ///
  /// The caller stays on its actor. If it is cancelled, it leaves at once, and the flight goes on for
  /// those who stay. When all have left, the flight's task is cancelled, and its result goes to
  /// nobody. A caller that arrives then waits until that task has ended, and begins a new flight.
  ///
  /// If the key has `maximumWaiters` waiters already, the call is refused at once: the one that began
  /// the flight counts. With 0 the call begins a flight or is refused. The limits of the table's
  /// configuration count as well. A caller that begins a flight is never refused for them.
  ///
  /// If `load` asks for the same key, it waits for itself, until it is cancelled.
  ///
  /// - Returns: What `load` returns, of the caller that began the flight.
  /// - Throws: What that `load` throws, as it is, to all callers that wait; `CancellationError` if
  ///   the caller's task is cancelled; ``LockTableError``. If `load` throws a `CancellationError` of
  ///   its own accord, then all callers that wait get that one.
  @inlinable
  public nonisolated(nonsending) func value(
    for key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    return try await fly(key, .unlimited(maximumWaiters), load)
  }

  /// Returns the result of the key's flight, if there is one within `timeout`. Begins the flight with
  /// `load` if none is under way.
  ///
  /// The timeout is the caller's, and not the flight's: a caller that is late leaves alone, as one
  /// that is cancelled does. A timeout of zero or less begins and joins nothing. A timeout that the
  /// clock can't hold is no limit.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func value(
    for key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    let wait = locks.measured(timeout.wait(maximumWaiters))
    return try await fly(key, wait, load)
  }

  /// Returns the result of the key's flight, if there is one before `deadline`. Begins the flight with
  /// `load` if none is under way.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func value(
    for key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    locks.noteCall(file, line)
    let wait = locks.measured(deadline.wait(maximumWaiters))
    return try await fly(key, wait, load)
  }

  /// Returns the result of the key's flight if one is under way, and waits for it. Begins none.
  ///
  /// - Returns: What the flight's `load` returns; nil if no flight is under way. If a flight is being
  ///   cancelled, the call waits for its end, and joins the next one or returns nil.
  /// - Throws: What the form that begins flights throws.
  @inlinable
  public nonisolated(nonsending) func valueIfInFlight(
    for key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Value? {
    locks.noteCall(file, line)
    let hold = locks.acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return locks.giveUp(hold) }
    let wait = LimitedWait.unlimited(maximumWaiters)
    let end = await locks.isWatched ? watchedWait(hold, wait) : waitForFlight(hold.asPin, wait)
    if let landed = end.landed {
      return try landed.takeRetainedValue().value(as: Value.self)
    }
    guard end.hold.place != nil else { throw error(of: end.hold, joined: end.joined, wait, key) }
    return locks.giveUp(end.hold)
  }

  /// A caller that joins has small frames, so that they fit into the first block of a task's stack of
  /// allocations. What the others need is in functions of their own, and an unlimited wait is made
  /// where it is needed.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func fly(
    _ key: Key, _ wait: @autoclosure () -> LimitedWait,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    let hold = locks.acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin, !locks.isWatched else {
      return try await flyOtherwise(hold, key, wait(), load)
    }
    let end = await waitForFlight(hold.asPin, wait())
    if let landed = end.landed {
      return try landed.takeRetainedValue().value(as: Value.self)
    }
    return try await begin(end.hold, joined: end.joined, key, wait(), load)
  }

  @inlinable
  @inline(never)
  nonisolated(nonsending) func flyOtherwise(
    _ hold: lt_hold_t, _ key: Key, _ wait: LimitedWait,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    guard hold.isPin else { return try await begin(hold, joined: 0, key, wait, load) }
    let end = await watchedWait(hold, wait)
    if let landed = end.landed {
      return try landed.takeRetainedValue().value(as: Value.self)
    }
    return try await begin(end.hold, joined: end.joined, key, wait, load)
  }

  /// Begins a flight of a key that the caller has, and waits for it. Throws if the caller has none.
  @inlinable
  @inline(never)
  nonisolated(nonsending) func begin(
    _ free: lt_hold_t, joined: UInt64, _ key: Key, _ wait: LimitedWait,
    _ load: nonisolated(nonsending) sending @escaping () async throws -> Value
  ) async throws -> Value {
    guard free.place != nil else { throw error(of: free, joined: joined, wait, key) }
    let hold = try free.unlessCancelled(.exclusive)
    let flight = Flight.make(hold, urgency: lt_task_priority(), load)
    let end = await waitForFlight(hold, beginning: flight, wait)
    guard end.hold.status == LT_LANDED else { throw error(of: end, of: flight, hold, wait, key) }
    return try flight.value(as: Value.self)
  }

  /// The wait for a pinned key, or its flight, in a table whose waits others watch.
  @usableFromInline
  @inline(never)
  nonisolated(nonsending) func watchedWait(
    _ pinned: lt_hold_t, _ wait: LimitedWait
  ) async -> FlightWait {
    let pin = pinned.asPin
    let observed = locks.observeWait(for: pin)
    let call = locks.notedCall
    let end = await waitForFlight(pin, wait)
    locks.note(call)
    observed?.end(end.hold, joined: end.joined)
    return end
  }

  @usableFromInline
  @inline(never)
  func error(
    of failure: lt_hold_t, joined: UInt64, _ wait: LimitedWait, _ key: Key
  ) -> any Error {
    locks.anyError(
      for: WaitFailure(status: failure.status, wait: wait, joined: joined), key: key)
  }

  /// The error of a caller that waits no longer for its own flight, or whose flight has not begun.
  @usableFromInline
  @inline(never)
  func error(
    of end: FlightWait, of flight: Flight, _ hold: lt_hold_t, _ wait: LimitedWait, _ key: Key
  ) -> any Error {
    if end.joined == 0 {
      flight.discard()
      lt_release(hold)
    }
    return error(of: end.hold, joined: end.joined, wait, key)
  }
}

extension LockTable {
  /// Whether there is more to do around a wait than to wait.
  @usableFromInline
  var isWatched: Bool { hasDiagnostics || hasWaitObserver.load(ordering: .acquiring) }

  @usableFromInline
  func giveUp<Result>(_ hold: lt_hold_t) -> Result? {
    lt_release(hold)
    return nil
  }
}
