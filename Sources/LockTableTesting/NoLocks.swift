public import LockTable

/// A stand-in for a table that locks nothing: each body runs at once, beside all others. For tests
/// of code that is generic over `KeyedLocking`:
///
///     let accounts = Accounts(locks: NoLocks())
///
/// No call waits, and none checks for cancellation. To test what the code does where the key is not
/// to be had, make one that fails:
///
///     let accounts = Accounts(locks: NoLocks(failure: LockTableError(.timedOut, key: "account-42")))
///     await #expect(throws: LockTableError.self) { try await accounts.transfer() }
public struct NoLocks<Key: Hashable & Sendable>: KeyedLocking {
  private let failure: LockTableError?

  /// Makes a stand-in.
  ///
  /// - Parameter failure: What each form throws that can throw it. The `IfAvailable` forms then
  ///   return nil, and the uncancellable forms run their bodies, as those of a table do.
  public init(failure: LockTableError? = nil) {
    self.failure = failure
  }

  /// Runs `body`, or throws the failure.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, limits: LockWaitLimits, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    if let failure { throw failure }
    return try await body()
  }

  /// Runs `body`, or returns nil if there is a failure.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    failure == nil ? try await body() : nil
  }

  /// Runs `body`.
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await body()
  }

  /// Runs `body`, or throws the failure.
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limits: LockWaitLimits,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    if let failure { throw failure }
    return try await body()
  }

  /// Runs `body`, or returns nil if there is a failure.
  public nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result? {
    failure == nil ? try await body() : nil
  }

  /// Runs `body`.
  public nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await body()
  }

  /// Returns an owner of nothing, or throws the failure.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, limits: LockWaitLimits, file: StaticString, line: UInt
  ) async throws -> LockOwner {
    if let failure { throw failure }
    return LockOwner()
  }

  /// Returns an owner of nothing, or nil if there is a failure.
  public func ownerIfAvailable(
    of key: Key, mode: LockMode, file: StaticString, line: UInt
  ) -> LockOwner? {
    failure == nil ? LockOwner() : nil
  }
}
