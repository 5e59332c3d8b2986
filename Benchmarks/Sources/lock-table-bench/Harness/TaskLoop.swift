import Histogram

/// After so many batches a task lets another have its thread: it would never leave it otherwise while its keys
/// are free, and there are more tasks than threads.
private let yieldingPeriod = 16

// The same loop as a thread's, as an asynchronous function. It belongs to no actor and runs on the pool, in a
// detached task.

extension Lane where C: AsyncContender {
  nonisolated(nonsending) func runInTask(_ pass: Pass) async {
    await signal.arriveInTask()
    guard !order.isEmpty else { return }
    tally.begin = monotonicNanoseconds()
    await runTask(batch(of: pass))
    tally.end = monotonicNanoseconds()
  }

  private nonisolated(nonsending) func runTask(_ batch: Batch) async {
    // Of a schedule a batch is one operation.
    let yieldingPeriod = batch.untimed == 0 ? 1_024 : yieldingPeriod
    var starts = starts(of: batch)
    let (pool, counters, hold) = (workload.pool, workload.counters, workload.holdNanoseconds)
    var (position, done, batches, readers) = (0, 0, 0, Readers())
    while !signal.isStopped {
      for _ in 0..<batch.untimed {
        let step = nextStep(&position)
        let (key, counter) = (step.index, counters + step.index)
        if step.isRead {
          readers.add(await readInTask(contender, pool[key], counter, hold, Untimed.self).isChanged)
        } else {
          await incrementInTask(contender, pool[key], counter, hold, Untimed.self)
        }
      }
      done += batch.untimed
      if batch.schedule != nil {
        let intended = starts.take()
        guard let begin = await waitInTask(until: intended) else { break }
        done += 1
        let step = nextStep(&position)
        let (key, counter) = (step.index, counters + step.index)
        if step.isRead {
          let (stamps, isChanged) = await readInTask(
            contender, pool[key], counter, hold, ByClock.self)
          readers.add(isChanged)
          tally.record(stamps, intended: intended, begin: begin)
        } else {
          let stamps = await incrementInTask(contender, pool[key], counter, hold, ByClock.self)
          tally.record(stamps, intended: intended, begin: begin)
        }
      }
      batches += 1
      if batches.isMultiple(of: yieldingPeriod) { await Task.yield() }
    }
    (tally.operations, tally.readers) = (done, readers)
  }
}
