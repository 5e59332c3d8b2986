// The targets of one thread.

extension TargetsExperiment {
  fileprivate static var operations: Int { 200_000 }
  /// A round's figure is the fastest of so many loops: each is over in a moment, and an interruption, which
  /// only makes it slower, would be most of it.
  fileprivate static var loopsPerRound: Int { 5 }

  func singlePaths(_ ratio: Ratio.Refusing) -> [TargetRecord] {
    let (integers, strings) = (PathState<Int>(), PathState<String>())
    let count = Self.operations
    let loops: [() -> Double] = [
      { timePthreadPairs(integers.mutex, integers.counter, count) },
      { timeWithLock(integers.table, integers.key, integers.counter, count) },
      { timeWithLock(strings.table, strings.key, strings.counter, count) },
      { timeAcquire(integers.table, integers.key, integers.counter, count) },
    ]
    for loop in loops {
      _ = loop()
    }
    var times = loops.map { _ in [Double]() }
    for _ in 0..<effort.rounds {
      var samples = loops.map { _ in [Double]() }
      interleave(rounds: Self.loopsPerRound, loops.count) { samples[$1].append(loops[$1]()) }
      for index in loops.indices {
        times[index].append(samples[index].min() ?? .nan)
      }
    }
    let unit = "time ÷ that of a pthread_mutex pair"
    return [
      TargetRecord("withLock, int", unit, ratio(times[1], times[0], nil), .atMost(1.2)),
      TargetRecord(
        "withLock, string of 32 bytes", unit, ratio(times[2], times[0], nil), .atMost(1.8)),
      TargetRecord("acquire and release, int", unit, ratio(times[3], times[0], nil), .atMost(1.2)),
    ]
  }

  func inTasks(_ ratio: Ratio.Refusing) -> [TargetRecord] {
    let (integers, strings) = blocking {
      (
        try await timesInTask(TaskLoops.ofIntegers, rounds: effort.rounds),
        try await timesInTask(TaskLoops.ofStrings, rounds: effort.rounds)
      )
    }
    return [
      inTask(integers, .int, .atLeast(4), ratio), inTask(strings, .string, .atLeast(3), ratio),
    ]
  }

  private func inTask(
    _ times: TimesInTask, _ keyType: KeyType, _ bound: TargetRecord.Bound, _ ratio: Ratio.Refusing
  ) -> TargetRecord {
    let peers = [
      ("an actor of continuations", times.actor), ("semaphores", times.semaphores),
      ("semaphores in stripes", times.stripedSemaphores),
    ]
    let best = peers.min { median($0.1) < median($1.1) } ?? peers[0]
    return TargetRecord(
      "withLock in a task, \(keyType.rawValue)",
      "operations ÷ those of the best of \(peers.count) in Swift", ratio(best.1, times.own, nil),
      bound, detail: "the best is: \(best.0), \(decimal(median(best.1), 0)) ns")
  }

  func liveKeys(_ ratio: Ratio.Refusing) -> [TargetRecord] {
    let points = measureLiveKeys([1_000, 1_000_000], effort) { _ in }
      .filter { $0.subject.role == .lockTable }
    guard points.count == 2 else { return [] }
    let instructions = points.compactMap(\.instructions)
    let detail =
      instructions.count == 2
      ? "\(decimal(instructions[1], 0)) instructions, and \(decimal(instructions[0], 0))"
      : "the machine does not count instructions"
    return [
      TargetRecord(
        "a fresh key beside 1 000 000 live ones", "time ÷ that beside 1 000",
        ratio(points[1].nanoseconds, points[0].nanoseconds, nil), nil, detail: detail)
    ]
  }
}

/// Nanoseconds of an acquisition by one task that nobody disturbs, round by round.
private struct TimesInTask {
  var own: [Double] = []
  var actor: [Double] = []
  var semaphores: [Double] = []
  var stripedSemaphores: [Double] = []
}

private nonisolated(nonsending) func timesInTask<Key: BenchKey>(
  _ loops: TaskLoops<Key>, rounds: Int
) async throws -> TimesInTask {
  let state = PathState<Key>()
  let (key, counter, count) = (state.key, state.counter, TargetsExperiment.operations)
  let peers = (
    ActorContender<Key>(), SemaphoreDictionary<Key>(), StripedSemaphoreDictionary<Key>()
  )
  var times = TimesInTask()
  for _ in 0..<rounds {
    var samples = TimesInTask()
    for _ in 0..<TargetsExperiment.loopsPerRound {
      samples.own.append(try await loops.withLock(state, key, count))
      samples.actor.append(await timeRuns(peers.0, key, counter, count))
      samples.semaphores.append(await timeRuns(peers.1, key, counter, count))
      samples.stripedSemaphores.append(await timeRuns(peers.2, key, counter, count))
    }
    for series in [\TimesInTask.own, \.actor, \.semaphores, \.stripedSemaphores] {
      times[keyPath: series].append((samples[keyPath: series].min() ?? .nan) / Double(count))
    }
  }
  return times
}

@inline(never)
private nonisolated(nonsending) func timeRuns<C: AsyncContender>(
  _ contender: C, _ key: C.Key, _ counter: UnsafeMutablePointer<Int>, _ count: Int
) async -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    await contender.runSuspending(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}
