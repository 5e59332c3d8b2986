public import CLockTable

// What the forms of a table of states do with a hold.

/// A hold of a key whose state is there.
@usableFromInline
@frozen
struct HeldState<State: ~Copyable> {
  @usableFromInline let hold: lt_hold_t
  @usableFromInline let place: KeptPlace<State>

  @inlinable
  init(hold: lt_hold_t, place: KeptPlace<State>) {
    self.hold = hold
    self.place = place
  }
}

extension StateTable where State: ~Copyable {
  /// Runs `body` with the state of a new exclusive hold, and releases the hold.
  @inlinable
  @inline(__always)
  func withState<Result: ~Copyable>(
    of hold: lt_hold_t, _ key: Key, _ body: (inout sending State) throws -> sending Result
  ) throws -> sending Result {
    let held = try begin(hold, of: key)
    defer { endExclusive(held.hold) }
    // Sound: no other holder reaches the state, and the body leaves nothing behind in it.
    nonisolated(unsafe) let content = held.place.content
    return try body(&content.pointee)
  }

  /// The same for a body that may suspend.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func withStateInTask<Result: ~Copyable, Failure: Error>(
    of hold: lt_hold_t, _ key: Key,
    _ body: nonisolated(nonsending) (inout sending State) async throws(Failure) -> sending Result
  ) async throws -> sending Result {
    let held = try begin(hold, of: key)
    defer { endExclusive(held.hold) }
    // Sound: as above.
    nonisolated(unsafe) let content = held.place.content
    return try await body(&content.pointee)
  }

  /// Runs `body` with the state of a reader's hold, and releases the hold.
  @inlinable
  @inline(__always)
  func withShared<Result: ~Copyable>(
    _ held: HeldState<State>, _ body: (borrowing State) throws -> Result
  ) throws -> Result {
    defer { endShared(held.hold) }
    // Sound: the state stays as it is while readers hold the key.
    let content = held.place.content
    return try body(content.pointee)
  }

  /// The same for a body that may suspend.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func withSharedInTask<Result: ~Copyable, Failure: Error>(
    _ held: HeldState<State>,
    _ body: nonisolated(nonsending) (borrowing State) async throws(Failure) -> Result
  ) async throws -> Result {
    defer { endShared(held.hold) }
    // Sound: as above.
    let content = held.place.content
    return try await body(content.pointee)
  }

  /// Makes the state of a new exclusive hold if there is none. If the maker throws, releases the
  /// hold.
  @inlinable
  func begin(_ hold: lt_hold_t, of key: Key) throws -> HeldState<State> {
    let value = locks.core.value(of: hold)
    let place = KeptPlace<State>(room: value.place)
    if !value.is_present {
      do {
        place.begin(try make(key))
      } catch {
        endExclusive(hold)
        throw error
      }
      // The core hands the reference back where it ends the state.
      _ = Unmanaged.passRetained(states)
      lt_keep_value(hold)
    }
    return HeldState(hold: hold, place: place)
  }

  @inlinable
  @inline(__always)
  func endExclusive(_ hold: lt_hold_t) {
    lt_release_while_open(hold.place)
    extendLifetime(self)
  }

  @inlinable
  @inline(__always)
  func endShared(_ hold: lt_hold_t) {
    lt_release_shared(hold)
    extendLifetime(self)
  }

  /// A reader's hold, if the key has a state. If not, releases it: to make one takes another hold.
  @inlinable
  func shared(_ hold: lt_hold_t) -> HeldState<State>? {
    let value = locks.core.value(of: hold)
    guard value.is_present else {
      endShared(hold)
      return nil
    }
    return HeldState(hold: hold, place: KeptPlace<State>(room: value.place))
  }

  /// A writer's hold becomes a reader's, once the state is there.
  @inlinable
  func sharedAfterMaking(_ hold: lt_hold_t, of key: Key) throws -> HeldState<State> {
    let held = try begin(hold, of: key)
    return HeldState(hold: lt_downgrade(held.hold), place: held.place)
  }

  /// A reader's hold of a state that it makes, if nobody has the key.
  @inlinable
  func sharedAfterMakingIfFree(_ key: Key) throws -> HeldState<State>? {
    guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .exclusive).ifHeld else {
      return nil
    }
    return try sharedAfterMaking(hold, of: key)
  }

  /// How often a reader looks for a state, and makes it if the key is free, before it waits to make
  /// it. One that waits to write waits for all readers of a state that is there by then, so readers
  /// would run one after the other. That many looks all fail only if other readers look each time.
  @inlinable static var mostLooks: Int { 64 }

  @inlinable
  func acquireShared<Failure: Error>(
    _ key: Key, by acquire: (LockMode) throws(Failure) -> lt_hold_t
  ) throws -> HeldState<State> {
    for _ in 0..<Self.mostLooks {
      if let held = shared(try acquire(.shared)) { return held }
      if let held = try sharedAfterMakingIfFree(key) { return held }
    }
    return try sharedAfterMaking(try acquire(.exclusive), of: key)
  }

  /// All attempts have one limit.
  @inlinable
  func acquireShared(_ key: Key, _ wait: LimitedWait) throws -> HeldState<State> {
    let wait = locks.measured(wait)
    return try acquireShared(key) { mode throws in
      try locks.acquireHold(key, for: wait, mode: mode)
    }
  }

  @inlinable
  func acquireSharedIfAvailable(_ key: Key) throws -> HeldState<State>? {
    for _ in 0..<Self.mostLooks {
      guard let hold = locks.acquireHold(key, deadline: LT_NO_WAIT, mode: .shared).ifHeld else {
        return nil
      }
      if let held = shared(hold) { return held }
      if let held = try sharedAfterMakingIfFree(key) { return held }
    }
    return nil
  }

  @inlinable
  nonisolated(nonsending) func acquireSharedInTask(
    _ key: Key, _ wait: LimitedWait
  ) async throws -> HeldState<State> {
    let wait = locks.measured(wait)
    let call = locks.notedCall
    for _ in 0..<Self.mostLooks {
      let hold = try await locks.acquireHoldUnlessCancelled(key, for: wait, mode: .shared)
      if let held = shared(hold) { return held }
      locks.note(call)
      if let held = try sharedAfterMakingIfFree(key) { return held }
    }
    return try sharedAfterMaking(
      try await locks.acquireHoldUnlessCancelled(key, for: wait, mode: .exclusive), of: key)
  }
}
