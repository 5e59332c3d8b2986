// Owners of keys, for code that has no place for a guard. Each acquires as the guard forms do.

extension LockTable {
  /// Acquires `key` and returns its owner: `acquire(_:mode:)`, for a place where a guard can't be.
  ///
  /// - Throws: What `acquire(_:mode:)` throws, holding nothing.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    LockOwner(
      try await acquire(key, mode: mode, maximumWaiters: maximumWaiters, file: file, line: line))
  }

  /// Acquires `key` if the key becomes available within `timeout`.
  ///
  /// - Throws: What `acquire(_:mode:timeout:)` throws, holding nothing.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive, timeout: Duration,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    LockOwner(
      try await acquire(
        key, mode: mode, timeout: timeout, maximumWaiters: maximumWaiters, file: file, line: line))
  }

  /// Acquires `key` if the key becomes available before `deadline`.
  ///
  /// - Throws: What `acquire(_:mode:until:)` throws, holding nothing.
  public nonisolated(nonsending) func owner(
    of key: Key, mode: LockMode = .exclusive, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> LockOwner {
    LockOwner(
      try await acquire(
        key, mode: mode, until: deadline, maximumWaiters: maximumWaiters, file: file, line: line))
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
