public import CLockTable

// How a failure becomes an error. All of this happens after the failure, with nothing held.

/// What is known of an acquisition that failed.
@usableFromInline
@frozen
struct WaitFailure {
  /// The core's reason.
  @usableFromInline let status: UInt32
  @usableFromInline let wait: LimitedWait
  /// When a task joined the queue, as `suspend` says.
  @usableFromInline let joined: UInt64

  @inlinable
  init(status: UInt32, wait: LimitedWait, joined: UInt64 = 0) {
    self.status = status
    self.wait = wait
    self.joined = joined
  }
}

extension LockTable {
  /// Returns the error for an acquisition of `key` that failed.
  @usableFromInline
  @inline(never)
  func error(for failure: WaitFailure, key: Key) -> LockTableError {
    let error = error(for: failure, named: key)
    guard hasDiagnostics, error.reason == .timedOut else { return error }
    return error.withHolder(holder(of: key))
  }

  /// The same for a task, which may have been cancelled.
  @usableFromInline
  @inline(never)
  func anyError(for failure: WaitFailure, key: Key) -> any Error {
    guard failure.status != LT_CANCELLED else { return CancellationError() }
    return error(for: failure, key: key)
  }

  /// The same for one of several keys, which the core names.
  @inlinable
  @inline(never)
  func error(
    for failure: WaitFailure, of failed: lt_hold_t, exclusive: some Collection<Key>,
    shared: some Collection<Key>
  ) -> LockTableError {
    var found: LockTableError?
    func check(_ key: UnsafePointer<Key>) {
      if found == nil && isKey(key, failed) {
        found = error(for: failure, key: key.pointee)
      }
    }
    exclusive.forEachInPlace(check)
    shared.forEachInPlace(check)
    if failed.place != nil {
      lt_unpin(failed)
    }
    return found ?? error(for: failure, named: nil)
  }

  @inlinable
  @inline(never)
  func anyError(
    for failure: WaitFailure, of failed: lt_hold_t, exclusive: some Collection<Key>,
    shared: some Collection<Key>
  ) -> any Error {
    guard failure.status != LT_CANCELLED else {
      if failed.place != nil {
        lt_unpin(failed)
      }
      return CancellationError()
    }
    return error(for: failure, of: failed, exclusive: exclusive, shared: shared)
  }

  @usableFromInline
  @inline(never)
  func error(
    for failure: WaitFailure, named key: (any Hashable & Sendable)?
  ) -> LockTableError {
    let reason = reason(of: failure.status)
    let error = LockTableError(
      reason, key: key, naming: naming,
      waited: reason.isOfWait ? failure.wait.duration(since: failure.joined) : .zero,
      limit: failure.wait.limit,
      waiterLimit: reason == .tooManyWaiters ? waiterLimit(of: failure) : nil,
      permits: failure.wait.permits > 0
        ? permits(of: failure, key: reason == .exceedsCapacity ? key as? Key : nil) : nil)
    return reason == .deadlock ? error.withCycle(FailedWaits.takeOwn()) : error
  }

  /// Takes a second look at a key that was not acquired, and returns the holder that has had it for
  /// longest. Nil if the key is free by now, or if there is no record of the hold.
  private func holder(of key: Key) -> LockParticipant? {
    var holder: LockParticipant?
    withExtendedLifetime(self) {
      withPrepared(key) { prepared in
        core.inspect(prepared) { holder = Self.firstHolder(of: $0) }
      }
    }
    return holder
  }

  /// Of the limits of the call and of its key the stricter one counts.
  private func waiterLimit(of failure: WaitFailure) -> LockTableError.WaiterLimit {
    guard failure.status != LT_TABLE_FULL else { return .table(mostInTable) }
    let limit = failure.wait.mostWaiters
    return limit < mostWaiters ? .call(Int(limit)) : .key(mostWaiters)
  }

  /// What was asked for, and, given the key, what the key has. That is not known of one that nobody
  /// needs any more, if it had a capacity of its own.
  private func permits(of failure: WaitFailure, key: Key?) -> LockTableError.Permits {
    let requested = Int(failure.wait.permits)
    guard let key else { return .init(requested: requested) }
    guard core.permits == LT_PERMITS_BY_KEY else {
      return .init(requested: requested, capacity: Int(core.permits))
    }
    var capacity: Int?
    withExtendedLifetime(self) {
      withPrepared(key) { prepared in
        core.inspect(prepared) { capacity = Int($0.capacity) }
      }
    }
    return .init(requested: requested, capacity: capacity.flatMap { $0 < requested ? $0 : nil })
  }

  private func reason(of status: UInt32) -> LockTableError.Reason {
    switch status {
    case LT_TOO_MANY, LT_TABLE_FULL: .tooManyWaiters
    case LT_NO_THREAD: .noTimer
    case LT_CLOSED: .closed
    case LT_EXCEEDS: .exceedsCapacity
    case LT_DEADLOCK: .deadlock
    case LT_NO_MEMORY: outOfMemory("a key's entry")
    default: .timedOut
    }
  }

  /// Returns whether the core names this key: by its hash, and by a pin if that is not enough.
  @usableFromInline
  func isKey(_ key: UnsafePointer<Key>, _ failed: lt_hold_t) -> Bool {
    guard hash(prepared: key) == failed.tag else { return false }
    guard let place = failed.place else { return true }
    let pin = pinned(key.pointee)
    lt_unpin(pin)
    return pin.place == place
  }

  /// Returns the hash of a key as the core knows it.
  private func hash(prepared key: UnsafePointer<Key>) -> UInt64 {
    guard let identityType, kind != .integer else {
      return withPrepared(key.pointee) { $0.hash }
    }
    var prepared = lt_key_t()
    let size = withUnsafeTemporaryAllocation(
      byteCount: 64, alignment: MemoryLayout<UInt64>.alignment
    ) { copy in
      let size = identityType._prepare(key, in: core.pointer, into: &prepared, copy: copy)
      return size <= copy.count ? size : Int.max
    }
    return size == Int.max ? withPrepared(key.pointee) { $0.hash } : prepared.hash
  }
}

extension LockTableError.Reason {
  /// Whether the call may have waited.
  fileprivate var isOfWait: Bool { self != .tooManyWaiters && self != .noTimer }
}
