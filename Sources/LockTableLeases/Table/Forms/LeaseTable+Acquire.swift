// The guard forms. They hold a key for as long as the guard lives.

extension LeaseTable {
  /// Acquires the lease of `key` and returns its guard. Waits as `withLease(_:_:)` does.
  ///
  /// - Throws: `CancellationError`; ``LeaseError``.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  public nonisolated(nonsending) func acquire(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    Guard(hold: try await acquireHold(key, .unlimited, CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if that can be had within `timeout`. A timeout of zero or less asks
  /// once.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  public nonisolated(nonsending) func acquire(
    _ key: Key, timeout: Duration, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    Guard(
      hold: try await acquireHold(
        key, wait(timeout), CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if that can be had before `deadline`.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LeaseError`` also are
  ///   ``LeaseError/Reason/timedOut`` and ``LeaseError/Reason/storeUnavailable``.
  public nonisolated(nonsending) func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> Guard {
    Guard(
      hold: try await acquireHold(
        key, wait(until: deadline), CallSite(file: file, line: line)))
  }

  /// Acquires the lease of `key`, if nobody holds the key here or elsewhere. Otherwise returns nil.
  /// Asks the engine once, and waits for its answer only.
  ///
  /// - Throws: What the untimed form throws. If ``run()`` has not begun, that is
  ///   ``LeaseError/Reason/notRunning``, at once.
  public nonisolated(nonsending) func acquireIfAvailable(
    _ key: Key, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard? {
    let hold = try await keys.acquire(key, .attempt, CallSite(file: file, line: line), for: nil)
    guard let hold else { return nil }
    return Guard(hold: hold)
  }

  /// Acquires a key, and fails if that is not available.
  private nonisolated(nonsending) func acquireHold(
    _ key: Key, _ wait: LeaseWait, _ site: CallSite
  ) async throws -> LeaseHold {
    let keys = keys
    if let hold = try await keys.acquire(key, wait, site, for: nil) { return hold }
    throw keys.notAvailable(key, wait)
  }
}
