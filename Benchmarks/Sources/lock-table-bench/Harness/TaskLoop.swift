/// After so many batches a task lets another have its thread: it would never leave it otherwise while its keys
/// are free, and there are more tasks than threads.
private let yieldingPeriod = 16

// The same loop as a thread's, as an asynchronous function. It belongs to no actor and runs on the pool, in a
// detached task.

extension Lane where C: AsyncContender {
  nonisolated(nonsending) func runInTask(_ pass: Pass) async -> Tally {
    var tally = Tally()
    await signal.arriveInTask()
    tally.begin = monotonicNanoseconds()
    let untimed = untimed(pass)
    // Of a schedule a batch is one operation.
    let yieldingPeriod = untimed == 0 ? 1_024 : yieldingPeriod
    var starts = starts(pass, begin: tally.begin)
    var (position, done, batches, readers) = (0, 0, 0, Readers())
    while !signal.isStopped && !order.isEmpty {
      for _ in 0..<untimed {
        await operateInTask(nextStep(&position), &readers, Untimed.self)
      }
      done += untimed
      if pass.schedule != nil {
        let intended = starts.take()
        guard let begin = await waitInTask(until: intended) else { break }
        let stamps = await operateInTask(nextStep(&position), &readers, ByClock.self)
        done += 1
        tally.record(stamps, intended: intended, begin: begin)
      }
      batches += 1
      if batches.isMultiple(of: yieldingPeriod) { await Task.yield() }
    }
    tally.end = monotonicNanoseconds()
    (tally.operations, tally.readers) = (done, readers)
    return tally
  }

  @inline(__always)
  @discardableResult
  private nonisolated(nonsending) func operateInTask<T: Timing>(
    _ step: Step, _ readers: inout Readers, _ timing: T.Type
  ) async -> Stamps<T> {
    let place = Place(counter: counters + step.index, hold: hold)
    if workload.yields {
      return await incrementAcrossYield(contender, pool[step.index], place, timing)
    }
    guard step.isRead else {
      return await incrementInTask(contender, pool[step.index], place, timing)
    }
    let (stamps, isChanged) = await readInTask(contender, pool[step.index], place, timing)
    readers.add(isChanged)
    return stamps
  }
}
