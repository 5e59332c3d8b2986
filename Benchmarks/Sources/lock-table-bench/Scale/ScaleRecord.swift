/// One contender at one value of what is varied.
struct ScaleRecord: ContenderRecord {
  static let kind = "scale"

  enum Dimension: String, Codable, CaseIterable, Sendable {
    case threads
    case stripes
    case liveKeys = "live-keys"
    case keyLength = "key-length"
  }

  var subject: Subject
  var dimension: Dimension
  var value: Int
  var nanosecondsPerOperation: Spread
  var operationsPerSecond: Double
  /// In user mode; nil where the machine does not count them, or with several threads.
  var instructionsPerOperation: Double?
  var ratioToFirst: Ratio?
  var timesRMWPair: Double
  var machine: MachineClass

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("value", "of what is varied") { .count($0.value) }
    Column.time(
      "of one acquisition and release, of all threads together", \.nanosecondsPerOperation)
    Column("Mop/s", "million acquisitions a second, of all threads") {
      .number($0.operationsPerSecond / 1e6)
    }
    Column.ratio("÷ first", of: "that of the same row at the first value", \.ratioToFirst)
    Column.floor(\.timesRMWPair)
    Column("instructions", "in user mode, where the machine counts them") {
      .number($0.instructionsPerOperation)
    }
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "How cost grows",
      reading: """
        With threads: a line that climbs uses the cores, one that falls is fought over; beyond the number of \
        cores level is all that can be had. With the others: flat is best. Bands are the spread of the rounds.
        """,
      title: { $0.dimension.words.title },
      name: \.name,
      charts: { title, rows in [chart(title, rows, rows[0].dimension)] })
  }

  private static func chart(_ title: String, _ rows: [Self], _ dimension: Dimension) -> any Chart {
    let isThroughput = dimension == .threads
    return Presentation.lines(
      title, rows,
      x: Axis(
        dimension.words.axis, scale: .log10, format: dimension == .keyLength ? .bytes : .count),
      y: isThroughput
        ? Axis("Million acquisitions a second", better: .more)
        : Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less)
    ) { rows in
      rows.map { row in
        let (x, time) = (Double(row.value), row.nanosecondsPerOperation)
        guard isThroughput else { return Point(x: x, y: time.median, spread: time.range) }
        let spread = time.low > 0 ? time.range.map { _ in 1e3 / time.high...1e3 / time.low } : nil
        return Point(x: x, y: row.operationsPerSecond / 1e6, spread: spread)
      }
    }
  }
}

extension ScaleRecord.Dimension {
  fileprivate var words: (title: String, axis: String) {
    switch self {
    case .threads: ("Throughput with more threads: 100 000 int keys, uniform", "Threads")
    case .stripes:
      ("Cost by the number of LockTable's stripes: 100 000 int keys, uniform", "Stripes")
    case .liveKeys:
      ("An int key goes in and out while others are held, one thread", "Keys held meanwhile")
    case .keyLength:
      ("Cost by the length of string keys: 256 keys, one thread", "Length of the key")
    }
  }
}
