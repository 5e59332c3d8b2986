// The table of `server`.

extension [ServerRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", "requests/s", "spread", "time ÷ LockTable", "p50", "p99", "p99.9", "max",
        "p50 in hand-offs", "requests", "lost updates",
      ])
    for row in self {
      table.add([
        row.subject.title, decimal(row.requestsPerSecond.median, 0),
        row.requestsPerSecond.range(0), row.timeToLockTable.cell,
        duration(nanoseconds: row.latency.p50), duration(nanoseconds: row.latency.p99),
        duration(nanoseconds: row.latency.p999), duration(nanoseconds: row.latency.max),
        decimal(row.p50TimesHandOff, 1), grouped(row.requests), grouped(row.lostUpdates),
      ])
    }
    return """

      \(first.title)

      \(table.text)\(first.machine.remark)\(remarks(on: map(\.timeToLockTable)))\(fallenBehind)\
      \(unprotected)
      """
  }

  private var fallenBehind: String {
    let late = filter { row in
      row.rate.map { row.requestsPerSecond.median < 0.95 * $0 } ?? false
    }
    guard !late.isEmpty else { return "" }
    return "\nFell behind the rate, so that latencies depend on how long it ran: "
      + late.map(\.subject.name).joined(separator: "; ") + "."
  }

  /// What a row without a lock is there for.
  private var unprotected: String {
    guard let row = first(where: { $0.subject.role == .loop && $0.lostUpdates == 0 }) else {
      return ""
    }
    return "\n\"\(row.subject.name)\" lost no update here: nobody met anybody at an account."
  }
}

extension ServerRecord {
  fileprivate var title: String {
    let keys =
      skew == .single ? "one account" : "\(grouped(accounts)) accounts, drawn \(skew)"
    let store =
      storeDelayMicroseconds == 0
      ? "a store that yields" : "a store of \(grouped(storeDelayMicroseconds)) µs"
    let loop =
      switch arrivals {
      case .closed: "closed loop"
      case .uniform: "open loop, \(grouped(Int(rate ?? 0))) requests a second at equal distances"
      case .poisson: "open loop, \(grouped(Int(rate ?? 0))) requests a second at random (Poisson)"
      }
    return "\(connections) connections, \(keys), \(store), \(loop)"
  }
}
