// The targets of one thread.

extension TargetsExperiment {
  private static var operations: Int { 200_000 }
  /// A round's figure is the fastest of so many loops: each is over in a moment, and an interruption, which
  /// only makes it slower, would be most of it.
  private static var loopsPerRound: Int { 5 }

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
