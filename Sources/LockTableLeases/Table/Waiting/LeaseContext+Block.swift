internal import LockTable

extension LeaseContext {
  /// Threads that wait for a task each park here, on a key of their own that the task holds.
  private static let parked = LockTable<UInt64>()
  private static let lastKey = Guarded<UInt64>(0)

  /// Blocks the thread until `operation` has ended, in a task of its own.
  func block<Result: Sendable>(_ operation: @escaping @Sendable () async -> Result) -> Result {
    let key = Self.lastKey.withValue { last in
      last += 1
      return last
    }
    let result = Guarded<Result?>(nil)
    let isBusy = LockOwner(Self.parked.acquire(key))
    spawn {
      let value = await operation()
      result.withValue { $0 = value }
      isBusy.release()
    }
    Self.parked.acquire(key).release()
    guard let value = result.withValue({ $0 }) else {
      fatalError("LockTableLeases: a thread was woken before its task had ended")
    }
    return value
  }
}
