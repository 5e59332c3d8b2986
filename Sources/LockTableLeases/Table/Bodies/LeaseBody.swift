/// The body of a scoped form, which runs in a child task.
///
/// The body does not escape, and may capture what is not `Sendable`. This file is the one place where
/// it is handed to another task without the compiler's consent. That is sound for one reason: the
/// caller does nothing but wait until the child has ended. The child is on the caller's actor, runs
/// the body once, and keeps nothing of it. So the body runs as if the caller ran it.
final class LeaseBody<Argument: Sendable, Result: Sendable, Failure: Error>: ChildTask,
  @unchecked Sendable
{
  // Sound to share: of its own state, only the child uses it while the child runs, and only the
  // caller before and after.

  typealias Operation = nonisolated(nonsending) (Argument) async throws(Failure) -> Result

  private var outcome: Swift.Result<Result, Failure>?

  /// Runs `body`, and returns how it ended.
  func run(
    _ body: Operation, _ argument: Argument, isolation: isolated (any Actor)?
  ) async -> Swift.Result<Result, Failure> {
    await withoutActuallyEscaping(body) { body in
      _ = isolation
      nonisolated(unsafe) var operation = Optional(body)
      await self.run(isolation: isolation) {
        // Not kept: nothing may have a reference to it when it is found not to have escaped.
        guard let body = operation.take() else { return }
        self.outcome = await Self.outcome(of: body, argument)
      }
    }
    guard let outcome else { fatalError("LockTableLeases: a child task ended before its body") }
    return outcome
  }

  private nonisolated(nonsending) static func outcome(
    of body: Operation, _ argument: Argument
  ) async -> Swift.Result<Result, Failure> {
    do {
      return .success(try await body(argument))
    } catch {
      return .failure(error)
    }
  }
}
