import BenchReport

/// What the machine can do at all.
struct FloorSection {
  let rows: [FloorRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    let chart = RowChart(
      description: "Times of the least operations",
      axis: Axis("Time", scale: .log10, format: .nanoseconds, better: .less),
      groups: [
        RowGroup(
          "",
          rows.map { row in
            ChartRow(
              row.name, row.operation.standing, row.nanoseconds.median,
              spread: row.nanoseconds.range)
          })
      ])
    return Section(
      heading: "What this machine can do at all",
      reading: """
        No lock on this machine takes less than an atomic read-modify-write and a store, × RMW in all tables, \
        and none passes a key to a sleeping thread in less than a futex hand-off.
        """,
      exhibits: [
        Exhibit(
          title: "", chart: .rows(chart),
          table: Table(
            header: ["", "time", "spread", "× RMW"],
            rows: rows.map { row in
              TableRow(
                [
                  row.name, row.nanoseconds.cell(), row.nanoseconds.rangeCell(),
                  ValueFormat.number.text(row.timesRMWPair),
                ], standing: row.operation.standing)
            }))
      ])
  }
}

extension FloorRecord.Operation {
  fileprivate var standing: Standing {
    switch self {
    case .lockTableOfString, .lockTableOfInt: .ours
    case .oneRMWPair, .twoRMWPair, .pthreadPair, .coreHandOff, .futexHandOff, .continuationHandOff,
      .clock, .hasherOfString:
      .reference
    }
  }
}
