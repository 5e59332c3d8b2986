public import CLockTable
public import CSwiftTask

// The scoped forms for tasks: the task suspends, and no thread of the pool is blocked. The forms
// with `mode:` have the code, as those for threads do.

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
  /// If the key has `maximumWaiters` waiters already, the call is refused at once. With 0 it never
  /// waits. The limits of the table's configuration count as well.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever. A wait lends the holder no
  /// priority. Where the state is one object, an actor is simpler. This form is for state that is
  /// elsewhere (a row, a file, a remote resource), and for invariants that span an `await`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has
  ///   the key; ``LockTableError``, likewise; what `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .exclusive, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` while holding `key`, if the key becomes available within `timeout`.
  ///
  /// Waits as the untimed form does, but no longer than that. A timeout of zero or less tries once.
  /// A timeout that the clock can't hold is no limit.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .exclusive, timeout: timeout, maximumWaiters: maximumWaiters, file: file,
      line: line, body)
  }

  /// Runs `body` while holding `key`, if the key becomes available before `deadline`.
  ///
  /// Waits as the form with a timeout does. The call computes the timeout once, when it finds the
  /// key held. `ContinuousClock` goes on while the machine is suspended, and the wait does not: the
  /// wait then ends that much later.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .exclusive, until: deadline, maximumWaiters: maximumWaiters, file: file,
      line: line, body)
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
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(key, mode: .exclusive, file: file, line: line, body)
  }
}

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
  ///   the key; ``LockTableError``, likewise; what `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` while holding `key` shared, if the key becomes available within `timeout`.
  ///
  /// Waits as the untimed form does, but no longer than that. A timeout of zero or less tries once.
  /// A timeout that the clock can't hold is no limit.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line,
      body)
  }

  /// Runs `body` while holding `key` shared, if the key becomes available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line,
      body)
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
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(key, mode: .shared, file: file, line: line, body)
  }
}

extension LockTable {
  /// Runs `body` while holding `key` in `mode`: as `withLock(_:_:)` for `.exclusive`, as
  /// `withSharedLock(_:_:)` for `.shared`. This form is for a mode that is known only at run time.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has
  ///   the key; ``LockTableError``, likewise; what `body` throws. The key is released first.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    if hold.isPin {
      return try await withSuspendedLock(
        hold, of: key, .unlimited(maximumWaiters), mode: mode, isolation: #isolation, body)
    }
    defer { endScope(of: hold, mode: mode) }
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return try await body()
  }

  /// Runs `body` while holding `key` in `mode`, if the key becomes available within `timeout`.
  ///
  /// Waits as the untimed form does, but no longer than that. A timeout of zero or less tries once.
  /// A timeout that the clock can't hold is no limit.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let hold = try await acquireHoldUnlessCancelled(
      key, for: timeout.wait(maximumWaiters), mode: mode)
    defer { endScope(of: hold, mode: mode) }
    return try await body()
  }

  /// Runs `body` while holding `key` in `mode`, if the key becomes available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let hold = try await acquireHoldUnlessCancelled(
      key, for: deadline.wait(maximumWaiters), mode: mode)
    defer { endScope(of: hold, mode: mode) }
    return try await body()
  }

  /// Runs `body` while holding `key` in `mode`, if the key is available at once. Never suspends for
  /// the key; `body` may. Does not check for cancellation, for the reasons of the exclusive form.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    noteCall(file, line)
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: mode).ifHeld else {
      return nil
    }
    defer { endScope(of: hold, mode: mode) }
    return try await body()
  }
}
