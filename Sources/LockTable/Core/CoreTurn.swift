internal import CLockTable
internal import CSwiftTask

/// A place in line, in the core. `LockTable.Turn` owns it, and drops it once.
struct CoreTurn: @unchecked Sendable {
  // Sound to share: the core lets any thread cancel a turn until it is dropped, while its table is
  // open. The owner keeps the table. All other calls are those of one task, which keeps the owner.
  private let pointer: OpaquePointer

  /// Takes over the pin, and takes a place in line, or the key. Traps if memory runs out. A refusal
  /// is what `end()` returns.
  init(of pin: lt_hold_t, _ wait: LimitedWait) {
    guard let pointer = lt_suspension_create(pin, wait.deadline, lt_task_resume) else {
      outOfMemory("a turn")
    }
    self.pointer = pointer
    if wait.mostWaiters != LT_ANY_NUMBER {
      lt_suspension_set_limit(pointer, wait.mostWaiters)
    }
    wait.alarm?.attach(pointer)
    lt_turn_enqueue(pointer)
  }

  /// Waits until the turn has the key, and claims it, or until the turn is over without. The task's
  /// cancellation ends the turn. Traps if it is called twice.
  ///
  /// The rules of `Suspension.hold` apply. What the core tells the closure is true of a turn that was
  /// not awaited yet. So the task asks again.
  ///
  /// This function must not be inlined: until the handler has ended, only that may use the task's
  /// stack of allocations.
  @inline(never)
  nonisolated(nonsending) func wait() async {
    let handler = lt_task_handle_cancellation(pointer)
    await withInheritedContinuation { continuation in
      // Sound: an UnsafeContinuation is one pointer, by which the runtime resumes the task.
      let status = lt_turn_await(
        pointer, unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
      if status != LT_SUSPENDED {
        continuation.resume()
      }
    }
    _ = lt_suspension_poll(pointer)
    lt_task_end_handling(handler)
  }

  /// Whether a task that waits now would be suspended. The answer may be outdated.
  var isInLine: Bool { lt_turn_is_in_line(pointer) }

  /// When it joined the queue, on the core's clock; 0 if it did not.
  var joined: UInt64 { lt_suspension_joined(pointer) }

  /// Returns the hold, or the reason why there is none, once, after `wait()`. The turn needs its
  /// key no more.
  func end() -> lt_hold_t {
    lt_turn_end(pointer)
  }

  func cancel() {
    lt_suspension_cancel(pointer)
  }

  /// Frees the turn. One that was not claimed leaves the queue, or passes on the key.
  func drop() {
    lt_turn_drop(pointer)
  }
}
