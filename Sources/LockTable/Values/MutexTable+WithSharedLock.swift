public import CLockTable

// The shared forms of a table of values: readers run side by side, so the value must be `Sendable`.

extension MutexTable where Value: ~Copyable, Value: Sendable {
  /// Runs `body` with the value of `key`, while holding the key shared: other readers may run at
  /// the same time. The value is nil if there is none, and `body` can't change it.
  ///
  /// Blocks the thread while a writer holds the key, and while readers hold it and a writer waits,
  /// as `withSharedLock(_:_:)` of ``LockTable`` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    locks.noteCall(file, line)
    let hold = locks.acquireHold(key, deadline: LT_FOREVER, mode: .shared).orTrap()
    return try withSharedValue(of: hold, body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key becomes available within `timeout`.
  ///
  /// Waits, and is refused beyond `maximumWaiters`, as the form of ``LockTable`` is.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`, and the value is as it was; or what
  ///   `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Value?) throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: timeout.wait(maximumWaiters), mode: .shared)
    return try withSharedValue(of: hold, body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key becomes available before `deadline`.
  ///
  /// Waits, and is refused beyond `maximumWaiters`, as the form of ``LockTable`` is.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`, and the value is as it was; or what
  ///   `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Value?) throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: deadline.wait(maximumWaiters), mode: .shared)
    return try withSharedValue(of: hold, body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key is available at once. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available. A key without a value is available, unless somebody holds it.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    return try withSharedValue(of: hold, body)
  }
}

extension MutexTable where Value: ~Copyable, Value: Sendable {
  /// Runs `body` with the value of `key`, while holding the key shared. The task suspends while a
  /// writer holds the key, and while readers hold it and a writer waits.
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
  ///   as it was; what `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: .unlimited(maximumWaiters), mode: .shared)
    return try await withSharedValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available within `timeout`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: timeout.wait(maximumWaiters), mode: .shared)
    return try await withSharedValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available before `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: deadline.wait(maximumWaiters), mode: .shared)
    return try await withSharedValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, if the key is available at once. Never suspends for the
  /// key; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
      return nil
    }
    return try await withSharedValueInTask(of: hold, body)
  }

  /// Runs `body` as the untimed form does, whether or not the task is cancelled: for clean-up. The
  /// wait has no limit, and only releases end it.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withUncancellableSharedLock<
    Result: ~Copyable, Failure: Error
  >(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing Value?) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    locks.noteCall(file, line)
    let hold = await locks.acquireHoldUncancellably(key, mode: .shared)
    return try await withSharedValueInTask(of: hold, body)
  }
}
