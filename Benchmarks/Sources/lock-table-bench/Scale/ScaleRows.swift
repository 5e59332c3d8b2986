import LockTable

// The dimensions whose points are rows with a workload of their own.

private typealias PlannedPoint<Key: BenchKey> = (value: Int, plan: Plan<Key>)

extension ScaleExperiment {
  func threadPoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let plans = values.flatMap { threads in
      let workload = uniform(threads: threads)
      // The same rows at each value, or there would be nothing to compare.
      return Row<Int>.all(Scenario(threads: 1)).filter(\.isScaled).map { (threads, ($0, workload)) }
    }
    return measure(plans, show)
  }

  func stripePoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let threads = max(coreCount, 2)
    let workload = uniform(threads: threads)
    let plans = values.map { count in
      let configuration = LockTableConfiguration(stripeCount: count)
      let row = Row<Int>(
        "LockTable, \(threads) threads", .lockTable,
        make: { LockTableContender(configuration: configuration) })
      return (count, (row, workload))
    }
    return measure(plans, show)
  }

  func keyLengthPoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let plans = values.flatMap { length in
      let scenario = Scenario(threads: 1, keyType: .string, keys: 256, distribution: .uniform)
      var order = KeyOrder<String>(scenario)
      order.keys = order.keys.indices.map { String(number: $0, length: length) }
      let workload = Workload(order, holdNanoseconds: 0)
      return Row<String>.all(scenario).filter(\.isScaled).map { (length, ($0, workload)) }
    }
    return measure(plans, show)
  }

  private func uniform(threads: Int) -> Workload<Int> {
    Workload(Scenario(threads: threads, keys: 100_000, distribution: .uniform))
  }

  private func measure<Key: BenchKey>(
    _ plans: [PlannedPoint<Key>], _ show: (String) -> Void
  ) -> [ScalePoint] {
    let observed = observe(plans.map(\.plan), [.throughput], measuring.effort, progress: show)
    return zip(plans, observed).map { point, observed in
      ScalePoint(
        subject: observed.subject, value: point.value,
        nanoseconds: observed.nanoseconds)
    }
  }
}

extension Row {
  /// Not those whose cost is another's with more on top.
  fileprivate var isScaled: Bool { role != .loop && name != "NSLock dictionary" }
}

extension String {
  /// ASCII of so many bytes, with the number at the end, where it takes a hash longest to get to.
  fileprivate init(number: Int, length: Int) {
    let digits = String(number)
    self = String(repeating: "k", count: Swift.max(length - digits.count, 0)) + digits
  }
}
