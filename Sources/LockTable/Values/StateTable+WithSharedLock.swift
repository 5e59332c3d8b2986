public import CLockTable

// The shared forms of a table of states, for threads and for tasks.

extension StateTable where State: ~Copyable, State: Sendable {
  /// Runs `body` with the state of `key`, while holding the key shared: other readers may run at
  /// the same time. If there is no state, the call makes it first, while it holds the key
  /// exclusively.
  ///
  /// Blocks the thread while a writer holds the key, and while readers hold it and a writer waits.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the maker of the states throws, without running `body`; what `body` throws. The
  ///   key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing State) throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let held = try acquireShared(key) { mode throws in
      locks.acquireHold(key, deadline: LT_FOREVER, mode: mode).orTrap()
    }
    return try withShared(held, body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key becomes available within `timeout`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; what the untimed form throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing State) throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    return try withShared(acquireShared(key, timeout.wait(maximumWaiters)), body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key becomes available before `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; what the untimed form throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing State) throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    return try withShared(acquireShared(key, deadline.wait(maximumWaiters)), body)
  }

  /// Runs `body` as `withSharedLock(_:_:)` does, if the key is available at once. Never waits for
  /// it.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `withSharedLock(_:_:)` throws.
  @_disfavoredOverload
  @inlinable
  public func withSharedLockIfAvailable<Result: ~Copyable>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (borrowing State) throws -> Result
  ) throws -> Result? {
    locks.noteCall(file, line)
    guard let held = try acquireSharedIfAvailable(key) else { return nil }
    return try withShared(held, body)
  }
}

extension StateTable where State: ~Copyable, State: Sendable {
  /// Runs `body` as the form for threads does, but the task suspends while the key is not
  /// available, and stays on the caller's actor. `body` may suspend, and the key stays held.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError` and ``LockTableError``, without running `body`; what the maker
  ///   of the states throws, likewise; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing State) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let held = try await acquireSharedInTask(key, .unlimited(maximumWaiters))
    return try await withSharedInTask(held, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing State) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let held = try await acquireSharedInTask(key, timeout.wait(maximumWaiters))
    return try await withSharedInTask(held, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing State) async throws(Failure) -> Result
  ) async throws -> Result {
    locks.noteCall(file, line)
    let held = try await acquireSharedInTask(key, deadline.wait(maximumWaiters))
    return try await withSharedInTask(held, body)
  }

  /// Runs `body` as the untimed form does, if the key is available at once. Never suspends for the
  /// key; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What the maker of the states throws, without running `body`; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (borrowing State) async throws(Failure) -> Result
  ) async throws -> Result? {
    locks.noteCall(file, line)
    guard let held = try acquireSharedIfAvailable(key) else { return nil }
    return try await withSharedInTask(held, body)
  }
}
