public import CLockTable

// Several keys at once, some of them shared: first the forms for threads, then those for tasks.

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
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let guardian = acquire(exclusive: exclusive, shared: shared)
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try body()
  }

  /// Runs `body` while holding the keys, if all of them become available within `timeout`.
  ///
  /// The time is for all keys together. See `withLock(_:timeout:_:)`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing; or what
  ///   `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    _ body: () throws -> Result
  ) throws -> Result {
    let guardian = try acquire(exclusive: exclusive, shared: shared, timeout: timeout)
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try body()
  }

  /// Runs `body` while holding the keys, if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing; or what
  ///   `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant, _ body: () throws -> Result
  ) throws -> Result {
    let guardian = try acquire(exclusive: exclusive, shared: shared, until: deadline)
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try body()
  }

  /// Runs `body` while holding the keys, if all of them are available at once. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is not available.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let guardian = acquireIfAvailable(exclusive: exclusive, shared: shared) else {
      return nil
    }
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try body()
  }

  /// Acquires the keys of `exclusive` exclusively and those of `shared` shared, and returns their
  /// guard. Waits and costs as `withLock(exclusive:shared:_:)` does.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> MultiGuard {
    switch take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN) {
    case .all(let holds): MultiGuard(holds)
    case .some(let holds, let taken): waitForHolds(holds, taken: taken)
    case .none: neverRefused()
    }
  }

  /// Acquires the keys if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration
  ) throws -> MultiGuard {
    try acquireSeveral(exclusive: exclusive, shared: shared, limit: .timeout(timeout))
  }

  /// Acquires the keys if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant
  ) throws -> MultiGuard {
    try acquireSeveral(exclusive: exclusive, shared: shared, limit: .instant(deadline))
  }

  /// Acquires the keys if all of them are available at once. Otherwise returns nil, holding
  /// nothing.
  @inlinable
  public func acquireIfAvailable(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> MultiGuard? {
    guard case .all(let holds) = take(exclusive: exclusive, shared: shared, deadline: LT_NO_WAIT)
    else { return nil }
    return MultiGuard(holds)
  }
}

extension LockTable {
  /// Runs `body` while holding the keys of `exclusive` exclusively and those of `shared` shared.
  ///
  /// Suspends as `withLock(_:_:)` does. The keys may come in any order, repeat, or be none. A key
  /// in both collections is held exclusively. Callers that hold nothing else can't deadlock with
  /// each other.
  ///
  /// - Throws: `CancellationError`, without running `body`, holding nothing, if the task is
  ///   cancelled before it has all keys; ``LockTableError/tooManyWaiters``; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(exclusive: exclusive, shared: shared, limit: nil, body)
  }

  /// Runs `body` while holding the keys, if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(exclusive: exclusive, shared: shared, limit: .timeout(timeout), body)
  }

  /// Runs `body` while holding the keys, if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(exclusive: exclusive, shared: shared, limit: .instant(deadline), body)
  }

  /// Runs `body` while holding the keys, if all of them are available at once. Never suspends for a
  /// key. Does not check for cancellation, for the reasons of the form for one key.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is not available.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    guard let guardian = acquireIfAvailable(exclusive: exclusive, shared: shared) else {
      return nil
    }
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try await body()
  }

  /// Acquires the keys of `exclusive` exclusively and those of `shared` shared, and returns their
  /// guard.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has all
  ///   keys; ``LockTableError/tooManyWaiters``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(exclusive: exclusive, shared: shared, limit: nil)
  }

  /// Acquires the keys if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(exclusive: exclusive, shared: shared, limit: .timeout(timeout))
  }

  /// Acquires the keys if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(exclusive: exclusive, shared: shared, limit: .instant(deadline))
  }
}
