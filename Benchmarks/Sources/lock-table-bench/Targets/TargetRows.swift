// The targets that compare rows.

extension TargetsExperiment {
  func twoThreads() -> [TargetRecord] {
    let arrayName = "array of \(arrayCount) Mutexes"
    let rows = [1, 2].flatMap { threads in
      Row.all(Scenario(threads: threads, keys: 100_000, distribution: .uniform)).filter {
        ["LockTable", arrayName].contains($0.name) || $0.role == .loop
      }
    }
    let measured = observe(rows, [.throughput], measuring.effort)
    let (own, array, loop) = (measured[3], measured[4], measured[5])
    let scales = [(array, measured[1]), (loop, measured[2])].map { two, one in
      decimal(median(one.nanoseconds) / median(two.nanoseconds), 2)
    }
    return [
      TargetRecord(
        "2 threads, 100 000 int keys", "operations ÷ those of 1 thread",
        Ratio(measured[0], over: own), .atLeast(1.8),
        detail: "of the \(arrayName) \(scales[0]), of the loop without a lock \(scales[1])"),
      TargetRecord(
        "2 threads, 100 000 int keys", "operations ÷ those of an \(arrayName)",
        Ratio(array, over: own), .atLeast(1)),
    ]
  }

  func hotKey(threads: Int) -> [TargetRecord] {
    let (own, mutex) = compare(Scenario(threads: threads), [.throughput, .schedule(.closed)])
    let name = "hot key, \(threads) threads"
    func tail(
      _ what: String, _ percentile: KeyPath<Percentiles, UInt64>, _ bound: TargetRecord.Bound?
    ) -> TargetRecord {
      let tails = [own, mutex].map { $0.tail(percentile) }
      let words = tails.map { ValueFormat.nanoseconds.text(median($0)) }
      return TargetRecord(
        name, "\(what) of a round ÷ that of a pthread_mutex",
        Ratio(tails[0], over: tails[1], refusal: .init(own.subject, mutex.subject)), bound,
        detail: "\(words[0]), and \(words[1]) of the mutex")
    }
    return [
      TargetRecord(
        name, "operations ÷ those of a pthread_mutex", Ratio(mutex, over: own), .atLeast(1)),
      tail("p99.99", \.p9999, .atMost(1)), tail("longest wait", \.max, nil),
    ]
  }

  func readers() -> [TargetRecord] {
    [2, 32].map { threads in
      let (own, lock) = compare(Scenario(threads: threads, writes: 0), [.throughput])
      return TargetRecord(
        "\(threads) readers of a hot key", "operations ÷ those of a pthread_rwlock",
        Ratio(lock, over: own), .atLeast(1))
    }
  }

  /// LockTable and the yardstick.
  private func compare(
    _ scenario: Scenario, _ passes: [Pass]
  ) -> (own: Observations, yardstick: Observations) {
    let rows = Row.all(scenario).filter { $0.name == "LockTable" || $0.role == .yardstick }
    let observed = observe(rows, passes, measuring.effort)
    return (observed[0], observed[1])
  }
}
