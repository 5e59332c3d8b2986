public import CLockTable
internal import CSwiftTask

/// Waits for a key that could not be had at once, and was pinned. Checks for cancellation once it has
/// the key. The pin keeps all that this needs alive.
@usableFromInline
@inline(never)
nonisolated(nonsending) func suspendForHold(
  _ pinned: lt_hold_t, mode: HoldMode, deadline: UInt64
) async throws -> lt_hold_t {
  try await Suspension.hold(of: pinned.asPin.marked(mode), deadline: deadline).orThrow()
    .unlessCancelled(mode)
}

/// The same without limit, and whether or not the task is cancelled.
@usableFromInline
@inline(never)
nonisolated(nonsending) func suspendUncancellablyForHold(
  _ pinned: lt_hold_t, mode: HoldMode
) async -> lt_hold_t {
  await Suspension.hold(of: pinned.asPin.marked(mode), deadline: LT_UNREFUSED).orTrap()
}

/// The same of one of several pins, which are marked already; says what went wrong without throwing.
///
/// Not to be inlined: between the ends of a suspension, the task's stack of allocations is its own.
@inline(never)
nonisolated(nonsending) func suspend(
  for index: Int, of pins: HoldBuffer, deadline: UInt64
) async -> lt_hold_t {
  await Suspension.hold(of: pins[index], index: index, count: pins.count, deadline: deadline)
}

/// An acquisition by a task: it waits in the core's queue without a thread.
private struct Suspension: @unchecked Sendable {
  // Sound to share: the core lets any thread cancel, until the end, which comes after the handler
  // that cancels is gone.
  private let pointer: OpaquePointer

  /// Takes the pin over, waits, and returns the hold, or says why there is none.
  ///
  /// What makes it correct, and where these rules come from:
  /// - The core resumes with no lock held, since resuming takes locks that the runtime also holds
  ///   around cancellation handlers (apple/swift-nio#2558, apple/swift-async-algorithms#303).
  /// - No lock is held over the call that makes the continuation: the task may be enqueued on its
  ///   executor once more before the closure runs (swiftlang/swift#85668).
  /// - The handler may run before there is a continuation, at any time after, and more than once
  ///   (swiftlang/swift#80161): the core notes a cancellation that comes early, and ignores one that
  ///   comes late.
  /// - `withTaskCancellationHandler` is a suspension point of its own, and leaves the caller's actor
  ///   (fixed after 6.3: swiftlang/swift#85518, #86820): its two halves are called instead.
  /// - It stays on the caller's actor by inheritance, without a parameter for it: with one, the task
  ///   looks where it is twice more on its way.
  @inline(__always)
  nonisolated(nonsending) static func hold(
    of pin: lt_hold_t, index: Int = 0, count: Int = 1, deadline: UInt64
  ) async -> lt_hold_t {
    // The task's memory is a stack: what is put on it first is taken off last, by the same function.
    let memory = lt_task_allocate(lt_suspension_size())
    let suspension = Self(
      pointer: lt_suspension_create_in(memory, pin, deadline, lt_task_resume))
    if count > 1 {
      lt_suspension_set_part(suspension.pointer, index, count)
    }
    // Around all of the wait, which may go to sleep more than once. What can't be refused can't be
    // cancelled either: it is a form that has no way to say so.
    let handler =
      deadline == LT_UNREFUSED ? nil : lt_task_handle_cancellation(suspension.pointer)
    repeat {
      await withInheritedContinuation { continuation in
        suspension.begin(continuation)
      }
    } while lt_suspension_poll(suspension.pointer) == LT_SUSPENDED
    if let handler {
      lt_task_end_handling(handler)
    }
    let hold = lt_suspension_end(suspension.pointer)
    lt_task_deallocate(memory)
    return hold
  }

  private func begin(_ continuation: UnsafeContinuation<Void, Never>) {
    // Sound: an UnsafeContinuation is one pointer, the one that the runtime resumes by.
    let status = lt_suspension_begin(
      pointer, unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
    if status != LT_SUSPENDED {
      continuation.resume()
    }
  }
}

/// `withUnsafeContinuation` for a function that inherits its caller's actor: with an `isolation`, which
/// the released compilers' has, the task looks where it is before it goes to sleep, as if it came from
/// elsewhere. The standard library keeps this form of it, which does not, for programs of old.
@inline(__always)
private nonisolated(nonsending) func withInheritedContinuation(
  _ body: (UnsafeContinuation<Void, Never>) -> Void
) async {
  #if compiler(<6.4)
    await _unsafeInheritExecutor_withUnsafeContinuation(body)
  #else
    await withUnsafeContinuation(body)
  #endif
}
