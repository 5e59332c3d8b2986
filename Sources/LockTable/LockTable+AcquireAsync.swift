public import CLockTable

// The guard forms for tasks. The guards are the same as a thread's. The forms that never wait are
// in LockTable+Acquire.swift.

extension LockTable {
  /// Acquires `key` and returns its guard, which is the same as a thread's.
  ///
  /// Suspends the task while another caller holds the key, and does not suspend if the key is free.
  ///
  /// Either acquires the key or throws an error. As in the scoped forms, a task that was cancelled
  /// before the key was released to it gets the error, whether or not the key is free. Beyond
  /// `maximumWaiters` it is refused as `withLock(_:_:)` is.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the
  ///   key; ``LockTableError``, likewise.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> Guard {
    noteCall(file, line)
    return try await acquire(key, for: .unlimited(maximumWaiters), mode: .exclusive) { Guard($0) }
  }

  /// Acquires `key` if the key becomes available within `timeout`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> Guard {
    noteCall(file, line)
    return try await acquire(key, for: timeout.wait(maximumWaiters), mode: .exclusive) { Guard($0) }
  }

  /// Acquires `key` if the key becomes available before `deadline`. Otherwise works as the untimed
  /// form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> Guard {
    noteCall(file, line)
    return try await acquire(key, for: deadline.wait(maximumWaiters), mode: .exclusive) {
      Guard($0)
    }
  }
}

extension LockTable {
  /// Acquires `key` shared and returns its guard, which is the same as a thread's.
  ///
  /// Suspends the task while a writer holds the key, and while readers hold it and a writer waits.
  /// Otherwise does not suspend. Either acquires the key or throws an error, as the exclusive form
  /// does.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the
  ///   key; ``LockTableError``, likewise.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> SharedGuard {
    noteCall(file, line)
    return try await acquire(key, for: .unlimited(maximumWaiters), mode: .shared) {
      SharedGuard($0)
    }
  }

  /// Acquires `key` shared if the key becomes available within `timeout`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, timeout: Duration, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> SharedGuard {
    noteCall(file, line)
    return try await acquire(key, for: timeout.wait(maximumWaiters), mode: .shared) {
      SharedGuard($0)
    }
  }

  /// Acquires `key` shared if the key becomes available before `deadline`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquireShared(
    _ key: Key, until deadline: ContinuousClock.Instant, maximumWaiters: Int? = nil,
    file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> SharedGuard {
    noteCall(file, line)
    return try await acquire(key, for: deadline.wait(maximumWaiters), mode: .shared) {
      SharedGuard($0)
    }
  }
}

extension LockTable {
  /// Acquires `key` in `mode` and returns its guard: as `acquire(_:)` for `.exclusive`, as
  /// `acquireShared(_:)` for `.shared`.
  ///
  /// This form is for a mode that is known only at run time. So the type of its guard does not say
  /// the mode: see ``AnyGuard``.
  ///
  /// - Throws: `CancellationError`, holding nothing, if the task is cancelled before it has the
  ///   key; ``LockTableError``, likewise.
  /// - Warning: `let _ =` and `_ =` release at once. See ``Guard``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, mode: LockMode, maximumWaiters: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws -> AnyGuard {
    noteCall(file, line)
    return try await acquire(key, for: .unlimited(maximumWaiters), mode: mode) {
      AnyGuard($0, mode: mode)
    }
  }

  /// Acquires `key` in `mode` if the key becomes available within `timeout`. Otherwise works as the
  /// untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, mode: LockMode, timeout: Duration, maximumWaiters: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> AnyGuard {
    noteCall(file, line)
    return try await acquire(key, for: timeout.wait(maximumWaiters), mode: mode) {
      AnyGuard($0, mode: mode)
    }
  }

  /// Acquires `key` in `mode` if the key becomes available before `deadline`. Otherwise works as
  /// the untimed form does.
  ///
  /// - Throws: What the untimed form throws. The reasons of a ``LockTableError`` also are
  ///   ``LockTableError/Reason/timedOut`` and ``LockTableError/Reason/noTimer``.
  @inlinable
  public nonisolated(nonsending) func acquire(
    _ key: Key, mode: LockMode, until deadline: ContinuousClock.Instant,
    maximumWaiters: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws -> AnyGuard {
    noteCall(file, line)
    return try await acquire(key, for: deadline.wait(maximumWaiters), mode: mode) {
      AnyGuard($0, mode: mode)
    }
  }
}
