public import CLockTable
public import CSwiftTask

// How several keys are acquired.
//
// First, with nothing held, each key gives all that the core needs to know of it. From then on, the
// call needs no code of the caller's. Then the core takes the keys one after the other, in an order
// that all calls share. Keys that the core can't compare are pinned first. The pins show which of
// the keys are one, and hold none of them. If a key is not available at once, the keys before it
// stay held and all others are pinned, so that a thread or a task can wait.

extension LockTable {
  /// Takes the keys, as long as each is available at once. With the `deadline` `LT_NO_WAIT` it
  /// takes all or none; with `LT_OR_PIN` it pins the rest.
  @inlinable
  func take(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> TakenHolds {
    withExtendedLifetime(self) {
      switch kind {
      case .integer: takeIntegers(exclusive: exclusive, shared: shared, deadline: deadline)
      case .bytes, .text: takeBytes(exclusive: exclusive, shared: shared, deadline: deadline)
      case .opaque: takePinned(exclusive: exclusive, shared: shared, deadline: deadline)
      }
    }
  }

  @inlinable
  func takeIntegers(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> TakenHolds {
    var holds = HoldBuffer(capacity: exclusive.count + shared.count)
    exclusive.forEachInPlace { holds.append(wanted: integerIdentity(of: $0), mode: .exclusive) }
    shared.forEachInPlace { holds.append(wanted: integerIdentity(of: $0), mode: .shared) }
    return core.acquire(integers: holds, deadline: deadline)
  }

  @inlinable
  func takeBytes(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> TakenHolds {
    let capacity = exclusive.count + shared.count
    var holds = HoldBuffer(capacity: capacity)
    // The memory is on the stack for up to sixteen keys.
    return withUnsafeTemporaryAllocation(
      byteCount: PreparedKeys.memorySize(capacity: capacity),
      alignment: MemoryLayout<lt_key_t>.alignment
    ) { memory in
      var keys = PreparedKeys(capacity: capacity, memory: memory)
      defer { keys.freeBlocks() }
      exclusive.forEachInPlace {
        prepare($0, into: &keys)
        holds.append(mode: .exclusive)
      }
      shared.forEachInPlace {
        prepare($0, into: &keys)
        holds.append(mode: .shared)
      }
      return core.acquire(keys: keys.keys, holds: holds, deadline: deadline)
    }
  }

  @inlinable
  func takePinned(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> TakenHolds {
    var pins = HoldBuffer(capacity: exclusive.count + shared.count)
    for key in exclusive {
      pins.append(pinned(key).marked(.exclusive))
    }
    for key in shared {
      pins.append(pinned(key).marked(.shared))
    }
    return pins.takePinned(deadline: deadline)
  }

  @usableFromInline
  func pinned(_ key: Key) -> lt_hold_t {
    withPrepared(key) { core.pin($0) }.orTrap()
  }

  /// Acquires for a thread.
  @inlinable
  func acquireSeveral(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit
  ) throws -> MultiGuard {
    switch take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN) {
    case .all(let holds): MultiGuard(holds)
    case .some(let holds, let taken): try waitForHolds(holds, taken: taken, limit: limit)
    case .none: neverRefused()
    }
  }

  @usableFromInline
  func waitForHolds(_ holds: HoldBuffer, taken: Int) -> MultiGuard {
    // Before a thread parks, the core calls a function of the table.
    let status = withExtendedLifetime(self) {
      holds.waitPinned(taken: taken, deadline: LT_FOREVER)
    }
    guard status == LT_OK else { neverRefused() }
    return MultiGuard(holds)
  }

  @usableFromInline
  func waitForHolds(
    _ holds: HoldBuffer, taken: Int, limit: WaitLimit
  ) throws -> MultiGuard {
    let status = withExtendedLifetime(self) {
      holds.waitPinned(taken: taken, deadline: limit.deadline)
    }
    guard status == LT_OK else { throw lockError(for: status) }
    return MultiGuard(holds)
  }

  /// Acquires for a task.
  @inlinable
  nonisolated(nonsending) func acquireSeveralInTask(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?
  ) async throws -> MultiGuard {
    let guardian: MultiGuard
    switch take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN) {
    case .all(let holds): guardian = MultiGuard(holds)
    case .some(let holds, let taken):
      guardian = try await suspendForHolds(
        holds, taken: taken, limit: limit, isolation: #isolation)
    case .none: neverRefused()
    }
    // One check covers all keys. The guard gives the keys back.
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return guardian
  }

  @usableFromInline
  func suspendForHolds(
    _ holds: HoldBuffer, taken: Int, limit: WaitLimit?, isolation: isolated (any Actor)?
  ) async throws -> MultiGuard {
    let status = await suspendForRest(
      of: holds, taken: taken, deadline: limit?.deadline ?? LT_FOREVER, isolation: isolation)
    guard status == LT_OK else { throw lockError(for: status) }
    return MultiGuard(holds)
  }

  /// Waits without a limit, and whether or not the task is cancelled.
  @usableFromInline
  func suspendUncancellablyForHolds(
    _ holds: HoldBuffer, taken: Int, isolation: isolated (any Actor)?
  ) async -> MultiGuard {
    let status = await suspendForRest(
      of: holds, taken: taken, deadline: LT_UNREFUSED, isolation: isolation)
    guard status == LT_OK else { neverRefused() }
    return MultiGuard(holds)
  }

  /// Takes the pins from `taken` on, one after the other. Waits for those that are not available at
  /// once, of which the first is one. On failure no key is held or pinned, and the buffer has
  /// ended.
  private func suspendForRest(
    of holds: HoldBuffer, taken: Int, deadline: UInt64, isolation: isolated (any Actor)?
  ) async -> UInt32 {
    var taken = taken
    // The removal of an opaque key's entry runs the key's deinit, which must not run while other
    // keys are held. So the pin stays.
    let keepsPin = kind == .opaque
    repeat {
      if keepsPin {
        lt_pin_again(holds[taken])
      }
      let hold = await suspend(for: taken, of: holds, deadline: deadline)
      if hold.place == nil {
        holds.rollBack(taken: taken, pinned: keepsPin ? taken : taken + 1)
        return hold.status
      }
      if keepsPin {
        lt_unpin(holds[taken])
      }
      holds.keep(hold, at: taken)
      taken += 1
    } while holds.takeNext(&taken)
    return LT_OK
  }

  @inlinable
  nonisolated(nonsending) func withSeveral<Result: ~Copyable, Failure: Error>(
    exclusive: some Collection<Key>, shared: some Collection<Key>, limit: WaitLimit?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let guardian = try await acquireSeveralInTask(
      exclusive: exclusive, shared: shared, limit: limit)
    let holds = guardian.takeHolds()
    defer { endScope(of: holds) }
    return try await body()
  }

  /// Only for a scoped form: its caller calls a method of the table, so the table stays open until
  /// the scope has ended.
  @inlinable
  @inline(__always)
  func endScope(of holds: HoldBuffer) {
    withExtendedLifetime(self) { holds.releaseAllInScope() }
  }
}

@usableFromInline
@inline(never)
func neverRefused() -> Never {
  fatalError("LockTable: a wait without limit ended without a hold")
}
