public import CLockTable

// How several keys are acquired.
//
// If nobody is in the way of keys that lie in an array: one after the other. Otherwise what was taken is let go, and each key's
// entry is pinned first, so that all callers see the entries at one address, and then the core
// acquires them in the order of their addresses. A pin is marked with how its key is to be held;
// of a key that is pinned twice, the exclusive pin is the one that counts.

extension LockTable {
  @inlinable
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

  @usableFromInline
  func pinned(_ key: Key) -> lt_hold_t {
    withPrepared(key) { core.pin($0) }.orTrap()
  }

  /// The keys, each taken as it comes: who waits for none of them needs no order. Nil, holding nothing,
  /// if one can't be had at once, or is named twice; and where the way to the keys, or their own `==`,
  /// would be the caller's code, which is not to run while some of them are held.
  @inlinable
  func takenAtOnce(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> HoldBuffer? {
    if kind == .opaque {
      return nil
    }
    let holds = exclusive.withElementsInPlace { exclusive in
      shared.withElementsInPlace { shared in
        takenAtOnce(exclusive: exclusive, shared: shared)
      }
    }
    return (holds ?? nil) ?? nil
  }

  @inlinable
  func takenAtOnce(
    exclusive: UnsafeBufferPointer<Key>, shared: UnsafeBufferPointer<Key>
  ) -> HoldBuffer? {
    var holds = HoldBuffer(capacity: exclusive.count + shared.count)
    for key in exclusive {
      let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive)
      guard holds.append(ifHeld: hold, mode: .exclusive) else {
        holds.undo()
        return nil
      }
    }
    for key in shared {
      let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: .shared)
      guard holds.append(ifHeld: hold, mode: .shared) else {
        holds.undo()
        return nil
      }
    }
    return holds
  }

  /// For threads.
  @inlinable
  func acquireSeveral(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit
  ) throws -> MultiGuard {
    if let holds = takenAtOnce(exclusive: exclusive, shared: shared) {
      return MultiGuard(holds)
    }
    return try waitForHolds(exclusive: exclusive, shared: shared, limit: limit)
  }

  @inlinable
  func waitForHolds(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> MultiGuard {
    var holds = pinned(exclusive: exclusive, shared: shared)
    guard holds.acquirePinned(deadline: LT_FOREVER) == LT_OK else {
      fatalError("LockTable: a wait without limit ended without a hold")
    }
    return MultiGuard(holds)
  }

  @inlinable
  func waitForHolds(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit
  ) throws -> MultiGuard {
    let deadline = limit.deadline
    var holds = pinned(exclusive: exclusive, shared: shared)
    let status = holds.acquirePinned(deadline: deadline)
    guard status == LT_OK else { throw lockError(for: status) }
    return MultiGuard(holds)
  }

  /// For tasks.
  @inlinable
  nonisolated(nonsending) func acquireSeveralInTask(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?
  ) async throws -> MultiGuard {
    if let holds = takenAtOnce(exclusive: exclusive, shared: shared) {
      return MultiGuard(holds)
    }
    return try await suspendForHolds(
      exclusive: exclusive, shared: shared, limit: limit, isolation: #isolation)
  }

  /// Takes the pins one after the other, waiting for those that are taken.
  @usableFromInline
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

  @inlinable
  nonisolated(nonsending) func withSeveral<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let guardian = try await acquireSeveralInTask(
      exclusive: exclusive, shared: shared, limit: limit)
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    let result = try await body()
    guardian.release()
    return result
  }
}
