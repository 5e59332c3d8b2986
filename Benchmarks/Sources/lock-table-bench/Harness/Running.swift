import Dispatch
import Foundation

/// What a thread or a task does meanwhile, and the value that it leaves.
final class Running<Value>: @unchecked Sendable {
  // Sound to share: the value is written before the end is signalled, and read after that.
  private let end = DispatchSemaphore(value: 0)
  private var value: Value?

  /// Starts a thread of the operating system. Where nothing else will do: the pool's threads are not to be
  /// blocked, and there are only as many of them as cores.
  static func thread(
    stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Value
  ) -> Running {
    let running = Running()
    let thread = Thread {
      running.value = body()
      running.end.signal()
    }
    if let stackBytes { thread.stackSize = stackBytes }
    thread.start()
    return running
  }

  /// Starts a task on the pool.
  static func task(_ body: @escaping @Sendable () async -> Value) -> Running {
    let running = Running()
    Task.detached {
      running.value = await body()
      running.end.signal()
    }
    return running
  }

  /// Waits until the body has returned. Only once, and not in a task.
  func join() -> Value {
    end.wait()
    guard let value else { fatalError("the end was signalled before there was a value") }
    return value
  }
}

/// Runs `body` in a task on the pool and blocks until it has ended. Traps in a task: one that blocks here
/// has a thread that `body` may need.
func blocking<Value>(_ body: @escaping @Sendable () async throws -> Value) -> Value {
  precondition(withUnsafeCurrentTask { $0 == nil }, "a task blocked its thread to wait for others")
  return Running.task {
    do { return try await body() } catch {
      fatalError("LockTable threw \(error) in a task that nobody cancels")
    }
  }.join()
}

/// A place for a thread to leave its result in.
final class Box<Value>: @unchecked Sendable {
  // Sound to share: it is written before the thread that reads it has joined the one that writes.
  var value: Value

  init(_ value: Value) { self.value = value }
}
