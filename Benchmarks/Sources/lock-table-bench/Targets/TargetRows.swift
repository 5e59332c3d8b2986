import Histogram

// The targets that compare rows.

/// A row of a target.
private struct Measured {
  var subject: Subject
  /// Of an operation, round by round.
  var nanoseconds: [Double] = []
  /// Of passes of their own, in which every acquisition is timed; round by round.
  var tails: [Double] = []
  var maxima: [Double] = []
}

extension TargetsExperiment {
  func twoThreads(_ ratio: Ratio.Refusing) -> [TargetRecord] {
    let arrayName = "array of \(arrayCount) Mutexes"
    let rows = Row<Int>.all(threads: 1).filter {
      $0.role == .lockTable || $0.name == arrayName || $0.role == .loop
    }
    let plans = [1, 2].flatMap { threads in
      let workload = workload(
        Scenario(threads: threads, keys: 100_000, distribution: .uniform), as: Int.self)
      return rows.map { (row: $0, workload: workload) }
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
        faster(own, than: measured[0], ratio), .atLeast(1.8),
        detail: "of the \(arrayName) \(scales[0]), of the loop without a lock \(scales[1])"),
      TargetRecord(
        "2 threads, 100 000 int keys", "operations ÷ those of an \(arrayName)",
        faster(own, than: array, ratio), .atLeast(1)),
    ]
  }

  func hotKey(threads: Int, _ ratio: Ratio.Refusing) -> [TargetRecord] {
    let rows = Row<Int>.all(threads: 1).filter { $0.role == .lockTable || $0.role == .yardstick }
    let workload = workload(Scenario(threads: threads), as: Int.self)
    let measured = measure(rows.map { ($0, workload) }, isTimed: true)
    guard measured.count == 2 else { return [] }
    let (own, mutex) = (measured[0], measured[1])
    let name = "hot key, \(threads) threads"
    return [
      TargetRecord(
        name, "operations ÷ those of a pthread_mutex", faster(own, than: mutex, ratio), .atLeast(1)),
      TargetRecord(
        name, "p99.99 of a round ÷ that of a pthread_mutex",
        slower(own, than: mutex, by: \.tails, ratio), .atMost(1),
        detail: medians(of: \.tails, own, mutex)),
      TargetRecord(
        name, "longest wait of a round ÷ that of a pthread_mutex",
        slower(own, than: mutex, by: \.maxima, ratio), nil,
        detail: medians(of: \.maxima, own, mutex)),
    ]
  }

  func readers(_ ratio: Ratio.Refusing) -> [TargetRecord] {
    [2, 32].compactMap { threads in
      let rows = Row<Int>.shared(threads: 1).filter {
        $0.role == .yardstick || $0.name == "LockTable"
      }
      let workload = workload(Scenario(threads: threads, writes: 0), as: Int.self)
      let measured = measure(rows.map { ($0, workload) }, isTimed: false)
      guard measured.count == 2 else { return nil }
      return TargetRecord(
        "\(threads) readers of a hot key", "operations ÷ those of a pthread_rwlock",
        faster(measured[0], than: measured[1], ratio), .atLeast(1))
    }
  }

  /// How many times as fast.
  private func faster(
    _ own: Measured, than other: Measured, _ ratio: Ratio.Refusing
  ) -> Ratio? {
    let fails = own.subject.fails || other.subject.fails
    return ratio(other.nanoseconds, own.nanoseconds, fails ? .failsWitness : nil)
  }

  private func slower(
    _ own: Measured, than other: Measured, by times: KeyPath<Measured, [Double]>,
    _ ratio: Ratio.Refusing
  ) -> Ratio? {
    let fails = own.subject.fails || other.subject.fails
    return ratio(own[keyPath: times], other[keyPath: times], fails ? .failsWitness : nil)
  }

  private func medians(
    of times: KeyPath<Measured, [Double]>, _ own: Measured, _ mutex: Measured
  ) -> String {
    let words = [own, mutex].map {
      duration(nanoseconds: UInt64(median($0[keyPath: times])))
    }
    return "\(words[0]) beside \(words[1])"
  }

  private func workload<Key: BenchKey>(_ scenario: Scenario, as type: Key.Type) -> Workload<Key> {
    var order = KeyOrder<Key>(scenario)
    order.share(writes: scenario.writes)
    return Workload(order, holdNanoseconds: 0)
  }

  private func measure<Key: BenchKey>(
    _ plans: [(row: Row<Key>, workload: Workload<Key>)], isTimed: Bool
  ) -> [Measured] {
    var measured = plans.map {
      Measured(subject: Subject(name: $0.row.name, role: $0.row.role, violations: 0))
    }
    for plan in plans {
      _ = plan.row.measure(plan.workload, .throughput, effort.warmUpSeconds)
    }
    interleave(rounds: effort.rounds, plans.count) { _, index in
      let (row, workload) = plans[index]
      let pass = row.measure(workload, .throughput, effort.seconds)
      measured[index].nanoseconds.append(pass.nanoseconds / Double(max(pass.operations, 1)))
      measured[index].subject.violations += pass.violations
      guard isTimed else { return }
      let timed = row.measure(workload, .schedule(.closed), effort.seconds / 2)
      measured[index].tails.append(Double(timed.latencies.valueAtPercentile(99.99)))
      measured[index].maxima.append(Double(timed.latencies.max))
      measured[index].subject.violations += timed.violations
    }
    return measured
  }
}
