public import LockTable

extension FlightTable {
  /// The number of callers that wait for the key's flight, the one that began it included, or for the
  /// end of a flight that is being cancelled. The number is true of some moment during the call.
  public func waiterCount(of key: Key) -> Int {
    locks.waiterCount(of: key)
  }

  /// Waits until so many callers wait for the key's flight at the same time, or more. For tests that
  /// go on once all have asked:
  ///
  ///     let callers = (1...3).map { _ in Task { try await flights.value(for: "a") { … } } }
  ///     try await flights.untilWaiterCount(of: "a", reaches: 3)
  ///
  /// As the condition of a table of locks, it does not poll.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public nonisolated(nonsending) func untilWaiterCount(
    of key: Key, reaches count: Int
  ) async throws {
    try await locks.untilWaiterCount(of: key, reaches: count)
  }
}
