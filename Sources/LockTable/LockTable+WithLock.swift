public import CLockTable

// The scoped forms hold the key while the body runs, and release it whichever way the body ends.

extension LockTable {
  /// Runs `body` while holding `key` exclusively.
  ///
  /// Blocks the thread while another caller holds the key. If the key is free, the call costs about
  /// as much as a mutex, and allocates nothing. Traps if memory runs out.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let hold = acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap()
    defer { endScope(of: hold) }
    return try body()
  }

  /// Runs `body` while holding `key`, if the key becomes available within `timeout`.
  ///
  /// Blocks the thread for at most about that long, on a clock that stands still while the machine
  /// is suspended. A timeout of zero or less tries once. A timeout that the clock can't hold is no
  /// limit. The call reads no clock if the key is free.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, without running `body`;
  ///   or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    let hold = try acquireHold(key, limit: .timeout(timeout), mode: .exclusive)
    defer { endScope(of: hold) }
    return try body()
  }

  /// Runs `body` while holding `key`, if the key becomes available before `deadline`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does. The call computes the time that is left once, when it
  /// finds the key held. A deadline that has passed tries once. `ContinuousClock` goes on while the
  /// machine is suspended, and the wait does not: the wait then ends that much later than
  /// `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, without running `body`;
  ///   or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, _ body: () throws -> Result
  ) throws -> Result {
    let hold = try acquireHold(key, limit: .instant(deadline), mode: .exclusive)
    defer { endScope(of: hold) }
    return try body()
  }

  /// Runs `body` while holding `key`, if no caller holds the key.
  ///
  /// Never waits. A key that the caller itself holds is held, too.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is held.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    defer { endScope(of: hold) }
    return try body()
  }

  /// Releases an exclusive hold of a scope, in which the caller keeps the table.
  /// `withExtendedLifetime` becomes `fix_lifetime`, which makes the compiler keep the table until
  /// the core has read it for the last time.
  @inlinable
  @inline(__always)
  func endScope(of hold: lt_hold_t) {
    withExtendedLifetime(self) { lt_release_while_open(hold.place) }
  }

  /// A timed acquisition makes two attempts: the first reads no clock, the second does.
  @inlinable
  @inline(__always)
  func acquireHold(_ key: Key, limit: WaitLimit, mode: LockMode) throws -> lt_hold_t {
    if let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: mode).ifHeld {
      return hold
    }
    return try waitForHold(key, limit: limit, mode: mode)
  }

  @usableFromInline
  @inline(never)
  func waitForHold(_ key: Key, limit: WaitLimit, mode: LockMode) throws -> lt_hold_t {
    try acquireHold(key, deadline: limit.deadline, mode: mode).orThrow()
  }
}
