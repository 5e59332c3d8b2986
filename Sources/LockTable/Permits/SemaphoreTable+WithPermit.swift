public import CLockTable

// The scoped forms for threads. They have permits while the body runs, and give them back whichever
// way the body ends.

extension SemaphoreTable {
  /// Runs `body` with a permit of `key`.
  ///
  /// Blocks the thread while no permit is left, and while others are in line before it. If one is
  /// left, the call costs about as much as a shared lock, and allocates nothing. Traps if memory
  /// runs out. It can't fail otherwise: with 0 permits it waits, also in a table that was closed.
  ///
  /// Not reentrant: if all permits of the key are the caller's, it waits for itself, for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The permit is given back first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withPermit<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    locks.noteCall(file, line)
    let hold = takePermit(key, inScope: true)
    return try locks.withHold(hold, of: key, mode: .shared, body)
  }

  /// Runs `body` with a permit of `key`, if one is handed over within `timeout`.
  ///
  /// Blocks the thread for at most about that long. A timeout of zero or less tries once. If the
  /// key has `maximumWaiters` waiters already, the call is refused at once; with 0 it never waits.
  /// The limits of the table's configuration count as well.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withPermit<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    try withPermits(
      1, of: key, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` with a permit of `key`, if one is handed over before `deadline`. A deadline that
  /// has passed tries once. Otherwise works as the form with a timeout does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withPermit<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    try withPermits(
      1, of: key, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line, body)
  }

  /// Runs `body` with a permit of `key`, if one is left and nobody is in line. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if no permit is left.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withPermitIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    locks.noteCall(file, line)
    guard let hold = takeIfAvailable(key, inScope: true) else { return nil }
    return try locks.withHold(hold, of: key, mode: .shared, body)
  }
}

extension SemaphoreTable {
  /// Runs `body` with `count` permits of `key`, which it gets together.
  ///
  /// Blocks the thread while fewer are left, and while others are in line before it. Meanwhile it
  /// holds back those behind it, also those that want fewer. Traps if `count` is less than 1.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`: with the reason
  ///   ``LockTableError/Reason/exceedsCapacity`` if the key has fewer permits than that, now or, if
  ///   the number falls, at any time until the permits are handed over. With 0 permits requests
  ///   wait. What `body` throws. The permits are given back first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withPermits<Result: ~Copyable>(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let permits = checked(count)
    let hold = try takePermits(permits, of: key, for: .unlimited(nil))
    return try withHold(hold, permits, body)
  }

  /// Runs `body` with `count` permits of `key`, if they are handed over within `timeout`. Works as
  /// the form without a limit, and with the limits of `withPermit(_:timeout:_:)`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withPermits<Result: ~Copyable>(
    _ count: Int, of key: Key, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let permits = checked(count)
    let hold = try takePermits(permits, of: key, for: timeout.wait(maximumWaiters))
    return try withHold(hold, permits, body)
  }

  /// Runs `body` with `count` permits of `key`, if they are handed over before `deadline`.
  /// Otherwise works as the form with a timeout does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withPermits<Result: ~Copyable>(
    _ count: Int, of key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    locks.noteCall(file, line)
    let permits = checked(count)
    let hold = try takePermits(permits, of: key, for: deadline.wait(maximumWaiters))
    return try withHold(hold, permits, body)
  }

  /// Runs `body` with `count` permits of `key`, if so many are left and nobody is in line. Never
  /// waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if fewer are left, and
  ///   also if the key never has so many.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withPermitsIfAvailable<Result: ~Copyable, Failure: Error>(
    _ count: Int, of key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    locks.noteCall(file, line)
    let permits = checked(count)
    guard let hold = takeOrUnpin(permits, of: key) else { return nil }
    return try withHold(hold, permits, body)
  }
}
