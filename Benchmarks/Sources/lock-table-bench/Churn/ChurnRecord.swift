/// Distinct keys, for a time.
struct ChurnRecord: ContenderRecord {
  static let kind = "churn"

  var subject: Subject
  var keyType: KeyType
  var threads: Int
  var seconds: Double
  var operations: Int
  var nanosecondsPerOperation: Spread
  var timesRMWPair: Double
  /// Of the process: pages that it has in memory, before, after, and at most. Nil where the system does
  /// not tell.
  var residentBytesBefore: Int?
  var residentBytesAfter: Int?
  var residentBytesPeak: Int?
  var bytesLeftPerKey: Double?
  var bytesPerHeldKey: Double?
  var heldKeys: Int
  /// Calls of the allocator. Nil where they can't be counted.
  var allocationsPerOperation: Double?
  var ratioToLockTable: Ratio?
  var machine: MachineClass

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of a thread, for one acquisition and release", \.nanosecondsPerOperation)
    Column.toLockTable(\.ratioToLockTable)
    Column.floor(\.timesRMWPair)
    Column("keys used", wide: true) { .count($0.operations) }
    Column("allocations", "calls of the allocator for each acquisition") {
      .number($0.allocationsPerOperation)
    }
    Column("left per key", "bytes still allocated for each key that was used") {
      .bytes($0.bytesLeftPerKey)
    }
    Column("per held key", "bytes for each key while all are held") { .bytes($0.bytesPerHeldKey) }
    Column("RSS before", wide: true, "the process's pages in memory before the first round") {
      .bytes($0.residentBytesBefore.map(Double.init))
    }
    Column("after", wide: true) { .bytes($0.residentBytesAfter.map(Double.init)) }
    Column("peak", "the greatest number of pages in memory in any round") {
      .bytes($0.residentBytesPeak.map(Double.init))
    }
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "Keys that never come again",
      reading: """
        Each acquisition is of a key of its own, as with orders or sessions. Memory that stays with keys that \
        are gone grows as long as the process lives: 0 is best.
        """,
      title: { "\(counted($0.threads, "thread")), \($0.keyType) keys, each used once" },
      name: \.name,
      charts: Presentation<Self>.rows(Axis("Bytes left for each key that is gone", better: .less)) {
        $0.bytesLeftPerKey.map { ChartRow(value: max($0, 0)) }
      })
  }
}
