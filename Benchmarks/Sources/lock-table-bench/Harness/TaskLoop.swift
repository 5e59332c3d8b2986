import Histogram

/// After so many looks at whether to stop, a task lets another have its thread: it would never leave
/// it otherwise while its keys are free, and there are more tasks than threads.
private let yieldingPeriod = 16

// The same loops as a thread's, as asynchronous functions. They belong to no actor and run on the
// pool, in a detached task.

extension Lane where C: AsyncContender {
  nonisolated(nonsending) func runInTask(_ pass: Pass) async {
    await signal.arriveInTask()
    guard !order.isEmpty else { return }
    tally.begin = monotonicNanoseconds()
    switch pass {
    case .throughput: await runTaskForThroughput()
    case .latency: await runTaskForLatency()
    case .schedule(let schedule): await runTask(schedule)
    }
    tally.end = monotonicNanoseconds()
  }

  private nonisolated(nonsending) func runTaskForThroughput() async {
    let (pool, counters) = (workload.pool, workload.counters)
    let hold = workload.holdNanoseconds
    let chunk = hold == 0 ? 64 : 1
    var position = 0
    var done = 0
    var readers = Readers()
    while !signal.isStopped {
      for _ in 0..<chunk {
        let step = Step(order[position])
        position = position + 1 == order.count ? 0 : position + 1
        if step.isRead {
          readers.add(await readInTask(contender, pool[step.index], counters + step.index, hold))
        } else {
          await incrementInTask(contender, pool[step.index], counters + step.index, hold)
        }
      }
      done += chunk
      if done.isMultiple(of: chunk * yieldingPeriod) {
        await Task.yield()
      }
    }
    tally.operations = done
    tally.readers = readers
  }

  private nonisolated(nonsending) func runTaskForLatency() async {
    let (pool, counters) = (workload.pool, workload.counters)
    let hold = workload.holdNanoseconds
    var position = 0
    var done = 0
    var readers = Readers()
    while !signal.isStopped {
      for turn in 1...samplingPeriod {
        let step = Step(order[position])
        position = position + 1 == order.count ? 0 : position + 1
        let isTimed = turn == samplingPeriod
        let (key, counter) = (step.index, counters + step.index)
        switch (step.isRead, isTimed) {
        case (false, false): await incrementInTask(contender, pool[key], counter, hold)
        case (false, true):
          tally.latencies.record(await timeIncrementInTask(contender, pool[key], counter, hold))
        case (true, false): readers.add(await readInTask(contender, pool[key], counter, hold))
        case (true, true):
          let (latency, isChanged) = await timeReadInTask(contender, pool[key], counter, hold)
          readers.add(isChanged)
          tally.latencies.record(latency)
        }
      }
      done += samplingPeriod
      if done.isMultiple(of: samplingPeriod * yieldingPeriod) {
        await Task.yield()
      }
    }
    tally.operations = done
    tally.readers = readers
  }
}

/// As `increment`: what a program's asynchronous function that needs the key's lock would be.
@inline(never)
nonisolated(nonsending) func incrementInTask<C: AsyncContender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) async {
  await contender.runSuspending(pooled.key) {
    let count = counter.pointee
    if hold != 0 {
      spin(nanoseconds: hold)
    }
    counter.pointee = count + 1
  }
}

/// As `timeIncrement`.
@inline(never)
nonisolated(nonsending) func timeIncrementInTask<C: AsyncContender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) async -> UInt64 {
  var acquired: UInt64 = 0
  let begin = monotonicNanoseconds()
  await contender.runSuspending(pooled.key) {
    acquired = monotonicNanoseconds()
    let count = counter.pointee
    if hold != 0 {
      spin(nanoseconds: hold)
    }
    counter.pointee = count + 1
  }
  return acquired - begin
}
