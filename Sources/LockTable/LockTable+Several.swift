internal import CLockTable

// Several keys at once.
//
// Each key's entry is pinned first, so that all callers see the entries at one address, and then
// the core acquires them in the order of their addresses.

extension LockTable {
  /// Runs `body` while holding all of `keys`.
  ///
  /// The keys may come in any order, with duplicates, or be none at all. Callers that hold nothing
  /// else and acquire their keys in one such call can't deadlock with each other; calls without a
  /// key in common never wait for each other.
  ///
  /// Blocks the thread while a key is held by another, holding those it has taken. Costs three short
  /// locked sections a key and an allocation. Traps if memory runs out.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The keys are released first.
  @available(*, noasync)
  @_disfavoredOverload
  public func withLock<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let guardian = acquire(all: keys)
    let result = try body()
    guardian.release()
    return result
  }

  /// Runs `body` while holding all of `keys`, if they can all be had within `timeout`.
  ///
  /// The time is for all keys together. See ``withLock(_:timeout:_:)``.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    let guardian = try acquire(all: keys, timeout: timeout)
    let result = try body()
    guardian.release()
    return result
  }

  /// Runs `body` while holding all of `keys`, if they can all be had before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError``, holding nothing; or what `body` throws.
  @available(*, noasync)
  @_disfavoredOverload
  public func withLock<Result: ~Copyable>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    _ body: () throws -> Result
  ) throws -> Result {
    let guardian = try acquire(all: keys, until: deadline)
    let result = try body()
    guardian.release()
    return result
  }

  /// Runs `body` while holding all of `keys`, if nobody holds any of them. Waits for nobody.
  ///
  /// - Returns: What `body` returns; nil at once, holding nothing, if a key is held.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    all keys: some Collection<Key>, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let guardian = acquireIfAvailable(all: keys) else { return nil }
    let result = try body()
    guardian.release()
    return result
  }

  /// Acquires all of `keys` and returns their guard. Waits and costs as ``withLock(all:_:)`` does.
  @available(*, noasync)
  @_disfavoredOverload
  public func acquire(all keys: some Collection<Key>) -> MultiGuard {
    var holds = pinned(keys)
    guard holds.acquirePinned(deadline: LT_FOREVER) == LT_OK else {
      fatalError("LockTable: a wait without limit ended without a hold")
    }
    return MultiGuard(holds)
  }

  /// Acquires all of `keys` if that can be done within `timeout`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  public func acquire(all keys: some Collection<Key>, timeout: Duration) throws -> MultiGuard {
    try acquire(all: keys, limit: .timeout(timeout))
  }

  /// Acquires all of `keys` if that can be done before `deadline`.
  ///
  /// - Throws: ``LockTimeoutError`` or ``LockTableError/tooManyWaiters``, holding nothing.
  @available(*, noasync)
  @_disfavoredOverload
  public func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant
  ) throws -> MultiGuard {
    try acquire(all: keys, limit: .instant(deadline))
  }

  /// Acquires all of `keys` if nobody holds any of them; nil, holding nothing, if somebody does.
  public func acquireIfAvailable(all keys: some Collection<Key>) -> MultiGuard? {
    var holds = pinned(keys)
    return holds.acquirePinned(deadline: LT_NO_WAIT) == LT_OK ? MultiGuard(holds) : nil
  }

  private func acquire(all keys: some Collection<Key>, limit: WaitLimit) throws -> MultiGuard {
    let deadline = limit.deadline
    var holds = pinned(keys)
    let status = holds.acquirePinned(deadline: deadline)
    guard status == LT_OK else { throw lockError(for: status) }
    return MultiGuard(holds)
  }

  func pinned(_ keys: some Collection<Key>) -> HoldBuffer {
    withExtendedLifetime(self) {
      var pins = HoldBuffer(capacity: keys.count)
      for key in keys {
        pins.append(withPrepared(key) { core.pin($0) }.orTrap())
      }
      return pins
    }
  }
}
