internal import LockTable

/// A child task that others may cancel, and that alone: its parent, which waits for it, goes on.
///
/// Who cancels calls cancellation handlers, which are anybody's code. So no mutex is held meanwhile,
/// and the child does not end before the call has returned.
class ChildTask: @unchecked Sendable {
  // Sound to share: the state has a mutex. A task is cancelled only between the begin and the end
  // that it notes itself, and so while it exists.

  private enum State {
    case isToBegin, isCancelledEarly, ended
    case runs(UnsafeCurrentTask)
    /// Somebody cancels it at the moment. The child may wait for that.
    case isBeingCancelled(CheckedContinuation<Void, Never>?)
    case wasCancelled
  }

  private let state = Guarded(State.isToBegin)

  /// Cancels the child, once. One that has not begun is cancelled when it does.
  final func cancel() {
    let task = state.withValue { state -> UnsafeCurrentTask? in
      switch state {
      case .isToBegin:
        state = .isCancelledEarly
        return nil
      case .runs(let task):
        state = .isBeingCancelled(nil)
        return task
      case .isCancelledEarly, .isBeingCancelled, .wasCancelled, .ended:
        return nil
      }
    }
    guard let task else { return }
    task.cancel()
    let waiter = state.withValue { state -> CheckedContinuation<Void, Never>? in
      guard case .isBeingCancelled(let waiter) = state else { return nil }
      state = .wasCancelled
      return waiter
    }
    waiter?.resume()
  }

  /// Runs `operation` in a child task on the actor of the caller, which waits for it. As that is so,
  /// they never run at the same time, and the operation may use what the caller may.
  ///
  /// The child begins at once, on the caller's thread. If it never suspends, nor does the caller.
  final func run(
    isolation: isolated (any Actor)?, _ operation: nonisolated(nonsending) @escaping () async -> Void
  ) async {
    // Sound: the child's only use of it ends before the group does, and the caller waits for that.
    nonisolated(unsafe) let operation = operation
    await withDiscardingTaskGroup { group in
      if #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) {
        group.addImmediateTask {
          await self.perform(operation, isolation: isolation)
        }
      } else {
        group.addTask {
          await self.perform(operation, isolation: isolation)
        }
      }
    }
  }

  private func perform(
    _ operation: nonisolated(nonsending) () async -> Void, isolation: isolated (any Actor)?
  ) async {
    begin()
    await operation()
    if !end() {
      await untilCancelled()
    }
  }

  private func begin() {
    withUnsafeCurrentTask { task in
      guard let task else { return }
      let isCancelled = state.withValue { state in
        if case .isCancelledEarly = state { return true }
        state = .runs(task)
        return false
      }
      if isCancelled {
        task.cancel()
      }
    }
  }

  /// Returns whether nobody is cancelling the child.
  private func end() -> Bool {
    state.withValue { state in
      if case .isBeingCancelled = state { return false }
      state = .ended
      return true
    }
  }

  private nonisolated(nonsending) func untilCancelled() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withValue { state in
        guard case .isBeingCancelled = state else { return true }
        state = .isBeingCancelled(continuation)
        return false
      }
      if isOver {
        continuation.resume()
      }
    }
  }
}
