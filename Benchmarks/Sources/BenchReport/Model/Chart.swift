package enum Chart: Sendable {
  /// Something against something else.
  case lines(LineChart)
  /// One figure for each of several rows.
  case rows(RowChart)
}

/// Lines over an axis of numbers.
package struct LineChart: Sendable {
  /// What is drawn, for those who can't see it.
  package var description: String
  package var x: Axis
  package var y: Axis
  package var series: [Series]
  /// The names of the lines that matter: if any is drawn, the other lines are thin and grey.
  package var emphasis: Set<String>

  package init(
    description: String, x: Axis, y: Axis, series: [Series], emphasis: Set<String> = []
  ) {
    (self.description, self.x, self.y) = (description, x, y)
    (self.series, self.emphasis) = (series, emphasis)
  }
}

/// A line.
package struct Series: Sendable {
  /// Whose line it is. The same name has the same colour and marker all over the page.
  package var name: String
  package var standing: Standing
  /// In the order of x.
  package var points: [Point]

  package init(_ name: String, _ standing: Standing, _ points: [Point]) {
    (self.name, self.standing, self.points) = (name, standing, points)
  }
}

/// A point of a line.
package struct Point: Sendable {
  package var x: Double
  package var y: Double
  /// How far `y` varied. Drawn as a band.
  package var spread: ClosedRange<Double>?
  /// Whether it gets a marker, or is only a bend of the line.
  package var isMarked: Bool

  package init(x: Double, y: Double, spread: ClosedRange<Double>? = nil, isMarked: Bool = true) {
    (self.x, self.y, self.spread, self.isMarked) = (x, y, spread, isMarked)
  }
}

/// A figure for each row: bars from zero on a linear axis, and dots on a logarithmic one, since a
/// bar's length means nothing without a zero.
package struct RowChart: Sendable {
  /// What is drawn, for those who can't see it.
  package var description: String
  /// The axis of the figures.
  package var axis: Axis
  /// The value that all are compared to, marked by a line.
  package var reference: Reference?
  /// The rows, under headings where there is more than one group.
  package var groups: [RowGroup]

  /// A marked value.
  package struct Reference: Sendable {
    package var value: Double
    package var label: String

    package init(_ value: Double, _ label: String) { (self.value, self.label) = (value, label) }
  }

  package init(
    description: String, axis: Axis, reference: Reference? = nil, groups: [RowGroup]
  ) {
    (self.description, self.axis) = (description, axis)
    (self.reference, self.groups) = (reference, groups)
  }
}

/// Rows that belong together, from top to bottom.
package struct RowGroup: Sendable {
  /// Empty where there is only one group.
  package var heading: String
  package var rows: [ChartRow]

  package init(_ heading: String, _ rows: [ChartRow]) {
    (self.heading, self.rows) = (heading, rows)
  }
}

/// A row of a chart.
package struct ChartRow: Sendable {
  /// Whose figure it is. The same name has the same colour all over the page.
  package var name: String
  package var standing: Standing
  package var value: Double
  /// How far it varied. Drawn as a whisker.
  package var spread: ClosedRange<Double>?
  /// What is written beside it in place of the value: where the value by itself would say too much.
  package var text: String?

  package init(
    _ name: String, _ standing: Standing, _ value: Double, spread: ClosedRange<Double>? = nil,
    text: String? = nil
  ) {
    (self.name, self.standing, self.value) = (name, standing, value)
    (self.spread, self.text) = (spread, text)
  }
}

package struct Axis: Sendable {
  /// What is measured along it, with the unit where the ticks don't say it.
  package var label: String
  /// How values become distances.
  package var scale: ScaleKind
  /// How values become text.
  package var format: ValueFormat
  /// Which way is better, where one is.
  package var better: Better?

  package enum Better: String, Sendable {
    /// To the right, or up.
    case more = "more is better"
    /// To the left, or down.
    case less = "less is better"
  }

  package init(
    _ label: String, scale: ScaleKind = .linear, format: ValueFormat = .number,
    better: Better? = nil
  ) {
    (self.label, self.scale, self.format, self.better) = (label, scale, format, better)
  }
}

/// How values become distances along an axis.
package enum ScaleKind: Sendable {
  /// In proportion, from zero.
  case linear
  /// Each doubling takes as much room, and so does each factor of ten.
  case log10
  /// For percentiles, in percent: each further nine takes as much room, and 100 is the maximum.
  case nines

  /// The ticks of an axis of what was chosen are the values, so that there is no other difference.
  package static let log2 = log10
}
