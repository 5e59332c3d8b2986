// The forms that a caller of a `KeyedLocking` writes. What each guarantees, throws and costs is up
// to the table, or to its stand-in.
//
// Those that only add defaults to a requirement (none of them has a limit) have `line:` before
// `file:`. With the requirement's own name they would satisfy it, and call themselves.

extension KeyedLocking {
  /// Runs `body` while holding the key. See ``LockTable``.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode = .exclusive,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: mode, limits: LockWaitLimits(maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding the key, if that becomes available within `timeout`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode = .exclusive, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: mode, limits: LockWaitLimits(.timeout(timeout), maximumWaiters: maximumWaiters),
      file: file, line: line, body)
  }

  /// Runs `body` while holding the key, if that becomes available before `deadline`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode = .exclusive, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: mode, limits: LockWaitLimits(.until(deadline), maximumWaiters: maximumWaiters),
      file: file, line: line, body)
  }

  /// Runs `body` while holding the key, if that is available at once. Otherwise returns nil.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode = .exclusive,
    line: UInt = #line, file: StaticString = #fileID,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(key, mode: mode, file: file, line: line, body)
  }

  /// Runs `body` while holding the key, whether or not the task is cancelled.
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode = .exclusive,
    line: UInt = #line, file: StaticString = #fileID,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(key, mode: mode, file: file, line: line, body)
  }
}

extension KeyedLocking {
  /// Runs `body` while holding the key shared.
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, limits: LockWaitLimits(maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding the key shared, if that becomes available within `timeout`.
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, limits: LockWaitLimits(.timeout(timeout), maximumWaiters: maximumWaiters),
      file: file, line: line, body)
  }

  /// Runs `body` while holding the key shared, if that becomes available before `deadline`.
  public nonisolated(nonsending) func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      key, mode: .shared, limits: LockWaitLimits(.until(deadline), maximumWaiters: maximumWaiters),
      file: file, line: line, body)
  }

  /// Runs `body` while holding the key shared, if that is available at once. Otherwise returns nil.
  public nonisolated(nonsending) func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(key, mode: .shared, file: file, line: line, body)
  }

  /// Runs `body` while holding the key shared, whether or not the task is cancelled.
  public nonisolated(nonsending) func withUncancellableSharedLock<
    Result: ~Copyable, Failure: Error
  >(
    _ key: Key,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(key, mode: .shared, file: file, line: line, body)
  }
}

extension KeyedLocking {
  /// Runs `body` while holding all of the keys.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(),
      limits: LockWaitLimits(maximumWaiters: maximumWaiters), file: file, line: line, body)
  }

  /// Runs `body` while holding all of the keys, if they become available within `timeout`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(),
      limits: LockWaitLimits(.timeout(timeout), maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding all of the keys, if they become available before `deadline`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(),
      limits: LockWaitLimits(.until(deadline), maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding all of the keys, if they are available at once. Otherwise returns
  /// nil.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(
      exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }

  /// Runs `body` while holding all of the keys, whether or not the task is cancelled.
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(
      exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }
}

extension KeyedLocking {
  /// Runs `body` while holding all of the keys, each in its mode.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: exclusive, shared: shared, limits: LockWaitLimits(maximumWaiters: maximumWaiters),
      file: file, line: line, body)
  }

  /// Runs `body` while holding all of the keys, each in its mode, if they become available within
  /// `timeout`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: exclusive, shared: shared,
      limits: LockWaitLimits(.timeout(timeout), maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding all of the keys, each in its mode, if they become available before
  /// `deadline`.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: exclusive, shared: shared,
      limits: LockWaitLimits(.until(deadline), maximumWaiters: maximumWaiters), file: file,
      line: line, body)
  }

  /// Runs `body` while holding all of the keys, each in its mode, if they are available at once.
  /// Otherwise returns nil.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    line: UInt = #line, file: StaticString = #fileID,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(
      exclusive: exclusive, shared: shared, file: file, line: line, body)
  }

  /// Runs `body` while holding all of the keys, each in its mode, whether or not the task is
  /// cancelled.
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    line: UInt = #line, file: StaticString = #fileID,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(
      exclusive: exclusive, shared: shared, file: file, line: line, body)
  }
}

extension KeyedLocking {
  /// Acquires the key and returns its owner.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    try await owner(
      of: key, mode: mode, limits: LockWaitLimits(maximumWaiters: maximumWaiters), file: file,
      line: line)
  }

  /// Acquires the key, if that becomes available within `timeout`.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    try await owner(
      of: key, mode: mode,
      limits: LockWaitLimits(.timeout(timeout), maximumWaiters: maximumWaiters), file: file,
      line: line)
  }

  /// Acquires the key, if that becomes available before `deadline`.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    try await owner(
      of: key, mode: mode, limits: LockWaitLimits(.until(deadline), maximumWaiters: maximumWaiters),
      file: file, line: line)
  }

  /// Acquires the key, if that is available at once. Otherwise returns nil.
  public func ownerIfAvailable(
    of key: Key, mode: LockMode = .exclusive, line: UInt = #line, file: StaticString = #fileID
  ) -> LockOwner? {
    ownerIfAvailable(of: key, mode: mode, file: file, line: line)
  }
}
