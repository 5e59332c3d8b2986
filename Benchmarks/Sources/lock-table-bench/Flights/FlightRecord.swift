struct FlightRecord: Record {
  static let kind = "flight"

  var callers: Int
  var name: String
  /// Of one caller.
  var nanoseconds: Spread
  /// In times of an unstructured task whose value is awaited.
  var tasks: Ratio?
  /// In times of the actor.
  var actors: Ratio?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of one caller, from its call to its result", \.nanoseconds)
    Column.ratio("Tasks", of: "that of a Task whose value is awaited") { $0.tasks }
    Column.ratio("actors", of: "that of an actor with a dictionary of tasks") { $0.actors }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What one load for all callers costs",
      reading: "The others have no way to leave a load, and none to cancel it when all have gone.",
      title: { $0.callers == 1 ? "1 caller, 1 load" : "\(grouped($0.callers)) callers of 1 load" },
      name: { RowName($0.name) },
      charts: Presentation<Self>.rows(
        Axis("Time", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanoseconds) })
  }
}
