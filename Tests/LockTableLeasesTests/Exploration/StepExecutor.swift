import Foundation
import LockTable

/// Runs the jobs of tasks one at a time, on the thread that tells it, in the order that this chooses.
final class StepExecutor: TaskExecutor {
  private let jobs = Guarded<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withValue { $0.append(job) }
  }

  /// How many jobs could run next.
  var jobCount: Int { jobs.withValue { $0.count } }

  func run(_ index: Int) {
    let job = jobs.withValue { $0.remove(at: index) }
    job.runSynchronously(on: asUnownedTaskExecutor())
  }

  /// Begins a task, and runs it at once until it ends or waits for something.
  func runNow(_ operation: @escaping @Sendable () async -> Void) {
    let count = jobCount
    Task(executorPreference: self, operation: operation)
    run(count)
  }
}

/// Runs a script that steps tasks on a thread of its own, which is none of the pool's.
func onOwnThread<Result: Sendable>(_ script: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    let thread = Thread { continuation.resume(returning: script()) }
    thread.stackSize = 1 << 22
    thread.start()
  }
}
