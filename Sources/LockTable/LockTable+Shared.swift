public import CLockTable

// Shared mode, for threads: any number of readers hold a key at the same time, or one writer does.

extension LockTable {
  /// Runs `body` while holding `key` shared: others may hold it shared at the same time, nobody
  /// exclusively, as `withLock(_:_:)` does. Readers share; a writer is alone.
  ///
  /// Readers and writers of a key stand in one queue:
  /// - A reader who comes while others hold the key and a writer waits stands behind it, so that no
  ///   stream of readers starves a writer.
  /// - A release that lets one reader in lets those next to it in the queue in together.
  /// - For the rest, ``LockTableConfiguration/Fairness`` decides.
  ///
  /// Blocks the thread while another holds the key exclusively, or waits for that. Costs and traps as
  /// `withLock(_:_:)` does. Readers of one key still meet in its bookkeeping, for a few dozen
  /// instructions: sharing pays where bodies take longer than that.
  ///
  /// Not reentrant. A thread that acquires a key shared which it holds shared waits for ever if a
  /// writer came in between: the reader stands behind the writer, and the writer waits for the reader
  /// to leave. Acquiring a key exclusively, while holding it either way, waits for ever at once.
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

  /// Runs `body` while holding `key` shared, if it can be had within `timeout`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError``, without running `body`; or what `body` throws.
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

  /// Runs `body` while holding `key` shared, if it can be had before `deadline`.
  ///
  /// Waits as `withLock(_:until:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTimeoutError``, without running `body`; or what `body` throws.
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

  /// Runs `body` while holding `key` shared, if nobody holds it exclusively or waits for that.
  ///
  /// Waits for nobody.
  ///
  /// - Returns: What `body` returns; nil at once, without running it, if the key can't be had.
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
  /// Blocks the thread, costs and traps as `withSharedLock(_:_:)` does. Prefer that where the key is
  /// held for one scope.
  ///
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key) -> SharedGuard {
    SharedGuard(acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap())
  }

  /// Acquires `key` shared if that can be done within `timeout`. Waits as
  /// `withLock(_:timeout:_:)` does.
  ///
  /// - Throws: ``LockTimeoutError``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(_ key: Key, timeout: Duration) throws -> SharedGuard {
    SharedGuard(try acquireHold(key, limit: .timeout(timeout), mode: .shared))
  }

  /// Acquires `key` shared if that can be done before `deadline`. Waits as `withLock(_:until:_:)`
  /// does.
  ///
  /// - Throws: ``LockTimeoutError``.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) throws -> SharedGuard {
    SharedGuard(try acquireHold(key, limit: .instant(deadline), mode: .shared))
  }

  /// Acquires `key` shared if nobody holds it exclusively or waits for that; nil at once if somebody
  /// does. Waits for nobody.
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
