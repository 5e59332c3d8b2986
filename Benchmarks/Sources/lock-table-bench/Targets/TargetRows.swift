// The targets that compare rows.

extension TargetsExperiment {
  func twoThreads() -> [TargetRecord] {
    let arrayName = "array of \(arrayCount) Mutexes"
    let rows = Row<Int>.all(Scenario(threads: 1)).filter {
      $0.role == .lockTable || $0.name == arrayName || $0.role == .loop
    }
    let plans = [1, 2].flatMap { threads in
      let scenario = Scenario(threads: threads, keys: 100_000, distribution: .uniform)
      let workload = Workload<Int>(scenario)
      return rows.map { Plan<Int>($0, workload) }
    }
    let measured = measure(plans, isTimed: false)
    guard measured.count == 6 else { return [] }
    let (own, array, loop) = (measured[3], measured[4], measured[5])
    let scales = [(array, measured[1]), (loop, measured[2])].map { two, one in
      decimal(median(one.nanoseconds) / median(two.nanoseconds), 2)
    }
    return [
      TargetRecord(
        "2 threads, 100 000 int keys", "operations ÷ those of 1 thread",
        faster(own, than: measured[0]), .atLeast(1.8),
        detail: "of the \(arrayName) \(scales[0]), of the loop without a lock \(scales[1])"),
      TargetRecord(
        "2 threads, 100 000 int keys", "operations ÷ those of an \(arrayName)",
        faster(own, than: array), .atLeast(1)),
    ]
  }

  func hotKey(threads: Int) -> [TargetRecord] {
    let rows = Row<Int>.all(Scenario(threads: 1)).filter {
      $0.role == .lockTable || $0.role == .yardstick
    }
    let workload = Workload<Int>(Scenario(threads: threads))
    let measured = measure(rows.map { Plan<Int>($0, workload) }, isTimed: true)
    guard measured.count == 2 else { return [] }
    let (own, mutex) = (measured[0], measured[1])
    let name = "hot key, \(threads) threads"
    return [
      TargetRecord(
        name, "operations ÷ those of a pthread_mutex", faster(own, than: mutex), .atLeast(1)),
      TargetRecord(
        name, "p99.99 of a round ÷ that of a pthread_mutex",
        slower(own, than: mutex, by: \.p9999), .atMost(1),
        detail: medians(of: \.p9999, own, mutex)),
      TargetRecord(
        name, "longest wait of a round ÷ that of a pthread_mutex",
        slower(own, than: mutex, by: \.max), nil,
        detail: medians(of: \.max, own, mutex)),
    ]
  }

  func readers() -> [TargetRecord] {
    [2, 32].compactMap { threads in
      let rows = Row<Int>.all(Scenario(threads: 1, writes: 0)).filter {
        $0.role == .yardstick || $0.name == "LockTable"
      }
      let workload = Workload<Int>(Scenario(threads: threads, writes: 0))
      let measured = measure(rows.map { Plan<Int>($0, workload) }, isTimed: false)
      guard measured.count == 2 else { return nil }
      return TargetRecord(
        "\(threads) readers of a hot key", "operations ÷ those of a pthread_rwlock",
        faster(measured[0], than: measured[1]), .atLeast(1))
    }
  }

  private func faster(_ own: Observations, than other: Observations) -> Ratio? {
    let fails = own.subject.fails || other.subject.fails
    return Ratio(
      other.nanoseconds, over: own.nanoseconds,
      refusal: fails ? .failsWitness : nil)
  }

  private func slower(
    _ own: Observations, than other: Observations, by percentile: KeyPath<Percentiles, UInt64>
  ) -> Ratio? {
    let fails = own.subject.fails || other.subject.fails
    return Ratio(
      own.tail(percentile), over: other.tail(percentile),
      refusal: fails ? .failsWitness : nil)
  }

  private func medians(
    of percentile: KeyPath<Percentiles, UInt64>, _ own: Observations, _ mutex: Observations
  ) -> String {
    let words = [own, mutex].map { ValueFormat.nanoseconds.text(median($0.tail(percentile))) }
    return "\(words[0]), and \(words[1]) of the mutex"
  }

  private func measure(_ plans: [Plan<Int>], isTimed: Bool) -> [Observations] {
    let passes = [Pass.throughput] + (isTimed ? [.schedule(.closed)] : [])
    return observe(plans, passes, effort)
  }
}
