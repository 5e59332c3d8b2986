// Several keys at once, all exclusively, for tasks.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// Suspends as `withLock(_:_:)` does. The keys may come in any order, repeat, or be none. Callers
  /// that hold nothing else can't deadlock with each other.
  ///
  /// - Throws: `CancellationError`, without running `body`, holding nothing, if the task is
  ///   cancelled before it has all keys; ``LockTableError/tooManyWaiters``; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(exclusive: keys, shared: EmptyCollection(), limit: nil, body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(
      exclusive: keys, shared: EmptyCollection(), limit: .timeout(timeout), body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withSeveral(
      exclusive: keys, shared: EmptyCollection(), limit: .instant(deadline), body)
  }

  /// Runs `body` while holding all of `keys`, if no caller holds any of them. Never suspends for a
  /// key. Does not check for cancellation, for the reasons of the form for one key.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(exclusive: keys, shared: EmptyCollection(), body)
  }

  /// Acquires all of `keys` and returns their guard.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has all
  ///   keys; ``LockTableError/tooManyWaiters``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(
      exclusive: keys, shared: EmptyCollection(), limit: nil)
  }

  /// Acquires all of `keys` if all of them become available within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, timeout: Duration
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(
      exclusive: keys, shared: EmptyCollection(), limit: .timeout(timeout))
  }

  /// Acquires all of `keys` if all of them become available before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/noTimer``, holding nothing; and what the
  ///   untimed form throws.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant
  ) async throws -> MultiGuard {
    try await acquireSeveralInTask(
      exclusive: keys, shared: EmptyCollection(), limit: .instant(deadline))
  }
}
