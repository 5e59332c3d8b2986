/// A scoped form, of which all runs in a child task: the acquisition, the body, and the end.
///
/// The body does not escape, and may capture what is not `Sendable`. This file is the one place where
/// it is handed to another task without the compiler's consent. That is sound for one reason: the
/// caller does nothing but wait until the child has ended. The child is on the caller's actor, runs
/// the body once, and keeps nothing of it. So the body runs as if the caller ran it.
///
/// The child exists before its key is there. So nobody who waits for the key waits for the making of
/// a task too, and what waits for the key is the task that then holds it.
///
/// The object has no type parameters: else each of its uses would look up metadata. What depends on
/// types is in the caller, and inlinable.
@usableFromInline
final class LeaseBody: ChildTask, @unchecked Sendable {
  // Sound to share: of its own state, only the child uses it while the child runs, and only the
  // caller before and after.

  @usableFromInline
  typealias Operation = nonisolated(nonsending) () async -> Void

  @usableFromInline var operation: Operation?

  @usableFromInline
  override init() { super.init() }

  /// Acquires a hold, runs `body` with what is held, ends the hold, and returns or throws what the
  /// caller is to.
  ///
  /// The child ends the hold, so that the next caller need not wait until this one is back.
  ///
  /// - Parameter acquire: Has the child cancelled with the loss of what it acquires.
  /// - Returns: Nil, without running `body`, if `acquire` returns nil.
  @inlinable
  static func run<Hold: EndingHold, Result: Sendable, Failure: Error>(
    _ body: nonisolated(nonsending) (Hold.Content) async throws(Failure) -> Result,
    isolation: isolated (any Actor)?,
    acquire: nonisolated(nonsending) (LeaseBody) async throws -> Hold?
  ) async throws -> Result? {
    let child = LeaseBody()
    // What the child leaves to the caller: the next holder does not wait until it is freed.
    var held: Hold?
    var end = LeaseBodyEnd<Result, Failure>.nothing
    await withoutActuallyEscaping(body) { body in
      await withoutActuallyEscaping(acquire) { acquire in
        _ = isolation
        child.operation = {
          let hold: Hold
          do {
            guard let acquired = try await acquire(child) else { return }
            hold = acquired
            held = acquired
          } catch {
            end = .failed(error)
            return
          }
          do throws(Failure) {
            let value = try await body(hold.content)
            end = .returned(value, nil)
          } catch {
            end = .threw(error, nil)
          }
          switch hold.endHere() {
          case .ended(nil): break
          case .ended(let loss?): end.note(loss)
          case .waits(let rest):
            if let loss = await hold.end(rest) { end.note(loss) }
          }
        }
        await child.run(isolation: isolation)
        // Nothing may have a reference to it when it is found not to have escaped.
        child.operation = nil
      }
    }
    withExtendedLifetime(held) {}
    switch end {
    case .nothing: return nil
    case .failed(let error): throw error
    case .returned(let value, let loss):
      if let loss { throw loss.error(value: value) }
      return value
    case .threw(let error, let loss): throw loss?.error(bodyError: error) ?? error
    }
  }

  override nonisolated(nonsending) func work() async {
    await operation?()
  }
}

/// How a scoped form has ended.
@usableFromInline
enum LeaseBodyEnd<Result, Failure: Error> {
  /// Nothing was available.
  case nothing
  /// Nothing was acquired.
  case failed(any Error)
  case returned(Result, LeaseLoss?)
  case threw(Failure, LeaseLoss?)

  @inlinable
  mutating func note(_ loss: LeaseLoss) {
    switch self {
    case .nothing, .failed: break
    case .returned(let value, _): self = .returned(value, loss)
    case .threw(let error, _): self = .threw(error, loss)
    }
  }
}

/// What a body holds, one key or several.
@usableFromInline
protocol EndingHold: Sendable {
  /// What the body gets of it.
  associatedtype Content: Sendable
  var content: Content { get }

  /// What is left to do by ``end(_:)``.
  associatedtype Rest

  /// Ends the hold, as far as that is possible without waiting.
  func endHere() -> LeaseHoldEnd<Rest>

  /// Does what is left. Does not look at the cancellation of the task.
  ///
  /// - Returns: What was lost, or nil if all was held to the end.
  nonisolated(nonsending) func end(_ rest: Rest) async -> LeaseLoss?
}

/// How far the end of a hold has come.
@usableFromInline
enum LeaseHoldEnd<Rest> {
  /// Nobody has to wait: the next caller has the grant, or it was lost.
  case ended(LeaseLoss?)
  case waits(Rest)
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
