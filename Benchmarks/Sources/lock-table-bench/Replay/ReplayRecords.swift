/// A file's keys in the file's order.
struct ReplayRecord: ContenderRecord {
  static let kind = "replay"

  var subject: Subject
  var file: String
  var threads: Int
  var lines: Int
  var distinctKeys: Int
  /// Lines without a key: empty ones.
  var skippedLines: Int?
  var holdNanoseconds: UInt64
  var nanosecondsPerOperation: Spread
  var operationsPerSecond: Double
  var ratioToLockTable: Ratio?
  var latency: Percentiles
  var timesRMWPair: Double
  var machine: MachineClass

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("time", "of one acquisition and release, of all threads together") {
      .spread($0.nanosecondsPerOperation, .nanoseconds)
    }
    Column("a second", wide: true) { .count(Int($0.operationsPerSecond)) }
    Column.toLockTable(\.ratioToLockTable)
    Column.floor(\.timesRMWPair)
    Column.percentiles(
      wide: ["p90", "p99.99"], "time to acquire, of one acquisition in seven", \.latency)
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "A file's keys in the file's order",
      reading: "What the acquisitions of a real file cost; less is better.",
      title: { row in
        let skipped = row.skippedLines.map { $0 == 0 ? "" : ", \(grouped($0)) empty" } ?? ""
        return
          "\(row.file): \(counted(row.threads, "thread")), \(grouped(row.lines)) lines\(skipped), "
          + "\(grouped(row.distinctKeys)) keys"
      },
      name: \.name,
      charts: Presentation<Self>.rows(
        Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanosecondsPerOperation) })
  }
}

/// How much a key of the file is wanted.
struct HeatRecord: Record {
  static let kind = "heat"

  var key: String
  var lines: Int
  var share: Double
  /// Acquisitions that found the key held by another thread, and the time that they waited: of
  /// LockTable, in a pass of its own.
  var acquisitions = 0
  var contended = 0
  var waitedNanoseconds: UInt64 = 0
  var longestWaitNanoseconds: UInt64 = 0

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("lines", "of the file that have the key") { .count($0.lines) }
    Column("share", "of all lines") { .share($0.share) }
    Column("acquired", "in a pass of LockTable's own") { .count($0.acquisitions) }
    Column("found held", "acquisitions that found the key held by another thread") {
      .count($0.contended)
    }
    Column("of them", "found held, as a share of the acquisitions") {
      .share(Double($0.contended) / Double(max($0.acquisitions, 1)))
    }
    Column("waited", "all of them together") { .time($0.waitedNanoseconds) }
    Column("longest wait") { .time($0.longestWaitNanoseconds) }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "A file's keys in the file's order",
      title: { _ in "The keys that waited the longest, and the most wanted ones" },
      name: { RowName($0.key.count <= 40 ? $0.key : $0.key.prefix(39) + "…", .item) },
      charts: Presentation<Self>.rows(Axis("Share of the lines", format: .share)) {
        ChartRow(value: $0.share)
      },
      notes: { rows in
        rows.contains { $0.contended > 0 } ? [] : ["No key was found held by another thread."]
      })
  }
}
