// The tables of `replay`.

extension [ReplayRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", "a second", "ns/op", "÷ LockTable", "× RMW", "p50", "p99", "p99.9", "max", "violations",
      ])
    for row in self {
      table.add([
        row.subject.title, grouped(Int(row.operationsPerSecond)),
        decimal(row.nanosecondsPerOperation.median, 1), row.ratioToLockTable.cell,
        decimal(row.timesRMWPair, 1), duration(nanoseconds: row.latency.p50),
        duration(nanoseconds: row.latency.p99), duration(nanoseconds: row.latency.p999),
        duration(nanoseconds: row.latency.max), grouped(row.subject.violations),
      ])
    }
    return """

      \(table.text)\(first.machine.remark)\(remarks(on: map(\.ratioToLockTable)))
      """
  }
}

extension [HeatRecord] {
  var text: String {
    let contended = filter { $0.contended > 0 }
    return Self.table("The most wanted keys", sorted { $0.lines > $1.lines })
      + (contended.isEmpty
        ? "\nNo key was found held by another thread."
        : Self.table(
          "The most contended keys, in a pass of LockTable's own",
          contended.sorted { $0.waitedNanoseconds > $1.waitedNanoseconds }))
  }

  private static func table(_ title: String, _ records: [HeatRecord]) -> String {
    var table = TextTable(
      header: ["", "lines", "share", "acquired", "found held", "", "waited", "longest wait"])
    for record in records {
      table.add([
        "  " + shortened(record.key), grouped(record.lines), percent(record.share),
        grouped(record.acquisitions), grouped(record.contended),
        percent(Double(record.contended) / Double(Swift.max(record.acquisitions, 1))),
        duration(nanoseconds: record.waitedNanoseconds),
        duration(nanoseconds: record.longestWaitNanoseconds),
      ])
    }
    return "\n\(title)\n\n\(table.text)\n"
  }

  private static func shortened(_ key: String) -> String {
    key.count <= 40 ? key : key.prefix(39) + "…"
  }
}
