/// A chart.
public enum Chart: Sendable {
  /// Something against something else.
  case lines(LineChart)
  /// One figure for each of several rows.
  case rows(RowChart)
}

/// Lines over an axis of numbers.
public struct LineChart: Sendable {
  /// What is drawn, for those who can't see it.
  public var description: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The lines.
  public var series: [Series]

  /// Creates a chart of lines.
  public init(description: String, x: Axis, y: Axis, series: [Series]) {
    self.description = description
    self.x = x
    self.y = y
    self.series = series
  }
}

/// A line.
public struct Series: Sendable {
  /// Whose line it is. The same name has the same colour and marker all over the page.
  public var name: String
  /// What it stands for.
  public var standing: Standing
  /// Its points, in the order of x.
  public var points: [Point]

  /// Creates a line.
  public init(_ name: String, _ standing: Standing, _ points: [Point]) {
    self.name = name
    self.standing = standing
    self.points = points
  }
}

/// A point of a line.
public struct Point: Sendable {
  /// Along the horizontal axis.
  public var x: Double
  /// Along the vertical one.
  public var y: Double
  /// How far `y` varied. Drawn as a band.
  public var spread: ClosedRange<Double>?
  /// Whether it gets a marker, or is only a bend of the line.
  public var isMarked: Bool

  /// Creates a point.
  public init(
    x: Double, y: Double, spread: ClosedRange<Double>? = nil, isMarked: Bool = true
  ) {
    self.x = x
    self.y = y
    self.spread = spread
    self.isMarked = isMarked
  }
}

/// A figure for each row: bars from zero on a linear axis, and dots on a logarithmic one, since a
/// bar's length means nothing without a zero.
public struct RowChart: Sendable {
  /// What is drawn, for those who can't see it.
  public var description: String
  /// The axis of the figures.
  public var axis: Axis
  /// The value that all are compared to, marked by a line.
  public var reference: Reference?
  /// The rows, under headings where there is more than one group.
  public var groups: [RowGroup]

  /// A marked value.
  public struct Reference: Sendable {
    /// Where it is.
    public var value: Double
    /// What it is.
    public var label: String

    /// Creates a marked value.
    public init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  /// Creates a chart of rows.
  public init(
    description: String, axis: Axis, reference: Reference? = nil, groups: [RowGroup]
  ) {
    self.description = description
    self.axis = axis
    self.reference = reference
    self.groups = groups
  }
}

/// Rows that belong together.
public struct RowGroup: Sendable {
  /// Empty where there is only one group.
  public var heading: String
  /// The rows, from top to bottom.
  public var rows: [ChartRow]

  /// Creates a group.
  public init(_ heading: String = "", _ rows: [ChartRow]) {
    self.heading = heading
    self.rows = rows
  }
}

/// A row of a chart.
public struct ChartRow: Sendable {
  /// Whose figure it is. The same name has the same colour all over the page.
  public var name: String
  /// What it stands for.
  public var standing: Standing
  /// The figure.
  public var value: Double
  /// How far it varied. Drawn as a whisker.
  public var spread: ClosedRange<Double>?
  /// What is written beside it in place of the value: where the value by itself would say too much.
  public var text: String?

  /// Creates a row.
  public init(
    _ name: String, _ standing: Standing, _ value: Double, spread: ClosedRange<Double>? = nil,
    text: String? = nil
  ) {
    self.name = name
    self.standing = standing
    self.value = value
    self.spread = spread
    self.text = text
  }
}

/// An axis.
public struct Axis: Sendable {
  /// What is measured along it, with the unit where the ticks don't say it.
  public var label: String
  /// How values become distances.
  public var scale: ScaleKind
  /// How values become text.
  public var format: ValueFormat
  /// Which way is better, where one is.
  public var better: Better?

  /// Which way along an axis is better.
  public enum Better: String, Sendable {
    /// To the right, or up.
    case more = "more is better"
    /// To the left, or down.
    case less = "less is better"
  }

  /// Creates an axis.
  public init(
    _ label: String, scale: ScaleKind = .linear, format: ValueFormat = .number,
    better: Better? = nil
  ) {
    self.label = label
    self.scale = scale
    self.format = format
    self.better = better
  }
}

/// How values become distances along an axis.
public enum ScaleKind: Sendable {
  /// In proportion, from zero.
  case linear
  /// Each doubling takes as much room.
  case log2
  /// Each factor of ten takes as much room.
  case log10
  /// For percentiles, in percent: each further nine takes as much room, and 100 is the maximum.
  case nines
}
