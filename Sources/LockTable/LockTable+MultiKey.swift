public import CLockTable

// Several keys at once, for threads. The forms with `exclusive:` and `shared:` have the code. Those
// with `all:` are the same without shared keys.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// The keys may come in any order, repeat, or be none. Callers that hold nothing else and acquire
  /// their keys in one such call can't deadlock with each other. Calls without a key in common
  /// never wait for each other.
  ///
  /// All keys give their identities before the first is taken. Then the call holds each key while
  /// it waits for the next. No code of the keys or of the collection runs in between.
  ///
  /// Blocks the thread while another caller holds a key, and holds the keys taken so far meanwhile.
  /// The call costs an allocation (a second one if the keys need much room) and, for each key, about
  /// as much as `withLock(_:_:)`. A short locked section or two more are needed for each key that
  /// follows one that was not available at once, and for all keys if some have to be compared with
  /// `==`, or are boxed. Traps if memory runs out.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withLock(exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available within `timeout`.
  ///
  /// The time is for all keys together, and `maximumWaiters` for each of them. See
  /// `withLock(_:timeout:_:)`.
  ///
  /// - Throws: ``LockTableError``, holding nothing; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      exclusive: keys, shared: EmptyCollection(), timeout: timeout, maximumWaiters: maximumWaiters,
      file: file, line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, holding nothing; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      exclusive: keys, shared: EmptyCollection(), until: deadline, maximumWaiters: maximumWaiters,
      file: file, line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if no caller holds any of them. Never waits.
  ///
  /// Of two such calls for the same keys, in whatever order, one gets them.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try withLockIfAvailable(
      exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }

  /// Acquires all of `keys` and returns their guard. Waits and costs as `withLock(all:_:)` does.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line
  ) -> MultiGuard {
    acquire(exclusive: keys, shared: EmptyCollection(), file: file, line: line)
  }

  /// Acquires all of `keys` if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    all keys: some Collection<Key>, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LockTableError) -> MultiGuard {
    try acquire(
      exclusive: keys, shared: EmptyCollection(), timeout: timeout, maximumWaiters: maximumWaiters,
      file: file, line: line)
  }

  /// Acquires all of `keys` if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> MultiGuard {
    try acquire(
      exclusive: keys, shared: EmptyCollection(), until: deadline, maximumWaiters: maximumWaiters,
      file: file, line: line)
  }

  /// Acquires all of `keys` if no caller holds any of them. Otherwise returns nil, holding nothing.
  @inlinable
  public func acquireIfAvailable(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line
  ) -> MultiGuard? {
    acquireIfAvailable(exclusive: keys, shared: EmptyCollection(), file: file, line: line)
  }
}

extension LockTable {
  /// Runs `body` while holding the keys of `exclusive` exclusively and those of `shared` shared.
  ///
  /// Either collection may be empty. The keys may come in any order, and repeat. A key in both is
  /// held exclusively. Callers that hold nothing else and acquire their keys in one such call, or
  /// in one of `withLock(all:_:)`, can't deadlock with each other. Calls without a key in common
  /// never wait for each other. Neither do calls that share all keys that they have in common,
  /// unless a writer stands between them.
  ///
  /// Blocks and costs as `withLock(all:_:)` does. Readers and writers of each key queue as those of
  /// `withSharedLock(_:_:)` do.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    noteCall(file, line)
    let holds = acquireHolds(exclusive: exclusive, shared: shared)
    return try withHolds(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them become available within `timeout`.
  ///
  /// The time is for all keys together. See `withLock(_:timeout:_:)`.
  ///
  /// - Throws: ``LockTableError``, holding nothing; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    noteCall(file, line)
    let holds = try acquireHolds(
      exclusive: exclusive, shared: shared, for: timeout.wait(maximumWaiters))
    return try withHolds(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, holding nothing; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    noteCall(file, line)
    let holds = try acquireHolds(
      exclusive: exclusive, shared: shared, for: deadline.wait(maximumWaiters))
    return try withHolds(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them are available at once. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is not available.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    noteCall(file, line)
    let holds = take(exclusive: exclusive, shared: shared, deadline: LT_NO_WAIT).ifHeld()
    guard let holds else { return nil }
    return try withHolds(holds, body)
  }

  /// Acquires the keys of `exclusive` exclusively and those of `shared` shared, and returns their
  /// guard. Waits and costs as `withLock(exclusive:shared:_:)` does.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString = #fileID,
    line: UInt = #line
  ) -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      acquireHolds(exclusive: exclusive, shared: shared))
  }

  /// Acquires the keys if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      try acquireHolds(exclusive: exclusive, shared: shared, for: timeout.wait(maximumWaiters)))
  }

  /// Acquires the keys if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTableError``, and no other error, holding nothing.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(LockTableError) -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      try acquireHolds(exclusive: exclusive, shared: shared, for: deadline.wait(maximumWaiters)))
  }

  /// Acquires the keys if all of them are available at once. Otherwise returns nil, holding
  /// nothing.
  @inlinable
  public func acquireIfAvailable(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString = #fileID,
    line: UInt = #line
  ) -> MultiGuard? {
    noteCall(file, line)
    let holds = take(exclusive: exclusive, shared: shared, deadline: LT_NO_WAIT).ifHeld()
    guard let holds else { return nil }
    return MultiGuard(holds)
  }
}
