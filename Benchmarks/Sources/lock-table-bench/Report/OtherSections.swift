import BenchReport

/// Distinct keys, for a time.
struct ChurnSection {
  let rows: [ChurnRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    return Section(
      heading: "Keys that never come again",
      reading: """
        Each acquisition is of a key of its own, as with orders or sessions. Memory that stays with keys that \
        are gone grows as long as the process lives: 0 is best.
        """,
      exhibits: rows.groups { "\($0.threads) × \($0.keyType)" }.compactMap { _, rows in
        rows.first.map { exhibit(rows, $0) }
      })
  }

  private func exhibit(_ rows: [ChurnRecord], _ first: ChurnRecord) -> Exhibit {
    let threads = first.threads == 1 ? "1 thread" : "\(first.threads) threads"
    let chart = RowChart(
      description: "Bytes left for each key that is gone",
      axis: Axis("Bytes left for each key that is gone", better: .less),
      groups: [
        RowGroup(
          "",
          rows.filter { !$0.subject.fails }.compactMap { row in
            row.bytesLeftPerKey.map {
              ChartRow(row.subject.label, row.subject.standing, max($0, 0))
            }
          })
      ])
    func text(_ value: Double?, _ format: ValueFormat) -> String { value.map(format.text) ?? "–" }
    return Exhibit(
      title: "\(threads), \(first.keyType) keys, \(ValueFormat.number.text(first.seconds)) s",
      chart: .rows(chart),
      table: Table(
        header: [
          "", "time", "÷ LockTable", "× RMW", "keys", "left per key", "per held key",
          "allocations each", "RSS before",
          "after", "peak",
        ],
        rows: rows.map { row in
          TableRow(
            [
              row.subject.label, row.nanosecondsPerOperation.cell(),
              row.ratioToLockTable.label,
              text(row.timesRMWPair, .number), ValueFormat.count.text(Double(row.operations)),
              text(row.bytesLeftPerKey, .bytes), text(row.bytesPerHeldKey, .bytes),
              text(row.allocationsPerOperation, .number),
              text(row.residentBytesBefore.map(Double.init), .bytes),
              text(row.residentBytesAfter.map(Double.init), .bytes),
              text(row.residentBytesPeak.map(Double.init), .bytes),
            ], standing: row.subject.standing, failure: row.subject.failure)
        }))
  }
}

/// A file's keys, and which of them are wanted most.
struct ReplaySection {
  let rows: [ReplayRecord]
  let heat: [HeatRecord]

  var section: Section? {
    guard !rows.isEmpty || !heat.isEmpty else { return nil }
    return Section(
      heading: "A file's keys in the file's order",
      reading: "What the acquisitions of a real file cost; less is better.",
      exhibits: rows.groups { "\($0.file), \($0.threads) threads" }.map {
        exhibit($0.key, $0.members)
      }
        + heatExhibit)
  }

  private func exhibit(_ title: String, _ rows: [ReplayRecord]) -> Exhibit {
    let chart = RowChart(
      description: "Time for an acquisition: \(title)",
      axis: Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less),
      groups: [
        RowGroup(
          "",
          rows.filter { !$0.subject.fails }.map {
            ChartRow(
              $0.subject.label, $0.subject.standing, $0.nanosecondsPerOperation.median,
              spread: $0.nanosecondsPerOperation.range)
          })
      ])
    return Exhibit(
      title: title, chart: .rows(chart),
      table: Table(
        header: ["", "time", "spread", "× RMW", "÷ LockTable"] + Percentiles.header,
        rows: rows.map { row in
          TableRow(
            [
              row.subject.label, row.nanosecondsPerOperation.cell(),
              row.nanosecondsPerOperation.rangeCell(), ValueFormat.number.text(row.timesRMWPair),
              row.ratioToLockTable.label,
            ] + row.latency.cells, standing: row.subject.standing, failure: row.subject.failure)
        }))
  }

  private var heatExhibit: [Exhibit] {
    guard !heat.isEmpty else { return [] }
    return [
      Exhibit(
        title: "The keys that are wanted most",
        chart: .rows(
          RowChart(
            description: "Share of the file's lines",
            axis: Axis("Share of the lines", format: .share),
            groups: [RowGroup("", heat.map { ChartRow($0.key, .item, $0.share) })])),
        table: Table(
          header: ["", "lines", "share", "acquisitions", "contended", "waited", "longest wait"],
          rows: heat.map { key in
            TableRow([
              key.key, grouped(key.lines), ValueFormat.share.text(key.share),
              grouped(key.acquisitions), grouped(key.contended), key.waitedNanoseconds.time,
              key.longestWaitNanoseconds.time,
            ])
          }))
    ]
  }
}

/// Bounds, and whether they are kept.
struct TargetSection {
  let rows: [TargetRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    return Section(
      heading: "Bounds that LockTable sets itself",
      reading: "What was promised before it was measured, and what the measurement says.",
      exhibits: [
        Exhibit(
          title: "", chart: nil,
          table: Table(
            header: ["", "of", "figure", "spread", "bound", "verdict"],
            rows: rows.map { row in
              TableRow([
                row.name, row.reference,
                (row.ratio?.spread.median ?? row.value).map(ValueFormat.number.text) ?? "–",
                row.ratio?.spread.rangeCell(.number) ?? "–", row.bound?.text ?? "–",
                row.verdict?.rawValue ?? "–",
              ])
            }), notes: rows.compactMap { row in row.detail.map { "\(row.name): \($0)" } })
      ])
  }
}

extension TargetRecord.Bound {
  fileprivate var text: String {
    switch self {
    case .atMost(let value): "≤ \(ValueFormat.number.text(value))"
    case .atLeast(let value): "≥ \(ValueFormat.number.text(value))"
    }
  }
}
