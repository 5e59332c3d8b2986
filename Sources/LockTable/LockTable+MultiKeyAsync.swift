public import CLockTable

// Several keys at once, for tasks. The forms with `exclusive:` and `shared:` have the code.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// Suspends as `withLock(_:_:)` does. The keys may come in any order, repeat, or be none. Callers
  /// that hold nothing else can't deadlock with each other. `maximumWaiters` is for each key.
  ///
  /// - Throws: `CancellationError`, without running `body`, holding nothing, if the task is
  ///   cancelled before it has all keys; ``LockTableError``, likewise; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(), maximumWaiters: maximumWaiters, file: file,
      line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(), timeout: timeout, maximumWaiters: maximumWaiters,
      file: file, line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if all of them become available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLock(
      exclusive: keys, shared: EmptyCollection(), until: deadline, maximumWaiters: maximumWaiters,
      file: file, line: line, body)
  }

  /// Runs `body` while holding all of `keys`, if no caller holds any of them. Never suspends for a
  /// key. Does not check for cancellation, for the reasons of the form for one key.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    try await withLockIfAvailable(
      exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }

  /// Acquires all of `keys` and returns their guard.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has all
  ///   keys; ``LockTableError``, likewise, for one of the keys.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> MultiGuard {
    try await acquire(
      exclusive: keys, shared: EmptyCollection(), maximumWaiters: maximumWaiters, file: file,
      line: line)
  }

  /// Acquires all of `keys` if all of them become available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> MultiGuard {
    try await acquire(
      exclusive: keys, shared: EmptyCollection(), timeout: timeout, maximumWaiters: maximumWaiters,
      file: file, line: line)
  }

  /// Acquires all of `keys` if all of them become available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard {
    try await acquire(
      exclusive: keys, shared: EmptyCollection(), until: deadline, maximumWaiters: maximumWaiters,
      file: file, line: line)
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
  ///   cancelled before it has all keys; ``LockTableError``, likewise; what `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let holds = try await acquireHoldsUnlessCancelled(
      exclusive: exclusive, shared: shared, for: .unlimited(maximumWaiters))
    return try await withHoldsInTask(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them become available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let holds = try await acquireHoldsUnlessCancelled(
      exclusive: exclusive, shared: shared, for: timeout.wait(maximumWaiters))
    return try await withHoldsInTask(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them become available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let holds = try await acquireHoldsUnlessCancelled(
      exclusive: exclusive, shared: shared, for: deadline.wait(maximumWaiters))
    return try await withHoldsInTask(holds, body)
  }

  /// Runs `body` while holding the keys, if all of them are available at once. Never suspends for a
  /// key. Does not check for cancellation, for the reasons of the form for one key.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is not available.
  /// - Throws: What `body` throws.
  @inlinable
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    noteCall(file, line)
    let holds = take(exclusive: exclusive, shared: shared, deadline: LT_NO_WAIT).ifHeld()
    guard let holds else { return nil }
    return try await withHoldsInTask(holds, body)
  }

  /// Acquires the keys of `exclusive` exclusively and those of `shared` shared, and returns their
  /// guard.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has all
  ///   keys; ``LockTableError``, likewise, for one of the keys.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      try await acquireHoldsUnlessCancelled(
        exclusive: exclusive, shared: shared, for: .unlimited(maximumWaiters)))
  }

  /// Acquires the keys if all of them become available within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      try await acquireHoldsUnlessCancelled(
        exclusive: exclusive, shared: shared, for: timeout.wait(maximumWaiters)))
  }

  /// Acquires the keys if all of them become available before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard {
    noteCall(file, line)
    return MultiGuard(
      try await acquireHoldsUnlessCancelled(
        exclusive: exclusive, shared: shared, for: deadline.wait(maximumWaiters)))
  }
}
