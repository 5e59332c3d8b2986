// Several keys at once, all exclusively: what LockTable+SeveralShared.swift does with none shared.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// The keys may come in any order, with duplicates, or be none at all. Callers that hold nothing
  /// else and acquire their keys in one such call can't deadlock with each other; calls without a
  /// key in common never wait for each other.
  ///
  /// All keys are asked for their identities before the first is taken, which is then held while the
  /// next is waited for: no code of the keys' or the collection's runs in between.
  ///
  /// Blocks the thread while a key is held by another, holding those it has taken. Costs an allocation (a
  /// second one for text or bytes from seventeen keys on) and, for each key, about as much as
  /// `withLock(_:_:)`; for a key that only `==` can compare, and for those that follow one that was not to
  /// be had at once, a short locked section or two more. Traps if memory runs out.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withLock(exclusive: keys, shared: EmptyCollection(), body)
  }

  /// Runs `body` while holding all of `keys`, if they can all be had within `timeout`.
  ///
  /// The time is for all keys together. See `withLock(_:timeout:_:)`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    try withLock(exclusive: keys, shared: EmptyCollection(), timeout: timeout, body)
  }

  /// Runs `body` while holding all of `keys`, if they can all be had before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    _ body: () throws -> Result
  ) throws -> Result {
    try withLock(exclusive: keys, shared: EmptyCollection(), until: deadline, body)
  }

  /// Runs `body` while holding all of `keys`, if nobody holds any of them. Waits for nobody.
  ///
  /// Of two such calls for the same keys, in whatever order, one gets them.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try withLockIfAvailable(exclusive: keys, shared: EmptyCollection(), body)
  }

  /// Acquires all of `keys` and returns their guard. Waits and costs as `withLock(all:_:)` does.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(all keys: some Collection<Key>) -> MultiGuard {
    acquire(exclusive: keys, shared: EmptyCollection())
  }

  /// Acquires all of `keys` if that can be done within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(all keys: some Collection<Key>, timeout: Duration) throws -> MultiGuard {
    try acquire(exclusive: keys, shared: EmptyCollection(), timeout: timeout)
  }

  /// Acquires all of `keys` if that can be done before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  @inlinable
  public func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant
  ) throws -> MultiGuard {
    try acquire(exclusive: keys, shared: EmptyCollection(), until: deadline)
  }

  /// Acquires all of `keys` if nobody holds any of them; nil, holding nothing, if somebody does.
  @inlinable
  public func acquireIfAvailable(all keys: some Collection<Key>) -> MultiGuard? {
    acquireIfAvailable(exclusive: keys, shared: EmptyCollection())
  }
}
