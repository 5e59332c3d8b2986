internal import CLockTable
internal import CSwiftTask

/// Waits with a limit, for the pin at `index` of `count`, which is marked. Returns the hold, or
/// the reason why there is none. Also returns when the task joined the queue, on the core's clock, or
/// 0 if it did not.
///
/// This function must not be inlined: between the start and the end of a suspension, only the
/// suspension may use the task's stack of allocations.
@inline(never)
nonisolated(nonsending) func suspend(
  for pin: lt_hold_t, index: Int = 0, count: Int = 1, _ wait: LimitedWait
) async -> (hold: lt_hold_t, joined: UInt64) {
  await Suspension.hold(of: pin, index: index, count: count, wait)
}

/// An acquisition by a task, which waits in the core's queue without a thread.
private struct Suspension: @unchecked Sendable {
  // Sound to share: the core lets any thread cancel the suspension until it ends, which is after
  // the handler that cancels it is gone.
  private let pointer: OpaquePointer

  /// Takes over the pin, waits, and returns the hold, or the reason why there is none.
  ///
  /// These rules make the wait correct. Each names its source where it has one:
  /// - The core resumes with no lock held, because resuming takes locks that the runtime also holds
  ///   around cancellation handlers (apple/swift-nio#2558, apple/swift-async-algorithms#303).
  /// - No lock is held during the call that makes the continuation: the task may be enqueued on its
  ///   executor once more before the closure runs (swiftlang/swift#85668).
  /// - The handler may run before there is a continuation, at any time after, and more than once
  ///   (swiftlang/swift#80161). The core records an early cancellation, and ignores a late one.
  /// - `withTaskCancellationHandler` is a suspension point of its own, and leaves the caller's
  ///   actor (fixed after 6.3: swiftlang/swift#85518, #86820). This function calls its two halves
  ///   instead.
  /// - The function inherits the caller's actor, and has no parameter for it: with one, the task
  ///   would make two more executor checks.
  @inline(__always)
  nonisolated(nonsending) static func hold(
    of pin: lt_hold_t, index: Int, count: Int, _ wait: LimitedWait
  ) async -> (hold: lt_hold_t, joined: UInt64) {
    // The task's memory is a stack: the function that allocates the first block must free it last.
    let memory = lt_task_allocate(lt_suspension_size())
    let suspension = Self(
      pointer: lt_suspension_create_in(memory, pin, wait.deadline, lt_task_resume))
    if count > 1 {
      lt_suspension_set_part(suspension.pointer, index, count)
    }
    if wait.mostWaiters != LT_ANY_NUMBER {
      lt_suspension_set_limit(suspension.pointer, wait.mostWaiters)
    }
    if wait.permits > 1 {
      lt_suspension_set_permits(suspension.pointer, wait.permits)
    }
    wait.alarm?.attach(suspension.pointer)
    // The handler covers the whole wait, which may suspend more than once. A form that can't be
    // refused can't be cancelled either, because it has no way to report that.
    let handler =
      wait.deadline == LT_UNREFUSED ? nil : lt_task_handle_cancellation(suspension.pointer)
    repeat {
      await withInheritedContinuation { continuation in
        suspension.begin(continuation)
      }
    } while lt_suspension_poll(suspension.pointer) == LT_SUSPENDED
    if let handler {
      lt_task_end_handling(handler)
    }
    wait.alarm?.detach()
    let joined = lt_suspension_joined(suspension.pointer)
    let hold = lt_suspension_end(suspension.pointer)
    lt_task_deallocate(memory)
    return (hold, joined)
  }

  private func begin(_ continuation: UnsafeContinuation<Void, Never>) {
    // Sound: an UnsafeContinuation is one pointer, by which the runtime resumes the task.
    let status = lt_suspension_begin(
      pointer, unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
    if status != LT_SUSPENDED {
      continuation.resume()
    }
  }
}

/// `withUnsafeContinuation` for a function that inherits its caller's actor. The version of the
/// released compilers has an `isolation` parameter. With that, the task makes an executor check
/// before it suspends, as if it came from another actor. The standard library keeps this version,
/// which makes no check, for old programs.
@inline(__always)
nonisolated(nonsending) func withInheritedContinuation(
  _ body: (UnsafeContinuation<Void, Never>) -> Void
) async {
  #if compiler(<6.4)
    await _unsafeInheritExecutor_withUnsafeContinuation(body)
  #else
    await withUnsafeContinuation(body)
  #endif
}
