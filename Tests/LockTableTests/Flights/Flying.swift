import LockTable
import LockTableTesting
import Testing

/// A load that waits until it is let go, and notes what happens to it.
final class HeldLoad<Value: Sendable>: Sendable {
  private struct State {
    var begun = 0
    var running = 0
    var most = 0
    var cancelled = 0
  }

  private let state = Guarded(State())
  private let gate = AsyncStream<Void>.makeStream()
  private let arrivals = AsyncStream<Void>.makeStream()
  private let cancellations = AsyncStream<Void>.makeStream()
  private let result: @Sendable () throws -> Value

  init(_ result: @escaping @Sendable () throws -> Value) {
    self.result = result
  }

  /// The body of a flight. Does not end when it is cancelled.
  func run() async throws -> Value {
    state.withLock {
      $0.begun += 1
      $0.running += 1
      $0.most = max($0.most, $0.running)
    }
    arrivals.continuation.yield()
    await withTaskCancellationHandler {
      // Not the task's own iteration, which its cancellation would end.
      await Task { for await _ in gate.stream { return } }.value
    } onCancel: {
      state.withLock { $0.cancelled += 1 }
      cancellations.continuation.yield()
    }
    state.withLock { $0.running -= 1 }
    return try result()
  }

  /// Lets one that runs, or is to run, come to its end.
  func letGo() { gate.continuation.yield() }

  /// Waits until one has begun.
  func untilBegun() async { for await _ in arrivals.stream { return } }

  /// Waits until one is cancelled.
  func untilCancelled() async { for await _ in cancellations.stream { return } }

  var begun: Int { state.withLock(\.begun) }
  /// The most that have run at the same time.
  var most: Int { state.withLock(\.most) }
  var cancelled: Int { state.withLock(\.cancelled) }
}

/// An error that is known by its identity.
final class FailedLoad: Error, Sendable {}

/// A value that is known by its identity.
final class Cargo: Sendable {}

extension FlightTable {
  /// Whether the table becomes empty: the flight's own task may still be on its way out.
  var becomesEmpty: Bool {
    get async { await drained(until: .now + .seconds(600)) }
  }
}

extension Task where Failure == any Error {
  /// The error that the task throws; records an issue if it throws none.
  var failure: (any Error)? {
    get async {
      switch await result {
      case .success:
        Issue.record("a call returned that was to throw")
        return nil
      case .failure(let error): return error
      }
    }
  }
}
