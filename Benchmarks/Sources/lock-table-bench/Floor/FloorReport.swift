// The table of `floor`.

extension [FloorRecord] {
  var text: String {
    var table = TextTable(header: ["", "ns", "spread", "× RMW"])
    for record in self {
      table.add([
        "  " + record.name, decimal(record.nanoseconds.median, 1), record.nanoseconds.range(1),
        decimal(record.timesRMWPair, 1),
      ])
    }
    return "\n\(table.text)"
  }
}
