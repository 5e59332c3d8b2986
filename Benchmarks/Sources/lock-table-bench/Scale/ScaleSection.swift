import BenchReport

/// How cost grows.
struct ScaleSection {
  let rows: [ScaleRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    let dimensions = rows.groups(by: \.dimension)
    return Section(
      heading: "How cost grows",
      reading: """
        With threads: a line that climbs uses the cores, one that falls is fought over; beyond the number of \
        cores level is all that can be had. With the others: flat is best. Bands are the spread of the rounds.
        """,
      exhibits: dimensions.flatMap { dimension, rows in
        [exhibit(dimension, rows)] + instructions(dimension, rows)
      })
  }

  private func exhibit(_ dimension: ScaleRecord.Dimension, _ rows: [ScaleRecord]) -> Exhibit {
    let isThroughput = dimension == .threads
    var pivot = Pivot()
    for row in rows {
      pivot.set(
        row.subject, dimension.format.text(short: row.value),
        isThroughput
          ? ValueFormat.number.text(row.operationsPerSecond / 1e6)
          : row.nanosecondsPerOperation.cell())
    }
    for row in rows where row.value == rows.last?.value {
      pivot.set(row.subject, dimension.ratioTitle, row.ratioToFirst.label)
    }
    // What has no lock would be far above all others.
    let drawn = rows.filter { !$0.subject.fails && !(isThroughput && $0.subject.role == .loop) }
    let chart = LineChart(
      description: dimension.title,
      x: Axis(dimension.axis, scale: dimension.scale, format: dimension.format),
      y: isThroughput
        ? Axis("Million acquisitions a second", better: .more)
        : Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less),
      series: drawn.groups(by: \.subject.label).compactMap { label, rows in
        rows.first.map { first in
          Series(label, first.subject.standing, rows.map { Self.point($0, isThroughput) })
        }
      })
    let isLoopHidden = isThroughput && rows.contains { $0.subject.role == .loop }
    return Exhibit(
      title: dimension.title, chart: .lines(chart), table: pivot.table,
      notes: isLoopHidden ? ["The loop without a lock is in the table only."] : [])
  }

  private static func point(_ row: ScaleRecord, _ isThroughput: Bool) -> Point {
    let time = row.nanosecondsPerOperation
    guard isThroughput else {
      return Point(x: Double(row.value), y: time.median, spread: time.range)
    }
    let spread = time.low > 0 && time.low < time.high ? 1e3 / time.high...1e3 / time.low : nil
    return Point(x: Double(row.value), y: row.operationsPerSecond / 1e6, spread: spread)
  }

  /// Where the machine counts them: they do not depend on who else is at work.
  private func instructions(_ dimension: ScaleRecord.Dimension, _ rows: [ScaleRecord]) -> [Exhibit]
  {
    let counted = rows.filter { $0.instructionsPerOperation != nil }
    guard !counted.isEmpty else { return [] }
    var pivot = Pivot()
    for row in counted {
      pivot.set(
        row.subject, dimension.format.text(short: row.value),
        ValueFormat.number.text(row.instructionsPerOperation ?? .nan))
    }
    return [
      Exhibit(
        title: "Instructions for an acquisition: \(dimension.title)", chart: nil, table: pivot.table
      )
    ]
  }
}

extension ScaleRecord.Dimension {
  fileprivate var title: String {
    switch self {
    case .threads: "Throughput with more threads"
    case .stripes: "Cost by the number of LockTable's stripes"
    case .liveKeys: "A fresh key goes in and out beside held ones"
    case .keyLength: "Cost by the length of String keys"
    }
  }

  fileprivate var axis: String {
    switch self {
    case .threads: "Threads"
    case .stripes: "Stripes"
    case .liveKeys: "Keys that are held meanwhile"
    case .keyLength: "Length of the key"
    }
  }

  fileprivate var scale: ScaleKind { self == .liveKeys ? .log10 : .log2 }

  fileprivate var format: ValueFormat { self == .keyLength ? .bytes : .count }

  fileprivate var ratioTitle: String { self == .threads ? "time, last ÷ first" : "last ÷ first" }
}

extension ValueFormat {
  /// Of a value that was chosen, not measured: without digits that say nothing.
  fileprivate func text(short value: Int) -> String { tick(Double(value)) }
}
