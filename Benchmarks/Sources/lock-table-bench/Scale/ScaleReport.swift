// The tables of `scale`.

extension [ScaleRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", first.dimension.rawValue, "ns/op", "spread", "Mop/s", "× RMW", "÷ first",
        "instructions", "violations",
      ])
    var seen: Set<String> = []
    for name in map(\.subject.name) where seen.insert(name).inserted {
      for row in self where row.subject.name == name {
        table.add([
          row.subject.title, grouped(row.value), decimal(row.nanosecondsPerOperation.median, 1),
          row.nanosecondsPerOperation.range(1), decimal(row.operationsPerSecond / 1e6, 2),
          decimal(row.timesRMWPair, 1), row.ratioToFirst.cell,
          decimal(row.instructionsPerOperation, 0), grouped(row.subject.violations),
        ])
      }
    }
    return """

      \(first.dimension.title)

      \(table.text)\(first.machine.remark)\(remarks(on: map(\.ratioToFirst)))
      """
  }
}

extension ScaleRecord.Dimension {
  fileprivate var title: String {
    switch self {
    case .threads: "Threads, 100 000 int keys, uniform"
    case .stripes: "Stripes of a LockTable, 100 000 int keys, uniform"
    case .liveKeys: "Int keys that are held while another goes in and out, one thread"
    case .keyLength: "Bytes of a string key, 256 keys, one thread"
    }
  }
}
