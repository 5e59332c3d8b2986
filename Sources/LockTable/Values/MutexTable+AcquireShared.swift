public import CLockTable

// The guard forms for readers.

extension MutexTable where Value: ~Copyable, Value: Sendable {
  /// Acquires `key` shared and returns its guard. Blocks the thread while a writer holds the key.
  /// Prefer `withSharedLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``LockTable/Guard``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key, file: StaticString = #fileID, line: UInt = #line)
    -> SharedGuard
  {
    locks.noteCall(file, line)
    return SharedGuard(
      locks.acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap(), of: self)
  }

  /// Acquires `key` shared if the key becomes available within `timeout`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> SharedGuard {
    locks.noteCall(file, line)
    return SharedGuard(
      try locks.acquireHold(key, for: timeout.wait(maximumWaiters), mode: .shared), of: self)
  }

  /// Acquires `key` shared if the key becomes available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> SharedGuard {
    locks.noteCall(file, line)
    return SharedGuard(
      try locks.acquireHold(key, for: deadline.wait(maximumWaiters), mode: .shared), of: self)
  }

  /// Acquires `key` shared if it is available. Otherwise returns nil at once. Never waits.
  @inlinable
  public func acquireSharedIfAvailable(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) -> SharedGuard? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    return SharedGuard(hold, of: self)
  }

  /// Acquires `key` shared and returns its guard. The task suspends while a writer holds the
  /// key, and stays on the caller's actor.
  ///
  /// - Throws: `CancellationError` and ``LockTableError``, holding nothing.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> SharedGuard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: .unlimited(maximumWaiters), mode: .shared) {
      SharedGuard($0, of: self)
    }
  }

  /// Acquires `key` shared if the key becomes available within `timeout`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> SharedGuard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: timeout.wait(maximumWaiters), mode: .shared) {
      SharedGuard($0, of: self)
    }
  }

  /// Acquires `key` shared if the key becomes available before `deadline`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> SharedGuard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: deadline.wait(maximumWaiters), mode: .shared) {
      SharedGuard($0, of: self)
    }
  }
}
