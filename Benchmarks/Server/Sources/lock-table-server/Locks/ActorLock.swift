import DequeModule

/// An actor that knows who waits for which account.
///
/// The deposit itself is no method of the actor: an actor lets others in while a method of it suspends,
/// and would lose deposits.
actor ActorLock: AccountLock {
  /// Those who wait for an account in use, in the order of their arrival.
  private var waiters: [Int: Deque<CheckedContinuation<Void, Never>>] = [:]

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    await acquire(id)
    let result: Result<Int, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await release(id)
    return try result.get()
  }

  private func acquire(_ id: Int) async {
    guard waiters[id] != nil else {
      waiters[id] = []
      return
    }
    await withCheckedContinuation { waiters[id]?.append($0) }
  }

  /// Whoever waits longest holds the account from here on; without anybody it is forgotten.
  private func release(_ id: Int) {
    if let next = waiters[id]?.popFirst() {
      next.resume()
    } else {
      waiters[id] = nil
    }
  }
}
