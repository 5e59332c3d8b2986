public import CLockTable
public import CSwiftTask

// The scoped forms for tasks: the task suspends, and no thread of the pool is blocked.

extension SemaphoreTable {
  /// Runs `body` with a permit of `key`.
  ///
  /// Suspends the task while no permit is left, and while others are in line before it; threads and
  /// tasks wait in one line. Stays on the caller's actor throughout, and on the caller's thread if
  /// a permit is left. `body` may suspend, and keeps the permit meanwhile.
  ///
  /// `body` never starts in a task that was cancelled before the permit was handed to it. A task
  /// that is cancelled while it waits leaves the line at once. `withUncancellablePermit(_:_:)` does
  /// not check. If the key has `maximumWaiters` waiters already, the call is refused at once; with
  /// 0 it never waits. The limits of the table's configuration count as well.
  ///
  /// Not reentrant: if all permits of the key are the caller's, it waits for itself, for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError`, without running `body`, if the task is cancelled before it has
  ///   a permit; ``LockTableError``, likewise; what `body` throws. The permit is given back first.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withPermit<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let hold = takeOrPin(key)
    if hold.isPin {
      return try await locks.withSuspendedLock(
        hold, of: key, .unlimited(maximumWaiters).of(1), mode: .shared, isolation: #isolation, body)
    }
    defer { locks.endScope(of: hold, mode: .shared) }
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return try await body()
  }

  /// Runs `body` with a permit of `key`, if one is handed over within `timeout`. Waits as the
  /// untimed form does, but no longer than that. A timeout of zero or less tries once.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withPermit<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withPermits(
      1, of: key, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` with a permit of `key`, if one is handed over before `deadline`. Otherwise works
  /// as the form with a timeout does.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func withPermit<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withPermits(
      1, of: key, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` with a permit of `key`, if one is left and nobody is in line. Never suspends for
  /// the permit; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if no permit is left.
  /// - Throws: What `body` throws.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withPermitIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    locks.noteCall(file, line)
    guard let hold = takeIfAvailable(key, inScope: false) else { return nil }
    defer { locks.endScope(of: hold, mode: .shared) }
    return try await body()
  }

  /// Runs `body` with a permit of `key`, whether or not the task is cancelled: for clean-up. Works
  /// as ``LockTable/withUncancellableLock(_:file:line:_:)`` does: the wait has no limit, cannot be
  /// refused, and goes on in a table that was closed.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The permit is given back first.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withUncancellablePermit<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    locks.noteCall(file, line)
    let hold = takeOrPin(key)
    if hold.isPin {
      return try await locks.withSuspendedUncancellableLock(
        hold, mode: .shared, isolation: #isolation, body)
    }
    defer { locks.endScope(of: hold, mode: .shared) }
    return try await body()
  }
}

extension SemaphoreTable {
  /// Runs `body` with `count` permits of `key`, which it gets together.
  ///
  /// Suspends the task while fewer are left, and while others are in line before it. Meanwhile it
  /// holds back those behind it, also those that want fewer. Otherwise works as the form for one
  /// permit does. Traps if `count` is less than 1.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the form for one permit throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/exceedsCapacity``: the key has fewer permits than that, now or, if
  ///   the number falls, at any time until the permits are handed over. With 0 permits requests
  ///   wait.
  @inlinable
  public nonisolated(nonsending) func withPermits<Result: ~Copyable, Failure: Error>(
    _ count: Int, of key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line, _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    return try await withPermitsInTask(
      checked(count), of: key, for: .unlimited(maximumWaiters), body)
  }

  /// Runs `body` with `count` permits of `key`, if they are handed over within `timeout`. Waits as
  /// the untimed form does, but no longer than that. A timeout of zero or less tries once.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withPermits<Result: ~Copyable, Failure: Error>(
    _ count: Int, of key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    return try await withPermitsInTask(
      checked(count), of: key, for: timeout.wait(maximumWaiters), body)
  }

  /// Runs `body` with `count` permits of `key`, if they are handed over before `deadline`.
  /// Otherwise works as the form with a timeout does.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func withPermits<Result: ~Copyable, Failure: Error>(
    _ count: Int, of key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    return try await withPermitsInTask(
      checked(count), of: key, for: deadline.wait(maximumWaiters), body)
  }

  /// Runs `body` with `count` permits of `key`, if so many are left and nobody is in line. Never
  /// suspends for the permits; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if fewer are left, and
  ///   also if the key never has so many.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withPermitsIfAvailable<Result: ~Copyable, Failure: Error>(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    locks.noteCall(file, line)
    let permits = checked(count)
    guard let hold = takeOrUnpin(permits, of: key) else { return nil }
    defer { lt_release_permits(hold, permits) }
    return try await body()
  }

  /// Runs `body` with `count` permits of `key`, whether or not the task is cancelled: for clean-up.
  /// Works as `withUncancellablePermit(_:_:)` does, but for one thing: a request for more than the
  /// key has fails all the same.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`, with the reason
  ///   ``LockTableError/Reason/exceedsCapacity`` and no other; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withUncancellablePermits<
    Result: ~Copyable, Failure: Error
  >(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let permits = checked(count)
    let hold = try await takePermitsUncancellably(permits, of: key)
    defer { lt_release_permits(hold, permits) }
    return try await body()
  }
}
