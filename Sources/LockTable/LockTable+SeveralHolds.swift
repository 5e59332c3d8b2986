internal import CLockTable

// How several keys are acquired.
//
// Each key's entry is pinned first, so that all callers see the entries at one address, and then
// the core acquires them in the order of their addresses. A pin is marked with how its key is to be
// held; of a key that is pinned twice, the exclusive pin is the one that counts.

extension LockTable {
  func pinned(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> HoldBuffer {
    withExtendedLifetime(self) {
      var pins = HoldBuffer(capacity: exclusive.count + shared.count)
      for key in exclusive {
        pins.append(pinned(key).marked(.exclusive))
      }
      for key in shared {
        pins.append(pinned(key).marked(.shared))
      }
      return pins
    }
  }

  private func pinned(_ key: Key) -> lt_hold_t {
    withPrepared(key) { core.pin($0) }.orTrap()
  }

  /// For threads.
  func acquireSeveral(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit
  ) throws -> MultiGuard {
    let deadline = limit.deadline
    var holds = pinned(exclusive: exclusive, shared: shared)
    let status = holds.acquirePinned(deadline: deadline)
    guard status == LT_OK else { throw lockError(for: status) }
    return MultiGuard(holds)
  }

  /// For tasks: takes the pins one after the other, waiting for those that are taken.
  func suspendForHolds(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?,
    isolation: isolated (any Actor)?
  ) async throws -> MultiGuard {
    let deadline = limit?.deadline ?? LT_FOREVER
    var holds = pinned(exclusive: exclusive, shared: shared)
    holds.sort()
    for index in 0..<holds.count where !holds.tryPinned(at: index) {
      let hold = await suspend(for: holds[index], deadline: deadline)
      if hold.place == nil {
        holds.rollBack(from: index)
        _ = try hold.orThrow()
      }
      holds.keep(hold, at: index)
    }
    return MultiGuard(holds)
  }

  nonisolated(nonsending) func withSeveral<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let guardian = try await suspendForHolds(
      exclusive: exclusive, shared: shared, limit: limit, isolation: #isolation)
    try Task.checkCancellation()
    let result = try await body()
    guardian.release()
    return result
  }
}
