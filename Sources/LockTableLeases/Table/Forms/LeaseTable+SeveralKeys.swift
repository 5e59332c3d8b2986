// The forms for several keys. The table acquires them in one order, whatever the caller's is.

extension LeaseTable {
  /// Runs `body` while holding the leases of all `keys`.
  ///
  /// The library chooses the order in which the keys are acquired, which is one for all processes: so
  /// such calls never wait for each other in a circle. A call that does not get all keys gives back
  /// those it has. A key that is there twice is acquired once. All else is as for one key; the loss of
  /// any lease cancels the body.
  ///
  /// `body` gets the leases, in the order of `keys`.
  ///
  /// - Throws: What the form for one key throws.
  @inlinable
  public nonisolated(nonsending) func withLeases<Result: Sendable, Failure: Error>(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) ([Lease]) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLeases(keys, .unlimited, CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the leases of all `keys`, if they can be had within `timeout`, which is
  /// for all of them together.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  @inlinable
  public nonisolated(nonsending) func withLeases<Result: Sendable, Failure: Error>(
    all keys: some Collection<Key>, timeout: Duration, file: StaticString = #fileID,
    line: UInt = #line,
    _ body: nonisolated(nonsending) ([Lease]) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLeases(keys, wait(timeout), CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the leases of all `keys`, if they can be had before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  @inlinable
  public nonisolated(nonsending) func withLeases<Result: Sendable, Failure: Error>(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) ([Lease]) async throws(Failure) -> Result
  ) async throws -> Result {
    try await withLeases(keys, wait(until: deadline), CallSite(file: file, line: line), body)
  }

  /// Runs `body` while holding the leases of all `keys`, if nobody holds any of them. Asks the engine
  /// once for each.
  ///
  /// - Returns: What `body` returns; nil, without running `body`, if a key is held.
  /// - Throws: What the untimed form throws.
  @inlinable
  public nonisolated(nonsending) func withLeasesIfAvailable<Result: Sendable, Failure: Error>(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line,
    _ body: nonisolated(nonsending) ([Lease]) async throws(Failure) -> Result
  ) async throws -> Result? {
    try await LeaseBody.run(body, isolation: #isolation) { child in
      let site = CallSite(file: file, line: line)
      return try await self.keys.acquire(all: keys, .attempt, site)?.cancelling(child)
    }
  }

  /// Acquires the leases of all `keys` and returns their guard.
  ///
  /// - Throws: What `acquire(_:)` throws.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard {
    MultiGuard(
      holds: try await acquireHolds(keys, .unlimited, CallSite(file: file, line: line)))
  }

  /// Acquires the leases of all `keys`, if they can be had within `timeout`, which is for all of them
  /// together.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, timeout: Duration, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> MultiGuard {
    MultiGuard(
      holds: try await acquireHolds(
        keys, wait(timeout), CallSite(file: file, line: line)))
  }

  /// Acquires the leases of all `keys`, if they can be had before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  public nonisolated(nonsending) func acquire(
    all keys: some Collection<Key>, until deadline: ContinuousClock.Instant,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard {
    MultiGuard(
      holds: try await acquireHolds(
        keys, wait(until: deadline), CallSite(file: file, line: line)))
  }

  /// Acquires the leases of all `keys`, if nobody holds any of them. Otherwise returns nil.
  ///
  /// - Throws: What `acquireIfAvailable(_:)` throws.
  public nonisolated(nonsending) func acquireIfAvailable(
    all keys: some Collection<Key>, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> MultiGuard? {
    let holds = try await self.keys.acquire(all: keys, .attempt, CallSite(file: file, line: line))
    guard let holds else { return nil }
    return MultiGuard(holds: holds)
  }

  private nonisolated(nonsending) func acquireHolds(
    _ keys: some Collection<Key>, _ wait: LeaseWait, _ site: CallSite
  ) async throws -> LeaseHolds {
    let table = self.keys
    if let holds = try await table.acquire(all: keys, wait, site) { return holds }
    throw table.notAvailable(keys.first, wait)
  }

  @inlinable
  nonisolated(nonsending) func withLeases<Result: Sendable, Failure: Error>(
    _ keys: some Collection<Key>, _ wait: LeaseWait, _ site: CallSite,
    _ body: nonisolated(nonsending) ([Lease]) async throws(Failure) -> Result
  ) async throws -> Result {
    let result = try await LeaseBody.run(body, isolation: #isolation) { child in
      try await self.keys.acquire(all: keys, wait, site)?.cancelling(child)
    }
    guard let result else { throw self.keys.notAvailable(keys.first, wait) }
    return result
  }
}
