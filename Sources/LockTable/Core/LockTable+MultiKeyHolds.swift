public import CLockTable
public import CSwiftTask

// How several keys are acquired.
//
// First, with nothing held, each key gives all that the core needs to know of it. From then on, the
// call needs no code of the caller's. Then the core takes the keys one after the other, in an order
// that all calls share. Keys that have to be compared with `==`, and boxed keys, are pinned first.
// The pins show which of the keys are one, and hold none of them. If a key is not available at once,
// the keys before it stay held and all others are pinned, so that a thread or a task can wait.

extension LockTable {
  /// Takes the keys, as long as each is available at once. With the `deadline` `LT_NO_WAIT` it
  /// takes all or none; with `LT_OR_PIN` it pins the rest.
  @inlinable
  func take(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> HoldBuffer {
    defer { extendLifetime(self) }
    switch kind {
    case .integer:
      return takeIntegers(exclusive: exclusive, shared: shared, deadline: deadline)
    case .bytes, .text:
      return takeBytes(exclusive: exclusive, shared: shared, deadline: deadline)
    case .opaque:
      return takeOpaque(exclusive: exclusive, shared: shared, deadline: deadline)
    }
  }

  @inlinable
  @inline(__always)
  func takeIntegers(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> HoldBuffer {
    var holds = HoldBuffer(capacity: exclusive.count + shared.count)
    exclusive.forEachInPlace { holds.append(wanted: integerIdentity(of: $0), mode: .exclusive) }
    shared.forEachInPlace { holds.append(wanted: integerIdentity(of: $0), mode: .shared) }
    core.acquire(integers: &holds, deadline: deadline)
    return holds
  }

  @inlinable
  func takeBytes(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> HoldBuffer {
    let capacity = exclusive.count + shared.count
    var holds = HoldBuffer(capacity: capacity)
    // The memory is on the stack for up to sixteen keys.
    withUnsafeTemporaryAllocation(
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
      core.acquire(keys: keys.keys, holds: &holds, deadline: deadline)
    }
    return holds
  }

  @inlinable
  func takePinned(
    exclusive: some Collection<Key>, shared: some Collection<Key>, deadline: UInt64
  ) -> HoldBuffer {
    var pins = HoldBuffer(capacity: exclusive.count + shared.count)
    for key in exclusive {
      pins.append(pin: pinned(key), mode: .exclusive)
    }
    for key in shared {
      pins.append(pin: pinned(key), mode: .shared)
    }
    pins.takePinned(deadline: deadline)
    return pins
  }

  @usableFromInline
  func pinned(_ key: Key) -> lt_hold_t {
    give(key, to: withPrepared(key) { core.pin($0) }.orTrap())
  }

  /// Acquires for a thread, without a limit.
  @inlinable
  func acquireHolds(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) -> MultiHold {
    var holds = take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN)
    if holds.isPinned {
      waitForHolds(&holds, LimitedWait(deadline: LT_FOREVER))
    }
    return holds.orTrap()
  }

  /// The same with a limit, which has a use if a key was not available at once.
  @inlinable
  func acquireHolds(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    for wait: @autoclosure () -> LimitedWait
  ) throws(LockTableError) -> MultiHold {
    var holds = take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN)
    if holds.isPinned {
      try waitForHolds(&holds, wait(), exclusive: exclusive, shared: shared)
    }
    return holds.orTrap()
  }

  @usableFromInline
  @inline(never)
  func waitForHolds(_ holds: inout HoldBuffer, _ wait: LimitedWait) {
    // Before a thread parks, the core calls a function of the table.
    withExtendedLifetime(self) {
      if let alarm = wait.alarm {
        waitForHolds(&holds, mostWaiters: wait.mostWaiters, until: alarm)
      } else {
        holds.waitPinned(deadline: wait.deadline, mostWaiters: wait.mostWaiters)
      }
    }
  }

  /// The same, with a limit on the table's own clock.
  private func waitForHolds(
    _ holds: inout HoldBuffer, mostWaiters: UInt32, until alarm: Alarm
  ) {
    repeat {
      let hold = ThreadSuspension.hold(
        of: holds.pinToWaitFor(keepsPin: keepsPins), index: holds.taken, count: holds.count,
        mostWaiters: mostWaiters, until: alarm)
      holds.endWait(hold, keepsPin: keepsPins)
    } while holds.isPinned
  }

  /// The removal of an opaque key's entry runs the key's deinit, which must not run while other keys
  /// are held. So the pin stays until the wait for it is over.
  private var keepsPins: Bool { kind == .opaque }

  /// As above, and throws if the wait fails.
  @inlinable
  @inline(never)
  func waitForHolds(
    _ holds: inout HoldBuffer, _ wait: LimitedWait, exclusive: some Collection<Key>,
    shared: some Collection<Key>
  ) throws(LockTableError) {
    let wait = measured(wait)
    waitForHolds(&holds, wait)
    if holds.status != LT_OK {
      let failure = WaitFailure(status: holds.status, wait: wait)
      throw error(for: failure, of: holds.failedKey, exclusive: exclusive, shared: shared)
    }
  }

  /// Acquires for a task, without a limit, and whether or not it is cancelled.
  @inlinable
  nonisolated(nonsending) func acquireHoldsUncancellably(
    exclusive: some Collection<Key>, shared: some Collection<Key>
  ) async -> MultiHold {
    var holds = take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN)
    if holds.isPinned {
      _ = await suspendForHolds(
        &holds, LimitedWait(deadline: LT_UNREFUSED), isolation: #isolation)
    }
    return holds.orTrap()
  }

  /// Acquires for a task. This checks for cancellation once, for all keys.
  @inlinable
  nonisolated(nonsending) func acquireHoldsUnlessCancelled(
    exclusive: some Collection<Key>, shared: some Collection<Key>,
    for wait: @autoclosure () -> LimitedWait
  ) async throws -> MultiHold {
    var holds = take(exclusive: exclusive, shared: shared, deadline: LT_OR_PIN)
    if holds.isPinned {
      let wait = measured(wait())
      let joined = await suspendForHolds(&holds, wait, isolation: #isolation)
      if holds.status != LT_OK {
        let failure = WaitFailure(status: holds.status, wait: wait, joined: joined)
        throw anyError(for: failure, of: holds.failedKey, exclusive: exclusive, shared: shared)
      }
    }
    if lt_task_is_cancelled() {
      throw CancellationError()
    }
    return holds.orTrap()
  }

  /// Takes the pins, one after the other. Waits for those that are not available at once, of which
  /// the first is one. Returns when the call joined the first queue, as `suspend` does.
  @usableFromInline
  func suspendForHolds(
    _ holds: inout HoldBuffer, _ wait: LimitedWait, isolation: isolated (any Actor)?
  ) async -> UInt64 {
    // The task may go on in another thread after each wait.
    let call = notedCall
    var firstJoined: UInt64 = 0
    repeat {
      note(call)
      let pin = holds.pinToWaitFor(keepsPin: keepsPins)
      let observed = observeWait(for: pin)
      let (hold, joined) = await suspend(
        for: pin, index: holds.taken, count: holds.count, wait)
      observed?.end(hold, joined: joined)
      firstJoined = firstJoined == 0 ? joined : firstJoined
      holds.endWait(hold, keepsPin: keepsPins)
    } while holds.isPinned
    return firstJoined
  }

  /// The body of the scoped forms for a thread. Only for them: their caller calls a method of the
  /// table, so the table stays open until the scope has ended. If `body` throws, the drop of the
  /// holds releases the keys.
  @inlinable
  func withHolds<Result: ~Copyable, Failure: Error>(
    _ holds: consuming MultiHold, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result = try body()
    endScope(of: holds)
    return result
  }

  /// The body of the scoped forms for a task.
  @inlinable
  nonisolated(nonsending) func withHoldsInTask<Result: ~Copyable, Failure: Error>(
    _ holds: consuming MultiHold,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let result = try await body()
    endScope(of: holds)
    return result
  }

  @inlinable
  @inline(__always)
  func endScope(of holds: consuming MultiHold) {
    holds.endScope()
    extendLifetime(self)
  }
}
