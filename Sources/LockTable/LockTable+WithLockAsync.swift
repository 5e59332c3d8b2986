public import CLockTable
public import CSwiftTask

// The scoped forms for tasks: the task suspends, and no thread of the pool is blocked.

extension LockTable {
  /// Runs `body` while holding `key`.
  ///
  /// Suspends the task while another caller holds the key. Threads and tasks wait in one queue.
  /// Stays on the caller's actor throughout, and on the caller's thread if the key is free. `body`
  /// may suspend: the key stays held, and whichever thread the task is on then releases it.
  ///
  /// `body` never starts in a task that was cancelled before the previous holder released the key.
  /// Each throwing form checks for cancellation once, after it has the key. A task that is
  /// cancelled while it waits leaves the queue at once. `withUncancellableLock(_:_:)` does not
  /// check: use it for clean-up that must also run in a cancelled task.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever. A wait lends the holder no
  /// priority. Where the state is one object, an actor is simpler. This form is for state that is
  /// elsewhere (a row, a file, a remote resource), and for invariants that span an `await`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has
  ///   the key; ``LockTableError/tooManyWaiters``; what `body` throws. The key is released first.
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

  /// Runs `body` while holding `key`, if the key becomes available within `timeout`.
  ///
  /// Waits as the untimed form does, but no longer than that. A timeout of zero or less tries once.
  /// A timeout that the clock can't hold is no limit.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, without running `body`; and what
  ///   the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .timeout(timeout), mode: .exclusive)
    defer { endScope(of: hold) }
    return try await body()
  }

  /// Runs `body` while holding `key`, if the key becomes available before `deadline`.
  ///
  /// Waits as the form with a timeout does. The call computes the timeout once, when it finds the
  /// key held. `ContinuousClock` goes on while the machine is suspended, and the wait does not: the
  /// wait then ends that much later.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, without running `body`; and what
  ///   the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await acquireUnlessCancelled(key, limit: .instant(deadline), mode: .exclusive)
    defer { endScope(of: hold) }
    return try await body()
  }

  /// Runs `body` while holding `key`, if no caller holds the key. Never suspends for the key;
  /// `body` may.
  ///
  /// Does not check for cancellation. The call never waits, so a cancelled task gets its answer at
  /// once. The call could not report a check, as only `body` throws.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is held.
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
  /// Suspends the task while another caller holds the key, and does not suspend if the key is free.
  ///
  /// Either acquires the key or throws an error. As in the scoped forms, a task that was cancelled
  /// before the key was released to it gets the error, whether or not the key is free.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the
  ///   key; ``LockTableError/tooManyWaiters``.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquire(_ key: Key) async throws -> Guard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return Guard(try hold.unlessCancelled(.exclusive)) }
    return Guard(
      try await suspendForHold(hold, mode: .exclusive, deadline: LT_FOREVER))
  }

  /// Acquires `key` if the key becomes available within `timeout`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``; and what the untimed form
  ///   throws.
  @inlinable
  public nonisolated(nonsending) func acquire(_ key: Key, timeout: Duration) async throws -> Guard {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: .exclusive).orTrap()
    guard hold.isPin else { return Guard(try hold.unlessCancelled(.exclusive)) }
    return Guard(
      try await suspendForHold(
        hold, mode: .exclusive, deadline: WaitLimit.timeout(timeout).deadline))
  }

  /// Acquires `key` if the key becomes available before `deadline`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``; and what the untimed form
  ///   throws.
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

  /// The rest of the untimed scoped forms, for a key that was not available at once, and that is
  /// pinned.
  ///
  /// The function includes `body`, and is apart from the path of a free key. If the two paths met
  /// before `body`, the compiler would not know the task's executor, and would add an executor
  /// check after `body`. The isolation is a parameter for the same reason: the caller then makes
  /// its executor check here, on this path alone.
  @inlinable
  @inline(never)
  func withSuspendedLock<Result: ~Copyable, Failure: Error>(
    _ pinned: lt_hold_t, mode: LockMode, isolation: isolated (any Actor)?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await suspendForHold(pinned, mode: mode, deadline: LT_FOREVER)
    defer { mode.release(hold) }
    return try await body()
  }

  /// Acquires for the timed scoped forms.
  @inlinable
  nonisolated(nonsending) func acquireUnlessCancelled(
    _ key: Key, limit: WaitLimit, mode: LockMode
  ) async throws -> lt_hold_t {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    guard hold.isPin else { return try hold.unlessCancelled(mode) }
    return try await suspendForHold(hold, mode: mode, deadline: limit.deadline)
  }
}
