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

  /// A difference of two times is noisy: so many rounds until the median of the ratio is known to a
  /// twentieth, or the limit.
  private func added(_ scenario: Scenario) -> Ratio? {
    let rows = Row.all(scenario).filter { row in
      row.name == "LockTable" || row.name.hasPrefix("continuations") || row.role == .loop
    }
    var times = rows.map { _ in [Double]() }
    var ratio: Ratio?
    while times[0].count < Self.mostRounds {
      for (index, row) in observe(rows, [.throughput], measuring.effort).enumerated() {
        times[index] += row.nanoseconds
      }
      func added(_ isMeant: (Row) -> Bool) -> [Double] {
        guard let row = rows.firstIndex(where: isMeant),
          let loop = rows.firstIndex(where: { $0.role == .loop })
        else { return [] }
        return zip(times[row], times[loop]).map { $0 - $1 }
      }
      ratio = Ratio(added { $0.role == .lockTable }, over: added { $0.role == .exact })
      if let spread = ratio?.spread, spread.high - spread.low <= spread.median / 10 { break }
    }
    return ratio
  }

  private static var mostRounds: Int { 60 }
}
