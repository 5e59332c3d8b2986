public import CLockTable
public import CSwiftTask

// The scoped forms for tasks: the task suspends, and no thread of the pool is blocked.

extension LockTable {
  /// Runs `body` while holding `key`.
  ///
  /// Suspends the task while another holds the key, in one queue with threads and other tasks. Stays
  /// on the caller's actor throughout, and on the caller's thread if the key is free. `body` may
  /// suspend: the key stays held, and is released by whatever thread the task is on then.
  ///
  /// `body` never starts in a task that was cancelled before the previous holder released the key. Each
  /// throwing form checks for cancellation once, after it has the key; a task that is cancelled while it
  /// waits leaves the queue at once. `withUncancellableLock(_:_:)` does not check: use it for clean-up
  /// that must also run in a cancelled task.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever. No priority is lent to the
  /// holder. Where the state is one object, an actor is simpler; this is for state that is elsewhere (a
  /// row, a file, a remote resource), and for invariants that span an `await`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has the
  ///   key; ``LockTableError/tooManyWaiters``; what `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    if hold.isPin {
      return try await withSuspendedLock(hold, mode: .exclusive, isolation: #isolation, body)
    }
    defer { endScope(of: hold) }
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return try await body()
  }

  /// Runs `body` while holding `key`, if it can be had within `timeout`.
  ///
  /// As the untimed form, but waits no longer than that. A timeout of zero or less
  /// tries once; one that the clock can't hold is no limit.
  ///
  /// - Throws: ``LockTimeoutError``, without running `body`; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .timeout(timeout), mode: .exclusive)
    defer { endScope(of: hold) }
    return try await body()
  }

  /// Runs `body` while holding `key`, if it can be had before `deadline`.
  ///
  /// As the form with a timeout, which is computed once, when the key is found taken. `ContinuousClock`
  /// goes on while the machine is suspended and the wait does not: the wait then ends so much later.
  ///
  /// - Throws: ``LockTimeoutError``, without running `body`; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .instant(deadline), mode: .exclusive)
    defer { endScope(of: hold) }
    return try await body()
  }

  /// Runs `body` while holding `key`, if nobody holds it. Never suspends for the key; `body` may.
  ///
  /// Does not check for cancellation: it never waits, so a cancelled task gets its answer at once, and a
  /// check could not be reported, as only `body` throws.
  ///
  /// - Returns: What `body` returns; nil at once, without running it, if the key is held.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    defer { endScope(of: hold) }
    return try await body()
  }

  /// Acquires `key` and returns its guard, which is the same as a thread's.
  ///
  /// Suspends the task while another holds the key; does not suspend if it is free.
  ///
  /// Either the key is acquired or an error is thrown. As in the scoped forms, a task that was cancelled
  /// before the key was released to it gets the error, be the key free or not.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the key;
  ///   ``LockTableError/tooManyWaiters``.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquire(_ key: Key) async throws -> Guard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return Guard(try hold.unlessCancelled(.exclusive)) }
    return Guard(
      try await suspendForHold(hold, mode: .exclusive, deadline: LT_FOREVER))
  }

  /// Acquires `key` if that can be done within `timeout`. As the untimed form.
  ///
  /// - Throws: ``LockTimeoutError``; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(_ key: Key, timeout: Duration) async throws -> Guard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return Guard(try hold.unlessCancelled(.exclusive)) }
    return Guard(
      try await suspendForHold(
        hold, mode: .exclusive, deadline: WaitLimit.timeout(timeout).deadline))
  }

  /// Acquires `key` if that can be done before `deadline`. As the untimed form.
  ///
  /// - Throws: ``LockTimeoutError``; and what the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant
  ) async throws -> Guard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return Guard(try hold.unlessCancelled(.exclusive)) }
    return Guard(
      try await suspendForHold(
        hold, mode: .exclusive, deadline: WaitLimit.instant(deadline).deadline))
  }

  /// The rest of the untimed scoped forms, for a key that could not be had at once, and was pinned.
  ///
  /// All of it, with `body`, apart from the free key's way: where the two ways met before `body`, the
  /// compiler would not know where the task is, and would have it look after `body`. Isolated by a
  /// parameter for the same reason: the caller then looks here, on this way alone.
  @inlinable
  @inline(never)
  func withSuspendedLock<Result: ~Copyable, Failure: Error>(
    _ pinned: lt_hold_t, mode: HoldMode, isolation: isolated (any Actor)?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await suspendForHold(pinned, mode: mode, deadline: LT_FOREVER)
    defer { mode.release(hold) }
    return try await body()
  }

  /// For the timed scoped forms.
  @inlinable
  nonisolated(nonsending) func acquireUnlessCancelled(
    _ key: Key, limit: WaitLimit, mode: HoldMode
  ) async throws -> lt_hold_t {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    guard hold.isPin else { return try hold.unlessCancelled(mode) }
    return try await suspendForHold(hold, mode: mode, deadline: limit.deadline)
  }
}
