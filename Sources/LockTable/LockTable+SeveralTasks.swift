internal import CLockTable

// Several keys at once, for tasks. See LockTable+Several.swift for the order.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// Promises and suspends as the forms for one key and for threads together do: no deadlock between
  /// callers that hold nothing else, any order, duplicates, none at all.
  ///
  /// - Throws: `CancellationError`, without running `body`, holding nothing;
  ///   ``LockTableError/tooManyWaiters``; what `body` throws.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await hold(keys, limit: nil, body)
  }

  /// Runs `body` while holding all of `keys`, if they can all be had within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; and what the untimed form throws.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, timeout: Duration,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await hold(keys, limit: .timeout(timeout), body)
  }

  /// Runs `body` while holding all of `keys`, if they can all be had before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; and what the untimed form throws.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    try await hold(keys, limit: .instant(deadline), body)
  }

  /// Runs `body` while holding all of `keys`, if nobody holds any of them. Never suspends for a key.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    guard let guardian = acquireIfAvailable(all: keys) else { return nil }
    let result = try await body()
    guardian.release()
    return result
  }

  /// Acquires all of `keys` and returns their guard.
  ///
  /// - Throws: `CancellationError` if the task is cancelled while it waits, holding nothing;
  ///   ``LockTableError/tooManyWaiters``.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>
  ) async throws -> MultiGuard {
    MultiGuard(try await suspendForHolds(keys, limit: nil, isolation: #isolation))
  }

  /// Acquires all of `keys` if that can be done within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; and what the untimed form throws.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, timeout: Duration
  ) async throws -> MultiGuard {
    MultiGuard(try await suspendForHolds(keys, limit: .timeout(timeout), isolation: #isolation))
  }

  /// Acquires all of `keys` if that can be done before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; and what the untimed form throws.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant
  ) async throws -> MultiGuard {
    MultiGuard(try await suspendForHolds(keys, limit: .instant(deadline), isolation: #isolation))
  }

  private nonisolated(nonsending) func hold<Result: ~Copyable, Failure: Error>(
    _ keys: some Collection<Key>, limit: WaitLimit?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let guardian = MultiGuard(
      try await suspendForHolds(keys, limit: limit, isolation: #isolation))
    try Task.checkCancellation()
    let result = try await body()
    guardian.release()
    return result
  }

  /// Takes the pins one after the other, waiting for those that are taken.
  private func suspendForHolds(
    _ keys: some Collection<Key>, limit: WaitLimit?, isolation: isolated (any Actor)?
  ) async throws -> HoldBuffer {
    let deadline = limit?.deadline ?? LT_FOREVER
    var holds = pinned(keys)
    holds.sort()
    for index in 0..<holds.count where !holds.tryPinned(at: index) {
      let suspension = Suspension(pin: holds[index], deadline: deadline)
      let hold = await suspension.hold(isolation: isolation)
      if hold.place == nil {
        holds.rollBack(from: index)
        _ = try hold.orThrow()
      }
    }
    return holds
  }
}
