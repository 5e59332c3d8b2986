public import CLockTable
internal import Synchronization

// How one key is acquired and released. `acquireHold(_:deadline:mode:)`, which all of these use, is
// in LockTable+Identity.swift.

extension LockTable {
  /// Notes where the caller acquires, and what for: for the records of its holds and waits. What is
  /// noted belongs to the thread until the next call, so it need not be handed through all that
  /// happens in between.
  @inlinable
  @inline(__always)
  func noteCall(_ file: StaticString, _ line: UInt) {
    if hasDiagnostics {
      // Sound: the text is a part of the program.
      noteCall(file.utf8Start, UInt32(truncatingIfNeeded: line))
    }
  }

  /// The same for a call whose place is not known.
  func noteCall() {
    if hasDiagnostics {
      noteCall(nil, 0)
    }
  }

  /// What is noted, to note it once more: after the caller has gone on in another thread, or after
  /// code of the user's has run, and may have noted something else.
  @usableFromInline
  var notedCall: lt_call_t? { hasDiagnostics ? lt_this_call().pointee : nil }

  @usableFromInline
  func note(_ call: lt_call_t?) {
    if var call {
      lt_set_call(&call)
    }
  }

  @usableFromInline
  func noteCall(_ file: UnsafePointer<UInt8>?, _ line: UInt32) {
    if makeLabel == nil && !LockLabel.isUsed {
      lt_set_call_site(file, line)
    } else {
      noteLabelledCall(file, line)
    }
  }

  /// Makes the label first: what makes it may acquire keys, too.
  @inline(never)
  private func noteLabelledCall(_ file: UnsafePointer<UInt8>?, _ line: UInt32) {
    var label = core.isRecording ? label : nil
    lt_set_call_site(file, line)
    label?.withUTF8 { text in
      if let base = text.baseAddress {
        lt_set_label(base, text.count)
      }
    }
  }

  /// The wait, by the table's own clock if it has one.
  @usableFromInline
  func measured(_ wait: LimitedWait) -> LimitedWait { wait.on(clock) }

  /// Acquires for a thread, with a limit. This makes two attempts. Only the second has any use for
  /// the limit, and evaluates it, which reads a clock.
  @inlinable
  @inline(__always)
  func acquireHold(
    _ key: Key, for wait: @autoclosure () -> LimitedWait, mode: LockMode, inScope: Bool = false
  ) throws(LockTableError) -> lt_hold_t {
    if let hold = acquireHold(key, deadline: LT_NO_WAIT, mode: mode, inScope: inScope).ifHeld {
      return hold
    }
    return try waitForHold(key, wait(), mode: mode)
  }

  @usableFromInline
  @inline(never)
  func waitForHold(
    _ key: Key, _ wait: LimitedWait, mode: LockMode
  ) throws(LockTableError) -> lt_hold_t {
    let wait = wait.on(clock)
    let hold = acquireHold(key, wait, mode: mode)
    guard hold.place == nil else { return hold }
    throw error(for: WaitFailure(status: hold.status, wait: wait), key: key)
  }

  /// The second attempt. With a limit of waiters, or one on the table's own clock, the call pins the
  /// key first: the wait for a pin can have limits of its own.
  private func acquireHold(_ key: Key, _ wait: LimitedWait, mode: LockMode) -> lt_hold_t {
    guard wait.mostWaiters != LT_ANY_NUMBER || wait.alarm != nil, wait.deadline != LT_NO_WAIT
    else {
      return acquireHold(key, deadline: wait.deadline, mode: mode)
    }
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode)
    guard hold.place != nil, hold.isPin else { return hold }
    var pin = hold.asPin.marked(mode)
    return withExtendedLifetime(self) {
      if let alarm = wait.alarm {
        return ThreadSuspension.hold(of: pin, mostWaiters: wait.mostWaiters, until: alarm)
      }
      let status = lt_wait_pinned(&pin, 1, 0, wait.deadline, wait.mostWaiters, nil)
      return status == LT_OK
        ? pin.unmarked(mode) : lt_hold_t(place: nil, tag: UInt64(status))
    }
  }

  /// Acquires for a task, and checks for cancellation once it has the key. The body of the guard
  /// forms.
  ///
  /// `make` makes the guard here, in each path on its own. If the caller did, the two paths would
  /// meet before, and the compiler would add an executor check.
  @inlinable
  @inline(__always)
  nonisolated(nonsending) func acquire<Held: ~Copyable>(
    _ key: Key, for wait: @autoclosure () -> LimitedWait, mode: LockMode,
    _ make: (lt_hold_t) -> Held
  ) async throws -> Held {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    guard hold.isPin else { return make(try hold.unlessCancelled(mode)) }
    return make(try await suspendForHold(hold, of: key, wait(), mode: mode))
  }

  /// Waits for a key that was not available at once, and that is pinned. Checks for cancellation
  /// once it has the key, unless the call is uncancellable. The pin keeps everything that the wait
  /// uses alive.
  @usableFromInline
  @inline(never)
  nonisolated(nonsending) func suspendForHold(
    _ pinned: lt_hold_t, of key: Key, _ wait: LimitedWait, mode: LockMode,
    checksCancellation: Bool = true
  ) async throws -> lt_hold_t {
    // What few waits need is in a function of its own, so that the frame is small: with the task, it
    // moves to the core that resumes it.
    guard clock == nil, !hasWaitObserver.load(ordering: .acquiring) else {
      return try await suspendWatchedForHold(
        pinned, of: key, wait, mode: mode, checksCancellation: checksCancellation)
    }
    let (hold, joined) = await suspend(for: pinned.asPin.marked(mode), wait)
    return try self.hold(
      hold, joined: joined, of: key, wait, mode: mode, checksCancellation: checksCancellation)
  }

  /// The same in a table that has a clock of its own, or whose waits others observe.
  @inline(never)
  private nonisolated(nonsending) func suspendWatchedForHold(
    _ pinned: lt_hold_t, of key: Key, _ wait: LimitedWait, mode: LockMode, checksCancellation: Bool
  ) async throws -> lt_hold_t {
    let wait = wait.on(clock)
    let pin = pinned.asPin.marked(mode)
    let observed = observeWait(for: pin)
    let (hold, joined) = await suspend(for: pin, wait)
    observed?.end(hold, joined: joined)
    return try self.hold(
      hold, joined: joined, of: key, wait, mode: mode, checksCancellation: checksCancellation)
  }

  /// What a wait has come to.
  @inline(__always)
  private func hold(
    _ hold: lt_hold_t, joined: UInt64, of key: Key, _ wait: LimitedWait, mode: LockMode,
    checksCancellation: Bool
  ) throws -> lt_hold_t {
    guard hold.place == nil else {
      guard checksCancellation else { return hold }
      guard wait.permits > 1 else { return try hold.unlessCancelled(mode) }
      return try hold.unlessCancelled(ofPermits: wait.permits)
    }
    throw failure(hold, joined: joined, of: key, wait)
  }

  @inline(never)
  private func failure(
    _ failed: lt_hold_t, joined: UInt64, of key: Key, _ wait: LimitedWait
  ) -> any Error {
    anyError(for: WaitFailure(status: failed.status, wait: wait, joined: joined), key: key)
  }

  /// As above, without a limit, and whether or not the task is cancelled.
  @usableFromInline
  @inline(never)
  nonisolated(nonsending) func suspendUncancellablyForHold(
    _ pinned: lt_hold_t, mode: LockMode
  ) async -> lt_hold_t {
    let pin = pinned.asPin.marked(mode)
    let observed = observeWait(for: pin)
    let (hold, joined) = await suspend(for: pin, LimitedWait(deadline: LT_UNREFUSED))
    observed?.end(hold, joined: joined)
    return hold.orTrap()
  }

  /// Acquires for a task, whether or not it is cancelled.
  @inlinable
  nonisolated(nonsending) func acquireHoldUncancellably(
    _ key: Key, mode: LockMode
  ) async -> lt_hold_t {
    let hold = acquireHold(key, deadline: LT_OR_PIN, mode: mode).orTrap()
    guard hold.isPin else { return hold }
    return await suspendUncancellablyForHold(hold, mode: mode)
  }

  /// Acquires for the timed scoped forms for tasks.
  @inlinable
  nonisolated(nonsending) func acquireHoldUnlessCancelled(
    _ key: Key, for wait: @autoclosure () -> LimitedWait, mode: LockMode
  ) async throws -> lt_hold_t {
    try await acquire(key, for: wait(), mode: mode) { $0 }
  }

  /// The body of the scoped forms for a thread. (A `defer` is a function of its own, which finds
  /// out the type of the table where the compiler does not know `Key`. That takes longer than all
  /// else.)
  @inlinable
  @inline(__always)
  func withHold<Result: ~Copyable, Failure: Error>(
    _ hold: lt_hold_t, of key: Key, mode: LockMode, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do throws(Failure) {
      let result = try body()
      endScope(of: hold, key: key, mode: mode)
      return result
    } catch {
      endScope(of: hold, key: key, mode: mode)
      throw error
    }
  }

  /// Releases the hold of a scope that may borrow the key.
  @inlinable
  @inline(__always)
  func endScope(of hold: lt_hold_t, key: Key, mode: LockMode) {
    // The compiler makes the comparisons where it knows the type.
    if Key.self == String.self || Key.self == Int.self || _isPOD(Key.self) || !hold.isBorrowed {
      endScope(of: hold, mode: mode)
    } else {
      endBorrowedScope(of: hold, key: key, mode: mode)
    }
  }

  /// Releases the hold of a scope, in which the caller keeps the table. `extendLifetime` becomes
  /// `fix_lifetime`, which makes the compiler keep the table until the core has read it for the
  /// last time.
  @inlinable
  @inline(__always)
  func endScope(of hold: lt_hold_t, mode: LockMode) {
    switch mode {
    case .exclusive:
      lt_release_while_open(hold.place)
      extendLifetime(self)
    case .shared: lt_release_shared(hold)
    }
  }

  /// The rest of the untimed scoped forms, for a key that was not available at once, and that is
  /// pinned.
  ///
  /// The function includes `body`, and is apart from the path of a free key. If the two paths met
  /// before `body`, the compiler would not know the task's executor, and would add an executor
  /// check after `body`. The isolation is a parameter for the same reason: the caller then makes
  /// its executor check here, on this path alone.
  @inlinable
  @inline(never)
  func withSuspendedLock<Result: ~Copyable, Failure: Error>(
    _ pinned: lt_hold_t, of key: Key, _ wait: LimitedWait, mode: LockMode,
    isolation: isolated (any Actor)?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws -> Result {
    let hold = try await suspendForHold(pinned, of: key, wait, mode: mode)
    defer { mode.release(hold) }
    return try await body()
  }

  /// As above, whether or not the task is cancelled.
  @inlinable
  @inline(never)
  func withSuspendedUncancellableLock<Result: ~Copyable, Failure: Error>(
    _ pinned: lt_hold_t, mode: LockMode, isolation: isolated (any Actor)?,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let hold = await suspendUncancellablyForHold(pinned, mode: mode)
    defer { mode.release(hold) }
    return try await body()
  }

  /// Returns whether one of the caller's holds is a hold of `key` in this table.
  @usableFromInline
  func isHold(_ holds: UnsafeBufferPointer<lt_hold_t>, of key: Key) -> Bool {
    withExtendedLifetime(self) {
      withPrepared(key) { core.isHold(holds, of: $0) }
    }
  }

  @usableFromInline
  func isHold(_ hold: lt_hold_t, of key: Key) -> Bool {
    // Sound: only the call uses the pointer.
    withUnsafePointer(to: hold) { isHold(UnsafeBufferPointer(start: $0, count: 1), of: key) }
  }
}
