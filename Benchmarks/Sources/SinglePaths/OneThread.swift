import Dispatch
import Foundation
import Synchronization

/// An executor with one thread, on which tasks run by turns: none of them can do anything before the
/// one that runs suspends.
final class OneThread: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])
  private let count = DispatchSemaphore(value: 0)

  /// Starts the thread. It waits for jobs until the program ends.
  init() { Thread.detachNewThread { self.run() } }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    count.signal()
  }

  private func run() {
    let executor = asUnownedTaskExecutor()
    while true {
      count.wait()
      let job = jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: executor)
    }
  }
}
