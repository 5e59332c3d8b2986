public import CLockTable

// The scoped forms for threads. They hold the key while the body runs, and release it whichever way
// the body ends. The forms with `mode:` have the code. The others pass the mode as a literal, which
// costs nothing, as these forms are inlined.

extension LockTable {
  /// Runs `body` while holding `key` exclusively.
  ///
  /// Blocks the thread while another caller holds the key. If the key is free, the call costs about
  /// as much as a mutex, and allocates nothing. Traps if memory runs out.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withLock(key, mode: .exclusive, file: file, line: line, body)
  }

  /// Runs `body` while holding `key`, if the key becomes available within `timeout`.
  ///
  /// Blocks the thread for at most about that long, on a clock that stands still while the machine
  /// is suspended. A timeout of zero or less tries once. A timeout that the clock can't hold is no
  /// limit. The call reads no clock if the key is free.
  ///
  /// If the key has `maximumWaiters` waiters already, the call is refused at once. With 0 it never
  /// waits. The limits of the table's configuration count as well.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      key, mode: .exclusive, timeout: timeout, maximumWaiters: maximumWaiters, file: file,
      line: line, body)
  }

  /// Runs `body` while holding `key`, if the key becomes available before `deadline`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does. The call computes the time that is left once, when it
  /// finds the key held. A deadline that has passed tries once. `ContinuousClock` goes on while the
  /// machine is suspended, and the wait does not: the wait then ends that much later than
  /// `deadline`.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      key, mode: .exclusive, until: deadline, maximumWaiters: maximumWaiters, file: file,
      line: line, body)
  }

  /// Runs `body` while holding `key`, if no caller holds the key.
  ///
  /// Never waits. A key that the caller itself holds is held, too.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is held.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try withLockIfAvailable(key, mode: .exclusive, file: file, line: line, body)
  }
}

extension LockTable {
  /// Runs `body` while holding `key` shared. Other callers may hold the key shared at the same
  /// time, and none exclusively. Readers share; a writer, as in `withLock(_:_:)`, is alone.
  ///
  /// Readers and writers of a key stand in one queue:
  /// - A reader that arrives while the key is held and a writer waits stands behind that writer. So
  ///   no stream of readers starves a writer.
  /// - A release that lets in one reader also lets in the readers next to it in the queue.
  /// - ``LockTableConfiguration/Fairness`` decides everything else.
  ///
  /// Blocks the thread while a writer holds the key, and while readers hold it and a writer waits.
  /// Costs and traps as `withLock(_:_:)` does. Readers of one key still meet in its bookkeeping,
  /// for a few dozen instructions: sharing pays where bodies take longer than that.
  ///
  /// Not reentrant. A thread that holds a key shared and acquires it shared again waits for ever if
  /// a writer arrived in between: the reader stands behind the writer, and the writer waits for the
  /// reader to leave. A thread that holds a key in either mode and acquires it exclusively always
  /// waits for ever.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withLock(key, mode: .shared, file: file, line: line, body)
  }

  /// Runs `body` while holding `key` shared, if the key becomes available within `timeout`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      key, mode: .shared, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line,
      body)
  }

  /// Runs `body` while holding `key` shared, if the key becomes available before `deadline`.
  ///
  /// Waits as `withLock(_:until:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  public func withSharedLock<Result: ~Copyable>(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line, _ body: () throws -> Result
  ) throws -> Result {
    try withLock(
      key, mode: .shared, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line,
      body)
  }

  /// Runs `body` while holding `key` shared, if the key is free, or if readers hold it and no
  /// writer waits.
  ///
  /// Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  public func withSharedLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    try withLockIfAvailable(key, mode: .shared, file: file, line: line, body)
  }
}

extension LockTable {
  /// Runs `body` while holding `key` in `mode`: as `withLock(_:_:)` for `.exclusive`, as
  /// `withSharedLock(_:_:)` for `.shared`.
  ///
  /// This form is for a mode that is known only at run time. A mode that is a literal costs
  /// nothing; any other costs two branches.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws. The key is released first.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withLock<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    noteCall(file, line)
    let hold = acquireHold(key, deadline: LT_FOREVER, mode: mode, inScope: true).orTrap()
    return try withHold(hold, of: key, mode: mode, body)
  }

  /// Runs `body` while holding `key` in `mode`, if the key becomes available within `timeout`.
  ///
  /// Waits as `withLock(_:timeout:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withLock<Result: ~Copyable>(
    _ key: Key, mode: LockMode, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    noteCall(file, line)
    let hold = try acquireHold(key, for: timeout.wait(maximumWaiters), mode: mode, inScope: true)
    return try withHold(hold, of: key, mode: mode, body)
  }

  /// Runs `body` while holding `key` in `mode`, if the key becomes available before `deadline`.
  ///
  /// Waits as `withLock(_:until:_:)` does.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: ``LockTableError``, without running `body`; or what `body` throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withLock<Result: ~Copyable>(
    _ key: Key, mode: LockMode, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws -> Result
  ) throws -> Result {
    noteCall(file, line)
    let hold = try acquireHold(key, for: deadline.wait(maximumWaiters), mode: mode, inScope: true)
    return try withHold(hold, of: key, mode: mode, body)
  }

  /// Runs `body` while holding `key` in `mode`, if the key is available at once: as
  /// `withLockIfAvailable(_:_:)` for `.exclusive`, as `withSharedLockIfAvailable(_:_:)` for
  /// `.shared`. Never waits.
  ///
  /// - Returns: What `body` returns; nil at once, without running `body`, if the key is not
  ///   available.
  /// - Throws: What `body` throws.
  @_disfavoredOverload
  @inlinable
  @inline(__always)
  public func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ key: Key, mode: LockMode, file: StaticString = #fileID, line: UInt = #line,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    noteCall(file, line)
    guard let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: mode, inScope: true).ifHeld else {
      return nil
    }
    return try withHold(hold, of: key, mode: mode, body)
  }
}
