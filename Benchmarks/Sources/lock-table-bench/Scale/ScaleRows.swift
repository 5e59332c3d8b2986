import LockTable

// The dimensions whose points are rows with keys of their own.

extension ScaleExperiment {
  func measure(
    _ dimension: ScaleRecord.Dimension, _ values: [Int], _ show: (String) -> Void
  ) -> [ScalePoint] {
    let threads = max(coreCount, 2)
    let shared = Workload<Int>(uniform(threads: threads))
    func rows(_ value: Int) -> [Row] {
      switch dimension {
      case .threads: scaled(Row.all(uniform(threads: value)))
      case .stripes:
        [
          shared.row("LockTable, \(threads) threads", .lockTable) {
            LockTableContender(LockTable(configuration: .init(stripeCount: value)))
          }
        ]
      case .keyLength: scaled(self.rows(keyLength: value))
      case .liveKeys: []
      }
    }
    let plans = values.flatMap { value in rows(value).map { (value, $0) } }
    let observed = observe(plans.map(\.1), [.throughput], measuring.effort, progress: show)
    return zip(plans, observed).map { plan, observed in
      ScalePoint(subject: observed.subject, value: plan.0, nanoseconds: observed.nanoseconds)
    }
  }

  private func uniform(threads: Int) -> Scenario {
    Scenario(threads: threads, keys: 100_000, distribution: .uniform)
  }

  private func rows(keyLength: Int) -> [Row] {
    let scenario = Scenario(threads: 1, keyType: .string, keys: 256, distribution: .uniform)
    var order = KeyOrder<String>(scenario)
    order.keys = order.keys.indices.map { String(number: $0, length: keyLength) }
    return Workload(order, holdNanoseconds: 0).rows(scenario)
  }

  /// Without those whose cost is another's with more on top.
  private func scaled(_ rows: [Row]) -> [Row] {
    rows.filter {
      $0.role != .loop && !["LockTable, .fifo", "NSLock dictionary"].contains($0.name)
    }
  }
}

extension String {
  /// ASCII of so many bytes, with the number at the end, where it takes a hash longest to get to.
  fileprivate init(number: Int, length: Int) {
    let digits = String(number)
    self = String(repeating: "k", count: Swift.max(length - digits.count, 0)) + digits
  }
}
