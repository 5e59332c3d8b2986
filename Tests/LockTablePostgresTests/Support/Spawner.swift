import Foundation
import LeaseProcessKit

/// The one thread that starts processes. It never ends: a process that asks to be ended with its
/// parent means the thread that started it. And no two processes are started at once, so that none
/// gets a file of another's.
final class Spawner: Sendable {
  static let shared = Spawner()

  private let jobs = Guarded<[@Sendable () -> Void]>([])
  private let semaphore = DispatchSemaphore(value: 0)

  private init() {
    Thread { [self] in
      while true {
        semaphore.wait()
        jobs.withLock { $0.removeFirst() }()
      }
    }.start()
  }

  private func call<Result: Sendable>(_ job: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
      jobs.withLock { $0.append { continuation.resume(returning: job()) } }
      semaphore.signal()
    }
  }

  /// Starts a command that goes on. Nil if there is no such command.
  func start(_ command: String, _ arguments: [String]) async -> HelperProcess? {
    await call { try? HelperProcess(command: [command] + arguments) }
  }

  /// Runs a command to its end.
  func run(_ command: String, _ arguments: [String]) async -> (status: Int32, output: String) {
    await call {
      guard let process = try? HelperProcess(command: [command] + arguments) else {
        return (-1, "\(command) is missing")
      }
      let status = process.untilEnded()
      return (status, process.output)
    }
  }
}
