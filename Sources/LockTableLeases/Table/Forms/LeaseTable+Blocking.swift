// The forms for threads, which they block.

extension LeaseTable {
  /// Runs `body` while holding the lease of `key`, on this thread.
  ///
  /// Blocks the thread while another caller holds the key, here or in another process, and while the
  /// engine answers. Threads and tasks wait in one queue. A thread can't be cancelled, so a loss does
  /// not stop the body: look at ``Lease/isValid`` between the steps of long work.
  ///
  /// - Returns: What `body` returns. The lease was held to the end then, as the engine saw it.
  /// - Throws: ``LeaseError``, without running `body`; ``LeaseLostError``, with what `body` returned or
  ///   threw; what `body` throws, if the lease was held to the end.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (Lease) throws(Failure) -> Result
  ) throws -> Result {
    try run(body, try acquireHoldBlocking(key, .unlimited, CallSite(file: file, line: line)))
  }

  /// Runs `body` while holding the lease of `key`, if that can be had within `timeout`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, timeout: Duration, file: StaticString = #fileID, line: UInt = #line,
    _ body: (Lease) throws(Failure) -> Result
  ) throws -> Result {
    try run(
      body,
      try acquireHoldBlocking(
        key, wait(timeout), CallSite(file: file, line: line)))
  }

  /// Runs `body` while holding the lease of `key`, if that can be had before `deadline`.
  ///
  /// - Throws: What the form with a timeout throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, file: StaticString = #fileID,
    line: UInt = #line, _ body: (Lease) throws(Failure) -> Result
  ) throws -> Result {
    try run(
      body,
      try acquireHoldBlocking(
        key, wait(until: deadline), CallSite(file: file, line: line)))
  }

  /// Runs `body` while holding the lease of `key`, if nobody holds the key here or elsewhere. Blocks
  /// the thread until the engine has answered.
  ///
  /// - Returns: What `body` returns; nil, without running `body`, if the key is held.
  /// - Throws: What the untimed form throws.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func withLeaseIfAvailable<Result: Sendable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: (Lease) throws(Failure) -> Result
  ) throws -> Result? {
    let site = CallSite(file: file, line: line)
    guard let hold = try keys.acquireBlocking(key, .attempt, site) else { return nil }
    return try run(body, hold)
  }

  /// Acquires the lease of `key` and returns its guard. Blocks the thread as `withLease(_:_:)` does.
  ///
  /// - Throws: ``LeaseError``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func acquire(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) throws(LeaseError) -> Guard {
    Guard(hold: try acquireHoldBlocking(key, .unlimited, CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if that can be had within `timeout`.
  ///
  /// - Throws: ``LeaseError``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func acquire(
    _ key: Key, timeout: Duration, file: StaticString = #fileID, line: UInt = #line
  ) throws(LeaseError) -> Guard {
    Guard(
      hold: try acquireHoldBlocking(
        key, wait(timeout), CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if that can be had before `deadline`.
  ///
  /// - Throws: ``LeaseError``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, file: StaticString = #fileID,
    line: UInt = #line
  ) throws(LeaseError) -> Guard {
    Guard(
      hold: try acquireHoldBlocking(
        key, wait(until: deadline), CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if nobody holds the key here or elsewhere. Otherwise returns nil.
  /// Blocks the thread until the engine has answered.
  ///
  /// - Throws: ``LeaseError``.
  @available(*, noasync, message: "use 'try await' in a function or @main, or '{ () async in … }'")
  @_disfavoredOverload
  public func acquireIfAvailable(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) throws(LeaseError) -> Guard? {
    let site = CallSite(file: file, line: line)
    guard let hold = try keys.acquireBlocking(key, .attempt, site) else { return nil }
    return Guard(hold: hold)
  }

  private func acquireHoldBlocking(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite
  ) throws(LeaseError) -> LeaseHold {
    let keys = keys
    if let hold = try keys.acquireBlocking(key, wait, site) { return hold }
    throw keys.notAvailable(key, wait)
  }

  private func run<Result: Sendable, Failure: Error>(
    _ body: (Lease) throws(Failure) -> Result, _ hold: LeaseHold
  ) throws -> Result {
    let outcome: Swift.Result<Result, Failure>
    do throws(Failure) {
      outcome = .success(try body(hold.lease))
    } catch {
      outcome = .failure(error)
    }
    guard let loss = hold.endBlocking() else { return try outcome.get() }
    switch outcome {
    case .success(let value): throw loss.error(value: value)
    case .failure(let error): throw loss.error(bodyError: error)
    }
  }
}
