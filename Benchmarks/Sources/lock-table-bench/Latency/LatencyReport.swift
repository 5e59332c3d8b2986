// The table of `latency`.

extension [LatencyRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", "a second", "p50", "p90", "p99", "p99.9", "p99.99", "max", "max of a round",
        "p99 in hand-offs", first.arrivals == .closed ? "" : "p99 from the call", "violations",
      ])
    for row in self {
      table.add([
        row.subject.title, grouped(Int(row.achievedRate)), duration(nanoseconds: row.latency.p50),
        duration(nanoseconds: row.latency.p90), duration(nanoseconds: row.latency.p99),
        duration(nanoseconds: row.latency.p999), duration(nanoseconds: row.latency.p9999),
        duration(nanoseconds: row.latency.max),
        row.roundMaxima.map { duration(nanoseconds: UInt64($0.median)) } ?? "-",
        decimal(row.p99TimesHandOff, 2),
        row.arrivals == .closed ? "" : duration(nanoseconds: row.service.p99),
        grouped(row.subject.violations),
      ])
    }
    return """

      \(first.scenario.title)
      \(first.arrivalsInWords)

      \(table.text)\(first.machine.remark)\(fallenBehind)
      """
  }

  /// What is said of those that could not keep up.
  private var fallenBehind: String {
    let late = filter { row in row.rate.map { row.achievedRate < 0.95 * $0 } ?? false }
    guard !late.isEmpty else { return "" }
    return "\nFell behind the rate, so that latencies depend on how long it ran: "
      + late.map(\.subject.name).joined(separator: "; ") + "."
  }
}

extension LatencyRecord {
  fileprivate var arrivalsInWords: String {
    let rate = grouped(Int(rate ?? 0))
    return switch arrivals {
    case .closed: "closed loop: each begins when the one before has ended"
    case .uniform: "open loop: \(rate) a second at equal distances, from the intended start"
    case .poisson: "open loop: \(rate) a second at random (Poisson), from the intended start"
    }
  }
}
