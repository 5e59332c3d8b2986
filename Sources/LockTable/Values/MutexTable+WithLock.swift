public import CLockTable

// The exclusive forms of a table of values, for threads and for tasks. They hold the key while the
// body runs, and release it whichever way the body ends.

extension MutexTable where Value: ~Copyable {
  /// Runs `body` with the value of `key`, while holding the key exclusively. The value is nil if
  /// there is none. What `body` leaves in it is the key's value from then on: nil removes it.
  ///
  /// Blocks the thread while another caller holds the key. Costs a look-up, and two short sections
  /// of a stripe's lock. A key without a value needs memory for one while it is held. Traps if
  /// memory runs out.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The value keeps what `body` has changed, and the key is released
  ///   first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending Value?) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    locks.noteCall(file, line)
    let hold = locks.acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap()
    return try withValue(of: hold, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key becomes available within `timeout`.
  ///
  /// Waits, and is refused beyond `maximumWaiters`, as the form of ``LockTable`` is.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`, and the value is as it was; or what
  ///   `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending Value?) throws -> sending Result
  ) throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: timeout.wait(maximumWaiters), mode: .exclusive)
    return try withValue(of: hold, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key becomes available before `deadline`.
  ///
  /// Waits, and is refused beyond `maximumWaiters`, as the form of ``LockTable`` is.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`, and the value is as it was; or what
  ///   `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending Value?) throws -> sending Result
  ) throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: deadline.wait(maximumWaiters), mode: .exclusive)
    return try withValue(of: hold, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key is available at once. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available. A key without a value is available, unless somebody holds it.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending Value?) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try withValue(of: hold, body)
  }
}

extension MutexTable where Value: ~Copyable {
  /// Runs `body` with the value of `key`, while holding the key exclusively. The task suspends
  /// while another caller holds the key.
  ///
  /// Stays on the caller's actor throughout. `body` may suspend, and the key stays held. Threads
  /// and tasks wait in one queue. A task that is cancelled while it waits leaves the queue at once,
  /// and `body` never starts in a task that was cancelled before the previous holder released the
  /// key.
  ///
  /// If the key has `maximumWaiters` waiters already, the call is refused at once.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError` and ``LockTableError``, without running `body`, and the value is
  ///   as it was; what `body` throws: the value keeps what `body` has changed.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: .unlimited(maximumWaiters), mode: .exclusive)
    return try await withValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available within `timeout`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: timeout.wait(maximumWaiters), mode: .exclusive)
    return try await withValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available before `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: deadline.wait(maximumWaiters), mode: .exclusive)
    return try await withValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key is available at once. Never suspends for the
  /// key; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws(Failure) -> sending Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try await withValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, whether or not the task is cancelled: for clean-up. The
  /// wait has no limit, and only releases end it.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending Value?) async throws(Failure) -> sending Result
  ) async throws(Failure) -> sending Result {
    locks.noteCall(file, line)
    let hold = await locks.acquireHoldUncancellably(key, mode: .exclusive)
    return try await withValueInTask(of: hold, body)
  }
}
