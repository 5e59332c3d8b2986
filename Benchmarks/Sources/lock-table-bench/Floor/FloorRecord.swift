struct FloorRecord: Record {
  static let kind = "floor"

  /// What is done, as a name for programs.
  enum Operation: String, Codable, CaseIterable, Sendable {
    case oneRMWPair, twoRMWPair, pthreadPair
    /// One way.
    case coreHandOff, futexHandOff, continuationHandOff
    case clock, hasherOfString, lockTableOfString, lockTableOfInt
  }

  var operation: Operation
  var name: String
  var nanoseconds: Spread
  var timesRMWPair: Double

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of one operation", \.nanoseconds)
    Column("× RMW", "in the time of the first row") { .number($0.timesRMWPair) }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What this machine can do at all",
      reading: """
        No lock on this machine takes less than an atomic read-modify-write and a store, × RMW in all tables, \
        and none passes a key to a sleeping thread in less than a futex hand-off.
        """,
      name: { row in
        let isOurs = [.lockTableOfString, .lockTableOfInt].contains(row.operation)
        return RowName(row.name, isOurs ? .ours : .reference)
      },
      charts: Presentation<Self>.rows(
        Axis("Time", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanoseconds) })
  }
}
