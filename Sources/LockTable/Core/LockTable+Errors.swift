internal import CLockTable

// How a failure becomes an error. All of this happens after the failure, with nothing held.

extension LockTable {
  /// Returns the error for an acquisition of `key` that failed with that status.
  @inline(never)
  func error(
    for status: UInt32, key: Key?, after wait: LimitedWait, joined: UInt64 = 0
  ) -> LockTableError {
    var error = LockTableError(reason(of: status), key: key, naming: naming)
    error.limit = wait.limit
    switch error.reason {
    case .tooManyWaiters: error.waiterLimit = .key(mostWaiters)
    case .noTimer: break
    case .timedOut, .closed, .deadlock: error.waited = wait.duration(since: joined)
    }
    return error
  }

  /// The same for a task, which may have been cancelled.
  @inline(never)
  func failure(
    _ status: UInt32, key: Key?, after wait: LimitedWait, joined: UInt64
  ) -> any Error {
    guard status != LT_CANCELLED else { return CancellationError() }
    return error(for: status, key: key, after: wait, joined: joined)
  }

  private func reason(of status: UInt32) -> LockTableError.Reason {
    switch status {
    case LT_TOO_MANY: .tooManyWaiters
    case LT_NO_THREAD: .noTimer
    case LT_CLOSED: .closed
    case LT_DEADLOCK: .deadlock
    case LT_NO_MEMORY: outOfMemory("a key's entry")
    default: .timedOut
    }
  }

  /// Returns the key of a call that the core knows by its hash.
  func key(
    hashed hash: UInt64, exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> Key? {
    func isIt(_ key: Key) -> Bool { withPrepared(key) { $0.hash == hash } }
    return exclusive.first(where: isIt) ?? shared.first(where: isIt)
  }
}
