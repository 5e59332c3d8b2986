struct KeyRecord: Record {
  static let kind = "key"

  var name: String
  var nanoseconds: Spread
  /// In times of a pthread_mutex pair.
  var pairs: Ratio?
  /// `Hasher` over the key, in the same unit.
  var hasherPairs: Ratio?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of one withLock", \.nanoseconds)
    Column.ratio("pairs", of: "that of pthread_mutex_lock and _unlock") { $0.pairs }
    Column.ratio("Hasher, pairs", of: "the same; of Hasher over the key") { $0.hasherPairs }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What a key costs",
      reading:
        "Integers and short ASCII text take the direct way; what is no LockKey is hashed by Hasher.",
      name: { RowName($0.name) },
      charts: Presentation<Self>.rows(
        Axis("Time", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanoseconds) })
  }
}
