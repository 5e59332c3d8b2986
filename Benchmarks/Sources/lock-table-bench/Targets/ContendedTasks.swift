import LockTable

// The targets of a server whose tasks hold a key across an `await`.

extension TargetsExperiment {
  /// What the lock adds to a loop that suspends, compared with what striped dictionaries of continuations add.
  func contendedTasks() -> [TargetRecord] {
    [(40, 20, 1.05), (40, 100, 1.05), (1_000, 100_000, 0.75), (10_000, 1_000_000, 0.75)].map {
      tasks, keys, bound in
      let scenario = Scenario(
        threads: tasks, waiters: .tasks, keys: keys, distribution: .uniform, yields: true)
      return TargetRecord(
        scenario.brief, "time added ÷ that of continuations, \(stripeCount) stripes",
        added(scenario), .atMost(bound))
    }
  }

  /// A difference of two times is noisy: as many rounds as it takes.
  private func added(_ scenario: Scenario) -> Ratio? {
    let rows = Row.all(scenario).filter { row in
      row.name == "LockTable" || row.name.hasPrefix("continuations") || row.role == .loop
    }
    var times = rows.map { _ in [Double]() }
    let effort = Effort(seconds: measuring.effort.seconds, rounds: 3)
    return untilPrecise(seconds: patience) {
      for (index, row) in observe(rows, [.throughput], effort).enumerated() {
        times[index] += row.nanoseconds
      }
      func added(_ isMeant: (Row) -> Bool) -> [Double] {
        guard let row = rows.firstIndex(where: isMeant),
          let loop = rows.firstIndex(where: { $0.role == .loop })
        else { return [] }
        return zip(times[row], times[loop]).map { $0 - $1 }
      }
      return Ratio(added { $0.role == .lockTable }, over: added { $0.role == .exact })
    }
  }

  /// Fences interrupt every core that runs the process.
  func fences() -> [TargetRecord] {
    let (inTasks, seconds) = (LockTable<Int>(), 10.0)
    blocking {
      await withTaskGroup { group in
        for task in 0..<40 {
          group.addTask {
            for turn in 0..<2_000 {
              try? await inTasks.withLock((turn &* 7 &+ task) % 20) { await Task.yield() }
            }
          }
        }
      }
    }
    let told = inTasks.statistics()
    // Threads that hold keys for long enough to be waited for, each of a few for each stripe.
    let (ofThreads, signal) = (LockTable<Int>(), StartAndStop())
    let threads = (0..<8).map { number in
      Running.thread {
        var random = SplitMix64(state: UInt64(number))
        while !signal.isStopped {
          ofThreads.withLock(Int.random(in: 0..<400, using: &random)) { spin(nanoseconds: 2_000) }
        }
      }
    }
    sleepThread(seconds: seconds)
    signal.stop()
    for thread in threads { thread.join() }
    return [
      TargetRecord(
        "40 tasks, 20 keys held across an await", "fences ÷ contended acquisitions",
        value: Double(told.fences) / Double(max(told.contendedAcquisitions, 1)), .atMost(0.01)),
      TargetRecord(
        "8 threads, 400 keys held for 2 µs", "fences a second, over 10 s",
        value: Double(ofThreads.statistics().fences) / seconds, .atMost(100)),
    ]
  }
}
