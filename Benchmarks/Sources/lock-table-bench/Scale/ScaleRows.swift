import LockTable

// The dimensions whose points are rows with a workload of their own.

/// A row at one value, and what it works on.
private struct PlannedPoint<Key: BenchKey> {
  let value: Int
  let row: Row<Key>
  let workload: Workload<Key>
}

extension ScaleExperiment {
  private static var keyCount: Int { 100_000 }

  func threadPoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let plans = values.flatMap { threads in
      let workload = uniform(threads: threads)
      // The same rows at each value, or there would be nothing to compare.
      return Row<Int>.all(threads: 1).filter(\.isScaled).map {
        PlannedPoint(value: threads, row: $0, workload: workload)
      }
    }
    return measure(plans, show)
  }

  func stripePoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let threads = max(coreCount, 2)
    let workload = uniform(threads: threads)
    let plans = values.map { count in
      let configuration = LockTableConfiguration(stripeCount: count)
      return PlannedPoint(
        value: count,
        row: Row<Int>(
          "LockTable, \(threads) threads", .lockTable,
          make: { LockTableContender(configuration: configuration) }),
        workload: workload)
    }
    return measure(plans, show)
  }

  func keyLengthPoints(_ values: [Int], _ show: (String) -> Void) -> [ScalePoint] {
    let plans = values.flatMap { length in
      let scenario = Scenario(threads: 1, keyType: .string, keys: 256, distribution: .uniform)
      var order = KeyOrder<String>(scenario)
      order.keys = order.keys.indices.map { String(number: $0, length: length) }
      let workload = Workload(order, holdNanoseconds: 0)
      return Row<String>.all(threads: 1).filter(\.isScaled).map {
        PlannedPoint(value: length, row: $0, workload: workload)
      }
    }
    return measure(plans, show)
  }

  private func uniform(threads: Int) -> Workload<Int> {
    let scenario = Scenario(threads: threads, keys: Self.keyCount, distribution: .uniform)
    return Workload(KeyOrder(scenario), holdNanoseconds: 0)
  }

  /// In every round each row at each value once.
  private func measure<Key: BenchKey>(
    _ plans: [PlannedPoint<Key>], _ show: (String) -> Void
  ) -> [ScalePoint] {
    var points = plans.map { plan in
      ScalePoint(
        subject: Subject(name: plan.row.name, role: plan.row.role, violations: 0),
        value: plan.value)
    }
    for plan in plans {
      show("warm-up: \(plan.value), \(plan.row.name)")
      _ = plan.row.measure(plan.workload, .throughput, effort.warmUpSeconds)
    }
    interleave(rounds: effort.rounds, plans.count) { round, index in
      let plan = plans[index]
      show("round \(round + 1) of \(effort.rounds): \(plan.value), \(plan.row.name)")
      let pass = plan.row.measure(plan.workload, .throughput, effort.seconds)
      points[index].nanoseconds.append(pass.nanoseconds / Double(max(pass.operations, 1)))
      points[index].subject.violations += pass.violations
    }
    return points
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
