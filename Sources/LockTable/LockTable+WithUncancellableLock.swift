public import CLockTable

// Scoped forms for tasks that hold the key in any case: for clean-up, which a cancelled task must
// do as well.

extension LockTable {
  /// Runs `body` while holding `key`, whether or not the task is cancelled.
  ///
  /// This form is for clean-up. Where a cancelled task calls `withLock(_:_:)` to undo what it did,
  /// the call throws `CancellationError`, and nothing is undone. This form throws what `body`
  /// throws and nothing else.
  ///
  ///     do {
  ///       try await locks.withLock(key) { try await transfer() }
  ///     } catch {
  ///       await locks.withUncancellableLock(key) { await undo() }
  ///     }
  ///
  /// Suspends and stays on the caller's actor as `withLock(_:_:)` does. The wait has no limit, and
  /// only releases end it: a cancelled task stays in the queue. The task joins the queue even where
  /// ``LockTableConfiguration/maximumWaitersPerKey`` refuses other callers. In `body`, the task is
  /// as cancelled as before.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(key, mode: .exclusive, file: file, line: line, body)
  }

  /// Runs `body` while holding `key` shared, whether or not the task is cancelled.
  ///
  /// Works as `withUncancellableLock(_:_:)` does. Readers and writers queue as those of
  /// `withSharedLock(_:_:)` do.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @inlinable
  public nonisolated(nonsending) func withUncancellableSharedLock<
    Result: ~Copyable, Failure: Error
  >(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(key, mode: .shared, file: file, line: line, body)
  }

  /// Runs `body` while holding `key` in `mode`, whether or not the task is cancelled. Works as
  /// `withUncancellableLock(_:_:)` or `withUncancellableSharedLock(_:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @inlinable
  @inline(__always)
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    noteCall(file, line)
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    if hold.isPin {
      return try await withSuspendedUncancellableLock(
        hold, mode: mode, isolation: #isolation, body)
    }
    defer { endScope(of: hold, mode: mode) }
    return try await body()
  }

  /// Runs `body` while holding all of `keys`, whether or not the task is cancelled.
  ///
  /// Works as `withLock(all:_:)` and `withUncancellableLock(_:_:)` do.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @inlinable
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withUncancellableLock(
      exclusive: keys, shared: EmptyCollection(), file: file, line: line, body)
  }

  /// Runs `body` while holding the keys of `exclusive` exclusively and those of `shared` shared,
  /// whether or not the task is cancelled.
  ///
  /// Works as `withLock(exclusive:shared:_:)` and `withUncancellableLock(_:_:)` do.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @inlinable
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    noteCall(file, line)
    let holds = await acquireHoldsUncancellably(exclusive: exclusive, shared: shared)
    return try await withHoldsInTask(holds, body)
  }
}
