import Dispatch
import Histogram
import Synchronization

/// Starts a task now and then that has nothing to do with the locks, and measures how long it takes
/// until that runs: what the fight for a key costs everybody else on the pool.
final class PoolProbe: @unchecked Sendable {
  // Sound to share: a task records in the histogram while the probe's thread waits for it.
  private var starts = emptyHistogram()
  private let isStopped = Atomic<Bool>(false)
  private var thread: WorkerThread?

  func start() { thread = WorkerThread { self.run() } }

  func stop() -> Histogram<UInt64> {
    isStopped.store(true, ordering: .relaxed)
    thread?.join()
    return starts
  }

  private func run() {
    let hasRun = DispatchSemaphore(value: 0)
    while !isStopped.load(ordering: .relaxed) {
      let begin = monotonicNanoseconds()
      Task.detached {
        self.starts.record(monotonicNanoseconds() - begin)
        hasRun.signal()
      }
      hasRun.wait()
      sleepThread(seconds: 0.0001)
    }
  }
}
