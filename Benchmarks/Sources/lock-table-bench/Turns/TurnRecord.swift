struct TurnRecord: Record {
  static let kind = "turn"

  var keys: Int
  var name: String
  /// Of one piece of work.
  var nanoseconds: Spread
  /// In times of tasks in no order.
  var tasks: Ratio?
  /// In times of a chain of tasks.
  var chains: Ratio?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of one piece of work that does nothing, from its callback on", \.nanoseconds)
    Column.ratio("Tasks", of: "that of a Task for each, in no order") { $0.tasks }
    Column.ratio("chains", of: "that of a chain of tasks for each key") { $0.chains }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What it costs to keep the order of callbacks, key by key",
      reading: "Chains and streams keep something for each key that was ever used.",
      title: { $0.keys == 1 ? "1 key" : "\(grouped($0.keys)) keys, one after the other" },
      name: { RowName($0.name) },
      charts: Presentation<Self>.rows(
        Axis("Time", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanoseconds) })
  }
}
