public import CLockTable

// The guard forms: the key is held for as long as the guard lives.

extension LockTable {
  /// Acquires `key` and returns its guard.
  ///
  /// Blocks the thread while another holds the key; costs and traps as `withLock(_:_:)` does. Prefer
  /// that where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key) -> Guard {
    Guard(acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap())
  }

  /// Acquires `key` if that can be done within `timeout`. Waits as `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key, timeout: Duration) throws -> Guard {
    Guard(try acquireHold(key, limit: .timeout(timeout), mode: .exclusive))
  }

  /// Acquires `key` if that can be done before `deadline`. Waits as `withLock(_:until:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) throws -> Guard {
    Guard(try acquireHold(key, limit: .instant(deadline), mode: .exclusive))
  }

  /// Acquires `key` if nobody holds it; nil at once if somebody does. Waits for nobody.
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
