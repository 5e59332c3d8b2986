/// A type that locks by key: a ``LockTable``, or its stand-in in a test.
///
///     struct Accounts<Locks: KeyedLocking<String>> {
///       let locks: Locks
///
///       func transfer(from: String, to: String) async throws {
///         try await locks.withLock(all: [from, to]) { … }
///       }
///     }
///
/// The protocol has the scoped forms for tasks, and an owner of a key for all else. (A guard can't
/// be an associated type, as that can't be `~Copyable`.) `LockTableTesting` has a type that
/// conforms and locks nothing.
///
/// A requirement has all parameters of its forms, with the limits of a wait in one of them, and no
/// defaults. What a caller writes is in an extension, with the names and the defaults that
/// ``LockTable`` has. In generic code each call goes through the protocol, unless the compiler
/// specialises it.
///
/// The protocol is here and not in `LockTableTesting`, because production code names it, and must
/// not import what is for tests.
public protocol KeyedLocking<Key>: Sendable {
  associatedtype Key: Hashable & Sendable

  /// Runs `body` while holding the key, if it becomes available within the limits.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, limits: LockWaitLimits, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding the key, if that is available at once. Otherwise returns nil.
  nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result?

  /// Runs `body` while holding the key, whether or not the task is cancelled.
  nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result

  /// Runs `body` while holding all of the keys, if they become available within the limits.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limits: LockWaitLimits,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding all of the keys, if they are available at once. Otherwise returns
  /// nil.
  nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result?

  /// Runs `body` while holding all of the keys, whether or not the task is cancelled.
  nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result

  /// Acquires the key, if it becomes available within the limits, and returns its owner.
  nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, limits: LockWaitLimits, file: StaticString, line: UInt
  ) async throws -> LockOwner

  /// Acquires the key, if it is available at once. Otherwise returns nil.
  func ownerIfAvailable(
    of key: Key, mode: LockMode, file: StaticString, line: UInt
  ) -> LockOwner?
}

extension LockTable: KeyedLocking {
  /// Runs `body` while holding `key` in `mode`, if the key becomes available within the limits.
  ///
  /// Works as `withLock(_:mode:_:)` does, with the `timeout:` or `until:` and the `maximumWaiters:`
  /// that the limits have.
  ///
  /// - Throws: What those forms throw.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, limits: LockWaitLimits,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let hold = try await acquireHoldUnlessCancelled(key, for: limits.wait(), mode: mode)
    defer { endScope(of: hold, mode: mode) }
    return try await body()
  }

  /// Runs `body` while holding the keys, each in its mode, if they become available within the
  /// limits. Works as the form for one key does.
  @inlinable
  public nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limits: LockWaitLimits,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    noteCall(file, line)
    let holds = try await acquireHoldsUnlessCancelled(
      exclusive: exclusive, shared: shared, for: limits.wait())
    return try await withHoldsInTask(holds, body)
  }

  /// Acquires `key` within the limits and returns its owner, for a place where a guard can't be.
  ///
  /// - Throws: What `acquire(_:mode:)` and its forms with a limit throw, holding nothing.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, limits: LockWaitLimits,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    noteCall(file, line)
    return try await acquire(key, for: limits.wait(), mode: mode) { LockOwner($0, mode: mode) }
  }

  /// Acquires `key` if it is available. Otherwise returns nil at once. Never waits.
  public func ownerIfAvailable(
    of key: Key, mode: LockMode = .exclusive, file: StaticString = #fileID, line: UInt = #line
  ) -> LockOwner? {
    guard let held = acquireIfAvailable(key, mode: mode, file: file, line: line) else {
      return nil
    }
    return LockOwner(held)
  }
}
