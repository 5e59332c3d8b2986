// The table of `fairness`.

extension [FairnessRecord] {
  var text: String {
    guard let first else { return "" }
    var table = TextTable(
      header: [
        "", "Mop/s", "least share", "greatest", "least ÷ greatest", "longest wait", "of all rounds",
        "in hand-offs", "p99", "violations",
      ])
    for row in self {
      table.add([
        row.subject.title, decimal(row.operationsPerSecond / 1e6, 2), percent(row.shares.first),
        percent(row.shares.last),
        "\(decimal(row.evenness.median, 2)) (\(row.evenness.range(2)))",
        duration(nanoseconds: UInt64(row.longestWait.median)),
        duration(nanoseconds: UInt64(row.longestWait.rounds.max() ?? 0)),
        decimal(row.longestWaitTimesHandOff, 1), duration(nanoseconds: row.p99),
        grouped(row.subject.violations),
      ])
    }
    return """

      \(first.threads) threads, one int key, held for \(grouped(Int(first.holdNanoseconds))) ns

      \(table.text)\(first.machine.remark)
      """
  }
}

func percent(_ part: Double?) -> String {
  part.map { decimal($0 * 100, 1) + " %" } ?? "-"
}
