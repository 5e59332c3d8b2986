public import CLockTable

// Shared mode, for threads: any number of readers hold a key at the same time, or one writer does.

extension LockTable {
  /// Runs `body` while holding `key` shared. Other callers may hold the key shared at the same
  /// time, and none exclusively. Readers share; a writer, as in `withLock(_:_:)`, is alone.
  ///
  /// Readers and writers of a key stand in one queue:
  /// - A reader that arrives while the key is held and a writer waits stands behind that writer. So
  ///   no stream of readers starves a writer.
  /// - A release that lets in one reader also lets in the readers next to it in the queue.
  /// - ``LockTableConfiguration/Fairness`` decides everything else.
  ///
  /// Blocks the thread while a writer holds the key, and while readers hold it and a writer waits.
  /// Costs and traps as `withLock(_:_:)` does. Readers of one key still meet in its bookkeeping,
  /// for a few dozen instructions: sharing pays where bodies take longer than that.
  ///
  /// Not reentrant. A thread that holds a key shared and acquires it shared again waits for ever if
  /// a writer arrived in between: the reader stands behind the writer, and the writer waits for the
  /// reader to leave. A thread that holds a key in either mode and acquires it exclusively always
  /// waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let hold = acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap()
    defer { lt_release_shared(hold) }
    return try body()
  }

  /// Runs `body` while holding `key` shared, if the key becomes available within `timeout`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, without running `body`;
  ///   or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    let hold = try acquireHold(key, limit: .timeout(timeout), mode: .shared)
    defer { lt_release_shared(hold) }
    return try body()
  }

  /// Runs `body` while holding `key` shared, if the key becomes available before `deadline`.
  ///
  /// Waits as `withLock(_:until:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, without running `body`;
  ///   or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, _ body: () throws -> Result
  ) throws -> Result {
    let hold = try acquireHold(key, limit: .instant(deadline), mode: .shared)
    defer { lt_release_shared(hold) }
    return try body()
  }

  /// Runs `body` while holding `key` shared, if the key is free, or if readers hold it and no
  /// writer waits.
  ///
  /// Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    defer { lt_release_shared(hold) }
    return try body()
  }

  /// Acquires `key` shared and returns its guard.
  ///
  /// Blocks the thread, costs and traps as `withSharedLock(_:_:)` does. Prefer
  /// `withSharedLock(_:_:)` where the key is held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key) -> SharedGuard {
    SharedGuard(acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap())
  }

  /// Acquires `key` shared if the key becomes available within `timeout`. Waits as
  /// `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key, timeout: Duration) throws -> SharedGuard {
    SharedGuard(try acquireHold(key, limit: .timeout(timeout), mode: .shared))
  }

  /// Acquires `key` shared if the key becomes available before `deadline`. Waits as
  /// `withLock(_:until:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) throws -> SharedGuard {
    SharedGuard(try acquireHold(key, limit: .instant(deadline), mode: .shared))
  }

  /// Acquires `key` shared if the key is free, or if readers hold it and no writer waits. Otherwise
  /// returns nil at once. Never waits.
  ///
  /// - Warning: `if let _ =` and `!= nil` release at once. See ``Guard``.
  @inlinable
  public func acquireSharedIfAvailable(_ key: Key) -> SharedGuard? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    return SharedGuard(hold)
  }
}
