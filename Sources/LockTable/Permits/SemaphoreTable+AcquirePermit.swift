// The guard forms, for threads and for tasks. The guards are the same.

extension SemaphoreTable {
  /// Acquires a permit of `key` and returns its guard.
  ///
  /// Blocks the thread, costs and traps as `withPermit(_:_:)` does. Prefer that where the permit is
  /// kept for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` give it back at once. See ``Permit``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermit(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) -> Permit {
    locks.noteCall(file, line)
    return Permit(takePermit(key), 1)
  }

  /// Acquires a permit of `key` if one is handed over within `timeout`. Waits, and is refused
  /// beyond `maximumWaiters`, as `withPermit(_:timeout:_:)` is.
  ///
  /// - Throws: ``LockTableError``, and no other error, without a permit.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermit(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> Permit {
    try acquirePermits(
      1, of: key, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line)
  }

  /// Acquires a permit of `key` if one is handed over before `deadline`. Otherwise works as the
  /// form with a timeout does.
  ///
  /// - Throws: ``LockTableError``, and no other error, without a permit.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermit(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Permit {
    try acquirePermits(
      1, of: key, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line)
  }

  /// Acquires a permit of `key` if one is left and nobody is in line. Otherwise returns nil at
  /// once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` give it back at once. See ``Permit``.
  @inlinable
  public func acquirePermitIfAvailable(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) -> Permit? {
    locks.noteCall(file, line)
    guard let hold = takeIfAvailable(key, inScope: false) else { return nil }
    return Permit(hold, 1)
  }

  /// Acquires `count` permits of `key`, which it gets together, and returns their guard. Blocks the
  /// thread as `withPermits(_:of:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, without a permit.
  /// - Warning: `let _ =` and `_ =` give them back at once. See ``Permit``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermits(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(try takePermits(permits, of: key, for: .unlimited(nil)), permits)
  }

  /// Acquires `count` permits of `key` if they are handed over within `timeout`. Waits as
  /// `withPermits(_:of:timeout:_:)` does.
  ///
  /// - Throws: ``LockTableError``, and no other error, without a permit.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermits(
    _ count: Int, of key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(try takePermits(permits, of: key, for: timeout.wait(maximumWaiters)), permits)
  }

  /// Acquires `count` permits of `key` if they are handed over before `deadline`. Otherwise works
  /// as the form with a timeout does.
  ///
  /// - Throws: ``LockTableError``, and no other error, without a permit.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquirePermits(
    _ count: Int, of key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(try takePermits(permits, of: key, for: deadline.wait(maximumWaiters)), permits)
  }

  /// Acquires `count` permits of `key` if so many are left and nobody is in line. Otherwise, and
  /// also if the key never has so many, returns nil at once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` give them back at once. See ``Permit``.
  @inlinable
  public func acquirePermitsIfAvailable(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line
  ) -> Permit? {
    locks.noteCall(file, line)
    let permits = checked(count)
    guard let hold = takeOrUnpin(permits, of: key) else { return nil }
    return Permit(hold, permits)
  }
}

extension SemaphoreTable {
  /// Acquires a permit of `key` and returns its guard, which is the same as a thread's.
  ///
  /// Suspends the task, checks for cancellation, and is refused beyond `maximumWaiters` as
  /// `withPermit(_:_:)` is. Either acquires the permit or throws an error.
  ///
  /// - Throws: `CancellationError`, without a permit, if the task is cancelled before it has one;
  ///   ``LockTableError``, likewise.
  /// - Warning: `let _ =` and `_ =` give it back at once. See ``Permit``.
  @inlinable
  public nonisolated(nonsending) func acquirePermit(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Permit {
    try await acquirePermits(1, of: key, maximumWaiters: maximumWaiters, file: file, line: line)
  }

  /// Acquires a permit of `key` if one is handed over within `timeout`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquirePermit(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> Permit {
    try await acquirePermits(
      1, of: key, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line)
  }

  /// Acquires a permit of `key` if one is handed over before `deadline`. Otherwise works as the
  /// form with a timeout does.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func acquirePermit(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Permit {
    try await acquirePermits(
      1, of: key, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line)
  }

  /// Acquires `count` permits of `key`, which it gets together, and returns their guard. Suspends
  /// the task as `withPermits(_:of:_:)` does.
  ///
  /// - Throws: What `withPermits(_:of:_:)` throws of its own, without a permit.
  /// - Warning: `let _ =` and `_ =` give them back at once. See ``Permit``.
  @inlinable
  public nonisolated(nonsending) func acquirePermits(
    _ count: Int, of key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(
      try await takePermitsUnlessCancelled(permits, of: key, for: .unlimited(maximumWaiters)),
      permits)
  }

  /// Acquires `count` permits of `key` if they are handed over within `timeout`. Otherwise works as
  /// the untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquirePermits(
    _ count: Int, of key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(
      try await takePermitsUnlessCancelled(permits, of: key, for: timeout.wait(maximumWaiters)),
      permits)
  }

  /// Acquires `count` permits of `key` if they are handed over before `deadline`. Otherwise works
  /// as the form with a timeout does.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func acquirePermits(
    _ count: Int, of key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Permit {
    locks.noteCall(file, line)
    let permits = checked(count)
    return Permit(
      try await takePermitsUnlessCancelled(permits, of: key, for: deadline.wait(maximumWaiters)),
      permits)
  }
}
