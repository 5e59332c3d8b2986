public import CLockTable

// The guard forms of a table of values, for threads and for tasks.

extension MutexTable where Value: ~Copyable {
  /// Acquires `key` and returns its guard. Blocks the thread while another caller holds the key.
  /// Prefer `withLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``LockTable/Guard``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(_ key: Key, file: StaticString = #fileID, line: UInt = #line) -> Guard {
    locks.noteCall(file, line)
    return Guard(
      locks.acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap(), of: self)
  }

  /// Acquires `key` if the key becomes available within `timeout`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Guard {
    locks.noteCall(file, line)
    return Guard(
      try locks.acquireHold(key, for: timeout.wait(maximumWaiters), mode: .exclusive), of: self)
  }

  /// Acquires `key` if the key becomes available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Guard {
    locks.noteCall(file, line)
    return Guard(
      try locks.acquireHold(key, for: deadline.wait(maximumWaiters), mode: .exclusive), of: self)
  }

  /// Acquires `key` if it is available. Otherwise returns nil at once. Never waits.
  @inlinable
  public func acquireIfAvailable(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) -> Guard? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return Guard(hold, of: self)
  }

  /// Acquires `key` and returns its guard. The task suspends while another caller holds the
  /// key, and stays on the caller's actor.
  ///
  /// - Throws: `CancellationError` and ``LockTableError``, holding nothing.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: .unlimited(maximumWaiters), mode: .exclusive) {
      Guard($0, of: self)
    }
  }

  /// Acquires `key` if the key becomes available within `timeout`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: timeout.wait(maximumWaiters), mode: .exclusive) {
      Guard($0, of: self)
    }
  }

  /// Acquires `key` if the key becomes available before `deadline`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    locks.noteCall(file, line)
    return try await locks.acquire(key, for: deadline.wait(maximumWaiters), mode: .exclusive) {
      Guard($0, of: self)
    }
  }
}
