/// The body of a scoped form, which runs in a child task.
///
/// The body does not escape, and may capture what is not `Sendable`. This file is the one place where
/// it is handed to another task without the compiler's consent. That is sound for one reason: the
/// caller does nothing but wait until the child has ended. The child is on the caller's actor, runs
/// the body once, and keeps nothing of it. So the body runs as if the caller ran it.
///
/// The object has no type parameters: else each of its uses would look up metadata. What depends on
/// types is in the caller, and inlinable.
@usableFromInline
final class LeaseBody: ChildTask, @unchecked Sendable {
  // Sound to share: of its own state, only the child uses it while the child runs, and only the
  // caller before and after.

  @usableFromInline
  typealias Operation = nonisolated(nonsending) () async -> Void

  private let hold: any EndingHold
  @usableFromInline var operation: Operation?
  @usableFromInline private(set) var loss: LeaseLoss?

  @usableFromInline
  init(_ hold: any EndingHold) {
    self.hold = hold
  }

  /// Runs `body` with `argument`, ends the hold, and returns or throws what the caller is to.
  ///
  /// The child ends the hold, so that the next caller need not wait until this one is back.
  @inlinable
  static func run<Argument: Sendable, Result: Sendable, Failure: Error>(
    _ body: nonisolated(nonsending) (Argument) async throws(Failure) -> Result,
    _ argument: Argument, _ hold: some EndingHold, isolation: isolated (any Actor)?
  ) async throws -> Result {
    let child = LeaseBody(hold)
    guard !hold.attach(child) else { throw await hold.end()?.error() ?? CancellationError() }
    var outcome: Swift.Result<Result, Failure>?
    await withoutActuallyEscaping(body) { body in
      _ = isolation
      child.operation = {
        do throws(Failure) {
          outcome = .success(try await body(argument))
        } catch {
          outcome = .failure(error)
        }
      }
      await child.run(isolation: isolation)
    }
    guard let outcome else { fatalError("LockTableLeases: a child task ended before its body") }
    guard let loss = child.loss else { return try outcome.get() }
    switch outcome {
    case .success(let value): throw loss.error(value: value)
    case .failure(let error): throw loss.error(bodyError: error)
    }
  }

  override nonisolated(nonsending) func work() async {
    // Not kept: nothing may have a reference to it when it is found not to have escaped.
    await operation.take()?()
    loss = await hold.end()
  }
}

/// What a body holds, one key or several.
@usableFromInline
protocol EndingHold: Sendable {
  /// Ends the hold. Does not look at the cancellation of the task.
  ///
  /// - Returns: What was lost, or nil if all was held to the end.
  nonisolated(nonsending) func end() async -> LeaseLoss?

  /// Has `body` cancelled with the loss of the hold. Returns whether it is lost already.
  func attach(_ body: ChildTask) -> Bool
}

/// The loss of one lease.
@usableFromInline
struct LeaseLoss: Sendable {
  let grant: LeaseGrant
  let number: Int
  let reason: LeaseLostError.Reason

  @usableFromInline
  func error(
    value: (any Sendable)? = nil, bodyError: (any Error)? = nil
  ) -> LeaseLostError {
    LeaseLostError(
      reason, key: grant.key, namespace: grant.context.namespace,
      fencingToken: grant.token(of: number), value: value, bodyError: bodyError)
  }
}
