public import LockTable

extension SemaphoreTable {
  /// The number of callers that wait for permits of the key. Works as the same method of a `LockTable`
  /// does.
  public func waiterCount(of key: Key) -> Int {
    locks.waiterCount(of: key)
  }

  /// Waits until so many callers wait for permits of the key at the same time, or more. Works as the
  /// same method of a `LockTable` does.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public nonisolated(nonsending) func untilWaiterCount(
    of key: Key, reaches count: Int
  ) async throws {
    try await locks.untilWaiterCount(of: key, reaches: count)
  }
}
