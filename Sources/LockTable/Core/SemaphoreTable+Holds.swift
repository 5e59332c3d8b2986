public import CLockTable

// How permits are acquired. One permit, of a table whose keys all have the same number, is a shared
// hold of the table that a SemaphoreTable is made of: the core knows what the table is for. All
// else begins with a pin of the key, which the wait goes on from.

extension SemaphoreTable {
  /// Returns the core's number. Traps if it is less than 1. The core has no larger number than that
  /// of the most permits that a key can have.
  @usableFromInline
  func checked(_ count: Int) -> UInt32 {
    guard count >= 1 else {
      fatalError("LockTable: \(count) permits were asked for; a call asks for at least 1")
    }
    return UInt32(min(count, Int(LT_MOST_PERMITS)))
  }

  /// Takes one permit if it is left, and otherwise pins the key.
  @inlinable
  @inline(__always)
  func takeOrPin(_ key: Key) -> lt_hold_t {
    isUniform
      ? locks.acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
      : takeOrPinAsking(key)
  }

  /// The same in a table whose keys have numbers of their own. Asks for that of this key if nobody
  /// has.
  @usableFromInline
  @inline(never)
  func takeOrPinAsking(_ key: Key) -> lt_hold_t {
    let hold = locks.acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    return hold.isPin ? takeOrPin(1, of: hold.asPin, key) : hold
  }

  /// Takes several permits if they are left, and otherwise pins the key.
  @usableFromInline
  @inline(never)
  func takeOrPin(_ permits: UInt32, of key: Key) -> lt_hold_t {
    takeOrPin(permits, of: locks.pinned(key), key)
  }

  private func takeOrPin(_ permits: UInt32, of pin: lt_hold_t, _ key: Key) -> lt_hold_t {
    var pin = pin
    return withExtendedLifetime(locks) {
      // Asks before it takes, as the first in line may be waiting for that answer.
      ask(pin, key)
      guard !lt_try_permits(&pin, permits) else { return pin }
      return lt_hold_t(place: pin.place.map { $0 + Int(LT_PIN_BIT) }, tag: pin.tag)
    }
  }

  /// Takes permits if they are left. Returns nil if not.
  @inlinable
  @inline(__always)
  func takeIfAvailable(_ key: Key, inScope: Bool) -> lt_hold_t? {
    isUniform
      ? locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared, inScope: inScope).ifHeld
      : takeOrUnpin(1, of: key)
  }

  @usableFromInline
  @inline(never)
  func takeOrUnpin(_ permits: UInt32, of key: Key) -> lt_hold_t? {
    let hold = permits == 1 ? takeOrPinAsking(key) : takeOrPin(permits, of: key)
    guard hold.isPin else { return hold }
    lt_unpin(hold.asPin)
    return nil
  }

  /// Takes one permit for a thread, without a limit.
  @inlinable
  @inline(__always)
  func takePermit(_ key: Key, inScope: Bool = false) -> lt_hold_t {
    isUniform
      ? locks.acquireHold(key, deadline: LT_FOREVER, mode: .shared, inScope: inScope).orTrap()
      : takePermitAsking(key)
  }

  @usableFromInline
  @inline(never)
  func takePermitAsking(_ key: Key) -> lt_hold_t {
    let hold = takeOrPinAsking(key)
    guard hold.isPin else { return hold }
    var pin = hold.asPin
    let status = withExtendedLifetime(locks) {
      lt_wait_permits(&pin, 1, LT_FOREVER, LT_ANY_NUMBER)
    }
    return (status == LT_OK ? pin : lt_hold_t(place: nil, tag: UInt64(status))).orTrap()
  }

  /// Takes permits for a thread, with a limit. Only a call that finds too few left evaluates it.
  @inlinable
  @inline(__always)
  func takePermits(
    _ permits: UInt32, of key: Key, for wait: @autoclosure () -> LimitedWait
  ) throws(LockTableError) -> lt_hold_t {
    let hold = permits == 1 ? takeOrPin(key) : takeOrPin(permits, of: key)
    guard hold.isPin else { return hold }
    return try waitForPermits(hold, of: key, wait().of(permits))
  }

  @usableFromInline
  @inline(never)
  func waitForPermits(
    _ pinned: lt_hold_t, of key: Key, _ wait: LimitedWait
  ) throws(LockTableError) -> lt_hold_t {
    // The forms without a limit that get here throw, so that their waits can be refused.
    let wait = wait.on(locks.clock)
    let deadline = wait.deadline == LT_FOREVER ? LT_REFUSABLE : wait.deadline
    var pin = pinned.asPin
    let hold = withExtendedLifetime(locks) {
      if let alarm = wait.alarm {
        return ThreadSuspension.hold(
          of: pin.marked(.shared), permits: wait.permits, mostWaiters: wait.mostWaiters,
          until: alarm)
      }
      let status = lt_wait_permits(&pin, wait.permits, deadline, wait.mostWaiters)
      return status == LT_OK ? pin : lt_hold_t(place: nil, tag: UInt64(status))
    }
    guard hold.place == nil else { return hold }
    // What the core calls busy had no time to wait.
    throw locks.error(for: WaitFailure(status: hold.status, wait: wait), key: key)
  }

  /// Takes permits for a task, and checks for cancellation once it has them.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func takePermitsUnlessCancelled(
    _ permits: UInt32, of key: Key, for wait: @autoclosure () -> LimitedWait
  ) async throws -> lt_hold_t {
    let hold = permits == 1 ? takeOrPin(key) : takeOrPin(permits, of: key)
    guard hold.isPin else {
      return try hold.unlessCancelled(ofPermits: permits)
    }
    return try await locks.suspendForHold(hold, of: key, wait().of(permits), mode: .shared)
  }

  /// Takes several permits for a task, whether or not it is cancelled.
  @usableFromInline
  @inline(never)
  nonisolated(nonsending) func takePermitsUncancellably(
    _ permits: UInt32, of key: Key
  ) async throws -> lt_hold_t {
    let hold = permits == 1 ? takeOrPin(key) : takeOrPin(permits, of: key)
    guard hold.isPin else { return hold }
    return try await locks.suspendForHold(
      hold, of: key, LimitedWait(deadline: LT_UNREFUSED, permits: permits), mode: .shared,
      checksCancellation: false)
  }
}

extension SemaphoreTable {
  /// The body of the scoped forms for a thread that may have several permits.
  @inlinable
  @inline(__always)
  func withHold<Result: ~Copyable, Failure: Error>(
    _ hold: lt_hold_t, _ permits: UInt32, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do throws(Failure) {
      let result = try body()
      lt_release_permits(hold, permits)
      return result
    } catch {
      lt_release_permits(hold, permits)
      throw error
    }
  }

  /// The same for a task, which leaves the line if it is cancelled.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func withPermitsInTask<Result: ~Copyable, Failure: Error>(
    _ permits: UInt32, of key: Key, for wait: @autoclosure () -> LimitedWait,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await takePermitsUnlessCancelled(permits, of: key, for: wait())
    defer { lt_release_permits(hold, permits) }
    return try await body()
  }
}
