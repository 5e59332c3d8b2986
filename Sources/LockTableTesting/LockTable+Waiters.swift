public import LockTable

extension LockTable {
  /// The number of callers that wait for the key. Its holders do not count, nor does a thread that
  /// still spins. The number is true of some moment during the call.
  public func waiterCount(of key: Key) -> Int {
    countWaiters(of: key)
  }

  /// Waits until so many callers wait for the key at the same time, or more. For tests that go on
  /// once the others are in line:
  ///
  ///     let held = try await locks.acquire("account-42")
  ///     let others = (1...3).map { _ in Task { try await locks.withLock("account-42") { … } } }
  ///     try await locks.untilWaiterCount(of: "account-42", reaches: 3)
  ///     held.release()
  ///
  /// Suspends the task, or returns at once if so many wait already. The call does not poll: each
  /// caller that joins a queue of the table meanwhile counts the waiters before it sleeps. A number
  /// that was reached for a moment only, as another waiter left, may be missed.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public nonisolated(nonsending) func untilWaiterCount(
    of key: Key, reaches count: Int
  ) async throws {
    let condition = Condition { self.waiterCount(of: key) >= count }
    defer { withExtendedLifetime(condition) {} }
    lookAtEachWait(condition)
    try await condition.occasion.wait()
  }

  /// Looks at the condition now, and whenever a wait begins. The request to be told comes before the
  /// look: a waiter that does not tell has joined its queue, and is seen.
  private func lookAtEachWait(_ condition: Condition) {
    atNextWait { [weak self, weak condition] in
      guard let self, let condition else { return }
      lookAtEachWait(condition)
    }
    condition.look()
  }
}
