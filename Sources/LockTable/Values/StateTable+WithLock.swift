public import CLockTable

// The exclusive forms of a table of states, for threads and for tasks.

extension StateTable where State: ~Copyable {
  /// Runs `body` with the state of `key`, while holding the key exclusively. If there is no state,
  /// the call makes it first.
  ///
  /// Blocks the thread while another caller holds the key. Not reentrant: acquiring the same key
  /// inside `body` waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What the maker of the states throws, without running `body`; what `body` throws. The
  ///   key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending State) throws -> sending Result
  ) throws -> sending Result {
    locks.noteCall(file, line)
    let hold = locks.acquireHold(key, deadline: LT_FOREVER, mode: .exclusive).orTrap()
    return try withState(of: hold, key, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key becomes available within `timeout`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; what the untimed form throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending State) throws -> sending Result
  ) throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: timeout.wait(maximumWaiters), mode: .exclusive)
    return try withState(of: hold, key, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key becomes available before `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; what the untimed form throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending State) throws -> sending Result
  ) throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try locks.acquireHold(key, for: deadline.wait(maximumWaiters), mode: .exclusive)
    return try withState(of: hold, key, body)
  }

  /// Runs `body` as `withLock(_:_:)` does, if the key is available at once. Never waits for it.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `withLock(_:_:)` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (inout sending State) throws -> sending Result
  ) throws -> sending Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try withState(of: hold, key, body)
  }
}

extension StateTable where State: ~Copyable {
  /// Runs `body` as the form for threads does, but the task suspends while the key is not
  /// available, and stays on the caller's actor. `body` may suspend, and the key stays held.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `CancellationError` and ``LockTableError``, without running `body`; what the maker
  ///   of the states throws, likewise; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending State) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: .unlimited(maximumWaiters), mode: .exclusive)
    return try await withStateInTask(of: hold, key, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending State) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: timeout.wait(maximumWaiters), mode: .exclusive)
    return try await withStateInTask(of: hold, key, body)
  }

  /// Runs `body` as the untimed form does, if the key becomes available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending State) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    locks.noteCall(file, line)
    let hold = try await locks.acquireHoldUnlessCancelled(
      key, for: deadline.wait(maximumWaiters), mode: .exclusive)
    return try await withStateInTask(of: hold, key, body)
  }

  /// Runs `body` as the untimed form does, if the key is available at once. Never suspends for the
  /// key; `body` may. Does not check for cancellation.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What the maker of the states throws, without running `body`; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (inout sending State) async throws(Failure) -> sending Result
  ) async throws -> sending Result? {
    locks.noteCall(file, line)
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try await withStateInTask(of: hold, key, body)
  }
}
