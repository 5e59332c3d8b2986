internal import Synchronization

/// A child task that others may cancel, and that alone: its parent, which waits for it, goes on.
///
/// Who cancels calls cancellation handlers, which are anybody's code. So no mutex is held meanwhile,
/// and the child does not end before the call has returned.
@usableFromInline
class ChildTask: @unchecked Sendable {
  // Sound to share: the stage is atomic, and says who uses what else there is. The child writes
  // `task` before it runs, and the one who cancels reads it while it runs. The child writes `waiter`
  // before it waits, and the one who cancels reads it afterwards. A task is cancelled only while it
  // exists.

  private enum Stage: UInt8, AtomicRepresentable {
    case isToBegin, isCancelledEarly, runs, ended
    /// Somebody cancels it at the moment.
    case isBeingCancelled
    /// The same, and the child waits for that.
    case waits
    case wasCancelled
  }

  private let stage = Atomic(Stage.isToBegin)
  private var task: UnsafeCurrentTask?
  private var waiter: UnsafeContinuation<Void, Never>?

  @usableFromInline
  init() {}

  /// Moves on from one stage to another. Returns whether it was that one.
  private func move(from old: Stage, to new: Stage) -> Bool {
    stage.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }

  /// Cancels the child, once. One that has not begun is cancelled when it does.
  final func cancel() {
    guard !move(from: .isToBegin, to: .isCancelledEarly), move(from: .runs, to: .isBeingCancelled)
    else { return }
    task?.cancel()
    if stage.exchange(.wasCancelled, ordering: .acquiringAndReleasing) == .waits {
      waiter?.resume()
    }
  }

  /// What the child does, on the actor of its parent.
  @usableFromInline
  nonisolated(nonsending) func work() async {}

  /// Runs the child on the actor of the caller, which waits for it. As that is so, they never run at
  /// the same time, and the child may use what the caller may.
  ///
  /// The child begins at once, on the caller's thread. If it never suspends, nor does the caller.
  @usableFromInline
  final func run(isolation: isolated (any Actor)?) async {
    await withDiscardingTaskGroup { group in
      if #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) {
        group.addImmediateTask {
          _ = isolation
          await self.perform()
        }
      } else {
        group.addTask {
          await self.performLater(isolation: isolation)
        }
      }
    }
  }

  private func performLater(isolation: isolated (any Actor)?) async {
    await perform()
  }

  private nonisolated(nonsending) func perform() async {
    begin()
    await work()
    if !move(from: .runs, to: .ended) {
      await untilCancelled()
    }
    task = nil
  }

  private func begin() {
    withUnsafeCurrentTask { current in
      task = current
      if !move(from: .isToBegin, to: .runs) {
        current?.cancel()
      }
    }
  }

  /// Waits until nobody is cancelling the child.
  private nonisolated(nonsending) func untilCancelled() async {
    guard stage.load(ordering: .acquiring) == .isBeingCancelled else { return }
    await withUnsafeContinuation { continuation in
      waiter = continuation
      if !move(from: .isBeingCancelled, to: .waits) {
        continuation.resume()
      }
    }
  }
}
