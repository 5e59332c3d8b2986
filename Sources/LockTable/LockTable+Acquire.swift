public import CLockTable

// The guard forms for threads. They hold the key for as long as the guard lives.

extension LockTable {
  /// Acquires `key` and returns its guard.
  ///
  /// Blocks the thread while another caller holds the key. Costs and traps as `withLock(_:_:)`
  /// does. Prefer `withLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key, file: StaticString = #fileID, line: UInt = #line) -> Guard {
    noteCall(file, line)
    return Guard(acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap())
  }

  /// Acquires `key` if the key becomes available within `timeout`. Waits, and is refused beyond
  /// `maximumWaiters`, as `withLock(_:timeout:_:)` is.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> Guard {
    noteCall(file, line)
    return Guard(try acquireHold(key, for: timeout.wait(maximumWaiters), mode: .exclusive))
  }

  /// Acquires `key` if the key becomes available before `deadline`. Waits as `withLock(_:until:_:)`
  /// does.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> Guard {
    noteCall(file, line)
    return Guard(try acquireHold(key, for: deadline.wait(maximumWaiters), mode: .exclusive))
  }

  /// Acquires `key` if no caller holds it. Otherwise returns nil at once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` release at once. See ``Guard``.
  @inlinable
  public func acquireIfAvailable(_ key: Key, file: StaticString = #fileID, line: UInt = #line)
    -> Guard?
  {
    noteCall(file, line)
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return Guard(hold)
  }
}

extension LockTable {
  /// Acquires `key` shared and returns its guard.
  ///
  /// Blocks the thread, costs and traps as `withSharedLock(_:_:)` does. Prefer
  /// `withSharedLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key, file: StaticString = #fileID, line: UInt = #line)
    -> SharedGuard
  {
    noteCall(file, line)
    return SharedGuard(acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap())
  }

  /// Acquires `key` shared if the key becomes available within `timeout`. Waits as
  /// `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> SharedGuard {
    noteCall(file, line)
    return SharedGuard(try acquireHold(key, for: timeout.wait(maximumWaiters), mode: .shared))
  }

  /// Acquires `key` shared if the key becomes available before `deadline`. Waits as
  /// `withLock(_:until:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> SharedGuard {
    noteCall(file, line)
    return SharedGuard(try acquireHold(key, for: deadline.wait(maximumWaiters), mode: .shared))
  }

  /// Acquires `key` shared if the key is free, or if readers hold it and no writer waits. Otherwise
  /// returns nil at once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` release at once. See ``Guard``.
  @inlinable
  public func acquireSharedIfAvailable(_ key: Key, file: StaticString = #fileID, line: UInt = #line)
    -> SharedGuard?
  {
    noteCall(file, line)
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    return SharedGuard(hold)
  }
}

extension LockTable {
  /// Acquires `key` in `mode` and returns its guard: as `acquire(_:)` for `.exclusive`, as
  /// `acquireShared(_:)` for `.shared`.
  ///
  /// This form is for a mode that is known only at run time. So the type of its guard does not say
  /// the mode: see ``AnyGuard``.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key, mode: LockMode, file: StaticString = #fileID, line: UInt = #line)
    -> AnyGuard
  {
    noteCall(file, line)
    return AnyGuard(acquireHold(key, deadline: LT_FOREVER, mode: mode).orTrap(), mode: mode)
  }

  /// Acquires `key` in `mode` if the key becomes available within `timeout`. Waits as
  /// `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, mode: LockMode, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> AnyGuard {
    noteCall(file, line)
    return AnyGuard(try acquireHold(key, for: timeout.wait(maximumWaiters), mode: mode), mode: mode)
  }

  /// Acquires `key` in `mode` if the key becomes available before `deadline`. Waits as
  /// `withLock(_:until:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, mode: LockMode, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> AnyGuard {
    noteCall(file, line)
    return AnyGuard(
      try acquireHold(key, for: deadline.wait(maximumWaiters), mode: mode), mode: mode)
  }

  /// Acquires `key` in `mode` if the key is available at once: as `acquireIfAvailable(_:)` for
  /// `.exclusive`, as `acquireSharedIfAvailable(_:)` for `.shared`. Otherwise returns nil at once.
  /// Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` release at once. See ``Guard``.
  @inlinable
  public func acquireIfAvailable(
    _ key: Key, mode: LockMode, file: StaticString = #fileID, line: UInt = #line
  ) -> AnyGuard? {
    noteCall(file, line)
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: mode).ifHeld else {
      return nil
    }
    return AnyGuard(hold, mode: mode)
  }
}
