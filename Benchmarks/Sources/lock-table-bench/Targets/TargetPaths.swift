import SinglePaths

// The targets of one thread, and of one task.

extension TargetsExperiment {
  func singlePaths() -> [TargetRecord] {
    let paths = (SinglePath.ints() + SinglePath.strings())
      .filter { $0.bound != nil && !$0.loop.suspends }
    let times = times(paths.flatMap { [$0.loop, $0.yardstick] })
    return paths.map { path in
      TargetRecord(
        path.title, "time ÷ that of \(path.yardstick.name)",
        Ratio(times[path.loop], over: times[path.yardstick]), path.bound.map { .atMost($0) })
    }
  }

  func inTasks() -> [TargetRecord] {
    let peers: [SinglePath.KeyType: [Loop]] = [
      .int: peers(of: Int(number: 1)), .string: peers(of: String(number: 1)),
    ]
    let paths = (SinglePath.ints() + SinglePath.strings()).filter { $0.leastGain != nil }
    let times = times(paths.map(\.loop) + peers.values.joined())
    return paths.map { path in
      let peers = peers[path.keyType] ?? []
      let best = peers.min { median(times[$0]) < median(times[$1]) }
      return TargetRecord(
        path.title, "operations ÷ those of the best of \(peers.count) in Swift",
        best.flatMap { Ratio(times[$0], over: times[path.loop]) },
        path.leastGain.map { .atLeast($0) },
        detail: best.map { "the best is: \($0.name), \(decimal(median(times[$0]), 0)) ns" })
    }
  }

  /// Each kind of key; of the short strings the length that costs most.
  func kindsOfKeys() -> [TargetRecord] {
    let (short, pair) = (KeyKind.shortStrings.count, Loop.mutexPair)
    let kinds = KeyKind.all
    let times = LoopTimes(
      [pair] + kinds.flatMap { [$0.loop] + ($0.hasher.map { [$0] } ?? []) },
      rounds: measuring.rounds, turns: 5, count: 10_000, onPool: false)
    let worst = kinds[..<short].max { median(times[$0.loop]) < median(times[$1.loop]) }
    return ((worst.map { [$0] } ?? []) + kinds[short...]).map { kind in
      let hashing = kind.hasher.map { times[$0] }
      let own = zip(times[kind.loop], hashing ?? times[kind.loop].map { _ in 0 }).map { $0 - $1 }
      let mean = kind.tables == 1 ? "" : ", mean of \(kind.tables) tables,"
      return TargetRecord(
        kind.name, "time\(hashing == nil ? "" : " beyond Hasher")\(mean) ÷ that of \(pair.name)",
        Ratio(own, over: times[pair]), kind.bound.map { .atMost($0) })
    }
  }

  func times(_ loops: [Loop]) -> LoopTimes {
    LoopTimes(loops, rounds: measuring.rounds, turns: 5, count: 200_000, onPool: false)
  }

  /// What gives a task the same in Swift.
  private func peers<Key: BenchKey>(of key: Key) -> [Loop] {
    [
      loop("an actor of continuations", ContinuationActor<Key>(), key),
      loop("semaphores", SemaphoreDictionary<Key>(), key),
      loop("semaphores in stripes", Striped<SemaphoreDictionary<Key>>(), key),
      loop("continuations in stripes", Striped<ContinuationDictionary<Key>>(), key),
    ]
  }

  private func loop<C: AsyncContender>(_ name: String, _ contender: C, _ key: C.Key) -> Loop {
    Loop(
      name,
      inTask: {
        var counter = 0
        for _ in 0..<$0 { await contender.runSuspending(key) { counter &+= 1 } }
      })
  }

  func liveKeys() -> [TargetRecord] {
    let points = measureLiveKeys([1_000, 1_000_000], measuring.effort) { _ in }
      .filter { $0.subject.role == .lockTable }
    let instructions = points.compactMap(\.instructions)
    let detail =
      instructions.count == 2
      ? "\(decimal(instructions[1], 0)) instructions, and \(decimal(instructions[0], 0))"
      : "the machine does not count instructions"
    return [
      TargetRecord(
        "a fresh key beside 1 000 000 live ones", "time ÷ that beside 1 000",
        Ratio(points[1].nanoseconds, over: points[0].nanoseconds), nil, detail: detail)
    ]
  }
}

extension SinglePath {
  fileprivate var title: String { "\(name), \(keyType.rawValue)" }
}
