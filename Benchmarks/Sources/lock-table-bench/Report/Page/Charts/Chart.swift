protocol Chart {
  /// The contenders that it shows.
  var names: [(String, Standing)] { get }

  func drawing(_ palette: Palette, _ canvas: Canvas) -> Markup
}

/// Lines over an axis of numbers: something against something else.
struct LineChart {
  /// What is drawn, for those who can't see it.
  var description: String
  var x: Axis
  var y: Axis
  var series: [Series]
  /// The names of the lines that matter: if any is drawn, the other lines are thin and grey.
  var emphasis: Set<String> = []
}

/// The same name has the same colour and marker all over the page.
struct Series {
  var name: String
  var standing: Standing
  /// In the order of x.
  var points: [Point]
}

struct Point {
  var x: Double
  var y: Double
  /// How far `y` varied. Drawn as a band.
  var spread: ClosedRange<Double>?
  /// Whether it gets a marker, or is only a bend of the line.
  var isMarked = true
}

/// A figure for each row: bars from zero on a linear axis, and dots on a logarithmic one, since a
/// bar's length means nothing without a zero.
struct RowChart {
  /// What is drawn, for those who can't see it.
  var description: String
  var axis: Axis
  /// The value that all are compared to, marked by a line.
  var reference: (value: Double, label: String)?
  var groups: [RowGroup]
}

/// Rows that belong together, from top to bottom. The heading is empty where there is only one group.
typealias RowGroup = (heading: String, rows: [ChartRow])

struct ChartRow {
  var name = ""
  var standing = Standing.peer
  var value: Double
  /// How far it varied. Drawn as a whisker.
  var spread: ClosedRange<Double>?
  /// What is written beside it in place of the value: where the value by itself would say too much.
  var text: String?
}

struct Axis {
  /// What is measured along it, with the unit where the ticks don't say it.
  var label: String
  var scale: ScaleKind
  var format: ValueFormat
  /// Which way is better, where one is.
  var better: Better?

  enum Better: String {
    /// To the right, or up.
    case more = "more is better"
    /// To the left, or down.
    case less = "less is better"
  }

  init(
    _ label: String, scale: ScaleKind = .linear, format: ValueFormat = .number,
    better: Better? = nil
  ) {
    (self.label, self.scale, self.format, self.better) = (label, scale, format, better)
  }
}
