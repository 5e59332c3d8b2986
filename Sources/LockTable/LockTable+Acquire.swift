public import CLockTable

// The guard forms hold the key for as long as the guard lives.

extension LockTable {
  /// Acquires `key` and returns its guard.
  ///
  /// Blocks the thread while another caller holds the key. Costs and traps as `withLock(_:_:)`
  /// does. Prefer `withLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key) -> Guard {
    Guard(acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap())
  }

  /// Acquires `key` if the key becomes available within `timeout`. Waits as
  /// `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key, timeout: Duration) throws -> Guard {
    Guard(try acquireHold(key, limit: .timeout(timeout), mode: .exclusive))
  }

  /// Acquires `key` if the key becomes available before `deadline`. Waits as `withLock(_:until:_:)`
  /// does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) throws -> Guard {
    Guard(try acquireHold(key, limit: .instant(deadline), mode: .exclusive))
  }

  /// Acquires `key` if no caller holds it. Otherwise returns nil at once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` release at once. See ``Guard``.
  @inlinable
  public func acquireIfAvailable(_ key: Key) -> Guard? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return Guard(hold)
  }
}
