public import CLockTable
public import CSwiftTask

// Shared mode, for tasks. See LockTable+Tasks.swift.

extension LockTable {
  /// Runs `body` while holding `key` shared. Other callers may hold the key shared at the same
  /// time, and none exclusively.
  ///
  /// Suspends the task while a writer holds the key, and while readers hold it and a writer waits.
  /// Readers and writers, threads and tasks stand in one queue. A reader that arrives while the key
  /// is held and a writer waits stands behind that writer. A release that lets in one reader also
  /// lets in the readers next to it in the queue. Everything else is as in the exclusive form.
  ///
  /// Not reentrant: acquiring the key shared inside `body` waits for ever if a writer arrived in
  /// between, and acquiring it exclusively always does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has
  ///   the key; ``LockTableError/tooManyWaiters``; what `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    if hold.isPin {
      return try await withSuspendedLock(hold, mode: .shared, isolation: #isolation, body)
    }
    defer { lt_release_shared(hold) }
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return try await body()
  }

  /// Runs `body` while holding `key` shared, if the key becomes available within `timeout`.
  ///
  /// Waits as the untimed form does, but no longer than that. A timeout of zero or less tries once.
  /// A timeout that the clock can't hold is no limit.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, without running `body`; and what
  ///   the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .timeout(timeout), mode: .shared)
    defer { lt_release_shared(hold) }
    return try await body()
  }

  /// Runs `body` while holding `key` shared, if the key becomes available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, without running `body`; and what
  ///   the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .instant(deadline), mode: .shared)
    defer { lt_release_shared(hold) }
    return try await body()
  }

  /// Runs `body` while holding `key` shared, if the key is free, or if readers hold it and no
  /// writer waits. Never suspends for the key; `body` may. Does not check for cancellation, for the
  /// reasons of the exclusive form.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLockIfAvailable<
    Result: ~Copyable, Failure: Error
  >(
    _ key: Key, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    defer { lt_release_shared(hold) }
    return try await body()
  }

  /// Acquires `key` shared and returns its guard, which is the same as a thread's.
  ///
  /// Suspends the task while a writer holds the key, and while readers hold it and a writer waits.
  /// Otherwise does not suspend. Either acquires the key or throws an error, as the exclusive form
  /// does.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the
  ///   key; ``LockTableError/tooManyWaiters``.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(_ key: Key) async throws -> SharedGuard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    guard hold.isPin else { return SharedGuard(try hold.unlessCancelled(.shared)) }
    return SharedGuard(
      try await suspendForHold(hold, mode: .shared, deadline: LT_FOREVER))
  }

  /// Acquires `key` shared if the key becomes available within `timeout`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``; and what the untimed form
  ///   throws.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, timeout: Duration
  ) async throws -> SharedGuard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    guard hold.isPin else { return SharedGuard(try hold.unlessCancelled(.shared)) }
    return SharedGuard(
      try await suspendForHold(hold, mode: .shared, deadline: WaitLimit.timeout(timeout).deadline))
  }

  /// Acquires `key` shared if the key becomes available before `deadline`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``; and what the untimed form
  ///   throws.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) async throws -> SharedGuard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    guard hold.isPin else { return SharedGuard(try hold.unlessCancelled(.shared)) }
    return SharedGuard(
      try await suspendForHold(hold, mode: .shared, deadline: WaitLimit.instant(deadline).deadline))
  }
}
