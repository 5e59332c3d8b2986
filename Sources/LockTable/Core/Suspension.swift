public import CLockTable

/// An acquisition by a task: it waits in the core's queue without a thread.
struct Suspension: @unchecked Sendable {
  // Sound to share: the core lets any thread cancel, until the end, which comes after the handler
  // that cancels is gone.
  private let pointer: OpaquePointer

  /// Takes the pin over. Traps if memory runs out.
  init(pin: lt_hold_t, deadline: UInt64) {
    guard let pointer = lt_suspension_create(pin, deadline, lt_task_resume) else {
      outOfMemory("a task's place in a queue")
    }
    self.pointer = pointer
  }

  /// Waits, and returns the hold, or says why there is none.
  ///
  /// What makes it correct, and where these rules come from:
  /// - The core resumes with no lock held, since resuming takes locks that the runtime also holds
  ///   around cancellation handlers (apple/swift-nio#2558, apple/swift-async-algorithms#303).
  /// - No lock is held over the call of `withUnsafeContinuation`: the task may be enqueued on its
  ///   executor once more before the closure runs (swiftlang/swift#85668).
  /// - The handler may run before there is a continuation, at any time after, and more than once
  ///   (swiftlang/swift#80161): the core notes a cancellation that comes early, and ignores one that
  ///   comes late.
  /// - `withTaskCancellationHandler` is a suspension point of its own, and leaves the caller's actor
  ///   (fixed after 6.3: swiftlang/swift#85518, #86820): its two halves are called instead.
  /// - It stays on the caller's actor by inheritance, without a parameter for it: with one, the task
  ///   looks where it is twice more on its way.
  @inline(__always)
  nonisolated(nonsending) func hold() async -> lt_hold_t {
    // Around all of the wait, which may go to sleep more than once. Nothing is called in between
    // that leaves anything on the task's stack of allocations.
    let handler = lt_task_handle_cancellation(pointer)
    repeat {
      await withUnsafeContinuation(isolation: #isolation) {
        (continuation: UnsafeContinuation<Void, Never>) in
        // Sound: an UnsafeContinuation is one pointer, the one that the runtime resumes by.
        let status = lt_suspension_begin(
          pointer, unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
        if status != LT_SUSPENDED {
          continuation.resume()
        }
      }
    } while lt_suspension_outcome(pointer) == LT_SUSPENDED
    lt_task_end_handling(handler)
    return lt_suspension_end(pointer)
  }
}

/// Waits for a key that could not be had at once, and was pinned. The pin keeps all that this needs alive.
@usableFromInline
@inline(never)
nonisolated(nonsending) func suspendForHold(
  _ pinned: lt_hold_t, mode: HoldMode, deadline: UInt64
) async throws -> lt_hold_t {
  let suspension = Suspension(pin: pinned.asPin.marked(mode), deadline: deadline)
  return try await suspension.hold().orThrow()
}
