// The scoped forms for one key.

extension LeaseTable {
  /// Runs `body` while holding the lease of `key`.
  ///
  /// Suspends the task while another caller holds the key, here or in another process, and while the
  /// engine can't be reached. `body` runs in a child task on the caller's actor, and may use what the
  /// caller may. If the lease is lost, that child is cancelled, and its end awaited.
  ///
  /// Not reentrant: acquiring the same key inside `body` waits for ever.
  ///
  /// A lease that nobody waits for costs one request to the engine, and another one to give it back.
  /// One that is handed over within the process costs none.
  ///
  /// - Returns: What `body` returns. The lease was held to the end then, as the engine saw it.
  /// - Throws: `CancellationError` or ``LeaseError``, without running `body`; ``LeaseLostError``, with
  ///   what `body` returned or threw; what `body` throws, if the lease was held to the end.
  @inlinable
  public nonisolated(nonsending) func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (Lease) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLease(key, .unlimited, CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the lease of `key`, if that can be had within `timeout`. A timeout of
  /// zero or less asks once.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  @inlinable
  public nonisolated(nonsending) func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, timeout: Duration, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (Lease) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLease(
      key, wait(timeout), CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the lease of `key`, if that can be had before `deadline`.
  ///
  /// - Throws: What the form with a timeout throws.
  @inlinable
  public nonisolated(nonsending) func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, until deadline: ContinuousClock.Instant, file: StaticString = #fileID,
    line: UInt = #line,
    _ body: nonisolated(nonsending) (Lease) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLease(
      key, wait(until: deadline), CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the lease of `key`, if nobody holds the key here or elsewhere. Asks the
  /// engine once, and waits for its answer only.
  ///
  /// - Returns: What `body` returns; nil, without running `body`, if the key is held.
  /// - Throws: What the untimed form throws. If ``run()`` has not begun, that is
  ///   ``LeaseError/Reason/notRunning``, at once.
  @inlinable
  public nonisolated(nonsending) func withLeaseIfAvailable<Result: Sendable, Failure: Error>(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) (Lease) async throws(Failure) -> Result
  ) async throws -> Result? {
    try await LeaseBody.run(body, isolation: #isolation) { child in
      try await self.keys.acquire(
        key, .attempt, CallSite(file: file, line: line), for: child)
    }
  }

  @inlinable
  nonisolated(nonsending) func withLease<Result: Sendable, Failure: Error>(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite,
    _ body: nonisolated(nonsending) (Lease) async throws(Failure) -> Result
  ) async throws -> Result {
    let result = try await LeaseBody.run(body, isolation: #isolation) { child in
      try await self.keys.acquire(key, wait, site, for: child)
    }
    guard let result else { throw keys.notAvailable(key, wait) }
    return result
  }

  @usableFromInline
  func wait(_ timeout: Duration) -> LeaseWait { .timeout(timeout, context.clock) }

  @usableFromInline
  func wait(until deadline: ContinuousClock.Instant) -> LeaseWait {
    .until(deadline, context.clock)
  }
}
