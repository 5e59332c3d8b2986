public import CLockTable
public import CSwiftTask

// Shared mode, for tasks. See LockTable+Tasks.swift.

extension LockTable {
  /// Runs `body` while holding `key` shared: others may hold it shared at the same time, nobody
  /// exclusively.
  ///
  /// Suspends the task while another holds the key exclusively, or waits for that. Readers and
  /// writers, threads and tasks stand in one queue: a reader who comes while others hold the key
  /// and a writer waits stands behind it, and a release that lets one reader in lets those next to
  /// it in the queue in together. For the rest, as the exclusive form.
  ///
  /// Not reentrant: acquiring the key shared inside `body` waits for ever if a writer came in between,
  /// and acquiring it exclusively does at once.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has the
  ///   key; ``LockTableError/tooManyWaiters``; what `body` throws. The key is released first.
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

  /// Runs `body` while holding `key` shared, if it can be had within `timeout`.
  ///
  /// As the untimed form, but waits no longer than that. A timeout of zero or less
  /// tries once; one that the clock can't hold is no limit.
  ///
  /// - Throws: ``LockTimeoutError``, without running `body`; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .timeout(timeout), mode: .shared)
    defer { lt_release_shared(hold) }
    return try await body()
  }

  /// Runs `body` while holding `key` shared, if it can be had before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError``, without running `body`; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .instant(deadline), mode: .shared)
    defer { lt_release_shared(hold) }
    return try await body()
  }

  /// Runs `body` while holding `key` shared, if nobody holds it exclusively or waits for that. Never
  /// suspends for the key; `body` may. Does not check for cancellation, as of the exclusive form.
  ///
  /// - Returns: What `body` returns; nil at once, without running it, if the key can't be had.
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
  /// Suspends the task while another holds the key exclusively, or waits for that; otherwise does not
  /// suspend. Either the key is acquired or an error is thrown, as of the exclusive form.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the key;
  ///   ``LockTableError/tooManyWaiters``.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(_ key: Key) async throws -> SharedGuard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    guard hold.isPin else { return SharedGuard(try hold.unlessCancelled(.shared)) }
    return SharedGuard(
      try await suspendForHold(hold, mode: .shared, deadline: LT_FOREVER))
  }

  /// Acquires `key` shared if that can be done within `timeout`. As the untimed form.
  ///
  /// - Throws: ``LockTimeoutError``; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, timeout: Duration
  ) async throws -> SharedGuard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .shared).orTrap()
    guard hold.isPin else { return SharedGuard(try hold.unlessCancelled(.shared)) }
    return SharedGuard(
      try await suspendForHold(hold, mode: .shared, deadline: WaitLimit.timeout(timeout).deadline))
  }

  /// Acquires `key` shared if that can be done before `deadline`. As the untimed form.
  ///
  /// - Throws: ``LockTimeoutError``; and what the untimed form throws.
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
