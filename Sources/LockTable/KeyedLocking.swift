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
/// be an associated type, as that can't be `~Copyable`.) `LockTableTesting` has a type that conforms
/// and locks nothing.
///
/// A requirement has all parameters of its form, and no defaults. What a caller writes is in an
/// extension, with the names and the defaults that ``LockTable`` has. In generic code each call goes
/// through the protocol, unless the compiler specialises it.
///
/// The protocol is here and not in `LockTableTesting`, because production code names it, and must
/// not import what is for tests.
public protocol KeyedLocking<Key>: Sendable {
  associatedtype Key: Hashable & Sendable

  /// Runs `body` while holding the key.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding the key, if that becomes available within `timeout`.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, timeout: Duration,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding the key, if that becomes available before `deadline`.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding the key, if that is available at once. Otherwise returns nil.
  nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result?

  /// Runs `body` while holding the key, whether or not the task is cancelled.
  nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result

  /// Runs `body` while holding all of the keys.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding all of the keys, if they become available within `timeout`.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    timeout: Duration,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding all of the keys, if they become available before `deadline`.
  nonisolated(nonsending) func withLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    until deadline: ContinuousClock.Instant,
    maximumWaiters: Int?, file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result

  /// Runs `body` while holding all of the keys, if they are available at once.
  nonisolated(nonsending) func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result?

  /// Runs `body` while holding all of the keys, whether or not the task is cancelled.
  nonisolated(nonsending) func withUncancellableLock<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    file: StaticString, line: UInt,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result

  /// Acquires the key and returns its owner.
  nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, maximumWaiters: Int?, file: StaticString, line: UInt
  ) async throws -> LockOwner

  /// Acquires the key, if it becomes available within `timeout`.
  nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, timeout: Duration, maximumWaiters: Int?, file: StaticString,
    line: UInt
  ) async throws -> LockOwner

  /// Acquires the key, if it becomes available before `deadline`.
  nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode, until deadline: ContinuousClock.Instant, maximumWaiters: Int?,
    file: StaticString,
    line: UInt
  ) async throws -> LockOwner

  /// Acquires the key, if it is available at once. Otherwise returns nil.
  func ownerIfAvailable(
    of key: Key, mode: LockMode, file: StaticString, line: UInt
  ) -> LockOwner?
}

extension LockTable: KeyedLocking {}
