import Dispatch
import Histogram

/// Starts a task now and then that has nothing to do with the locks, and measures how long it takes
/// until that runs: what the fight for a key costs everybody else on the pool.
func probePool(until signal: StartAndStop) -> Histogram<UInt64> {
  let (starts, hasRun) = (Box(emptyHistogram()), DispatchSemaphore(value: 0))
  while !signal.isStopped {
    let begin = monotonicNanoseconds()
    Task.detached {
      starts.value.record(monotonicNanoseconds() - begin)
      hasRun.signal()
    }
    hasRun.wait()
    sleepThread(seconds: 0.0001)
  }
  return starts.value
}
