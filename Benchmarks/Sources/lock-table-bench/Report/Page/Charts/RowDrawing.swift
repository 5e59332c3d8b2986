// Draws a chart that has a row for each figure.

extension RowChart: Chart {
  var names: [(String, Standing)] { groups.flatMap(\.rows).map { ($0.name, $0.standing) } }

  func drawing(_ palette: Palette, _ canvas: Canvas) -> Markup {
    RowDrawing(self, palette, canvas).element
  }
}

/// Bars on a linear axis, dots on a logarithmic one.
private struct RowDrawing {
  private let chart: RowChart
  private let groups: [RowGroup]
  private let palette: Palette
  private let canvas: Canvas
  private let axis: Scale
  private let nameWidth: Double
  private let top: Double

  private var rowHeight: Double { canvas.isNarrow ? 40 : 26 }
  private var isBar: Bool { axis.kind == .linear }

  init(_ chart: RowChart, _ palette: Palette, _ canvas: Canvas) {
    (self.chart, self.palette, self.canvas) = (chart, palette, canvas)
    groups = chart.groups.compactMap { group in
      let rows = group.rows.filter { chart.axis.scale.accepts($0.value) }
      return rows.isEmpty ? nil : (group.heading, rows)
    }
    let rows = groups.flatMap(\.rows)
    let names = rows.map { TextMetrics.width($0.name, isBold: true) }.max() ?? 0
    let texts = rows.map { TextMetrics.width($0.text ?? chart.axis.format.text($0.value)) }
    nameWidth = canvas.isNarrow ? canvas.width - 20 : min(names, 330)
    top = chart.axis.titleHeight(canvas) + (chart.reference == nil ? 10 : 30)
    let values = rows.flatMap { [$0.value] + $0.spread.bounds }
    let reference = chart.reference.map { [$0.value] } ?? []
    axis = Scale(
      kind: chart.axis.scale, domain: chart.axis.scale.roundDomain(values + reference),
      start: canvas.isNarrow ? 14 : nameWidth + 22, end: canvas.width - (texts.max() ?? 0) - 24)
  }

  var element: Markup {
    guard !groups.isEmpty else { return canvas.empty(chart.description) }
    var bottom = top
    var rows: [Markup] = []
    for group in groups {
      if !group.heading.isEmpty {
        bottom += 32
        rows.append(SVG.text(group.heading, at: Position(4, bottom - 10), .start, "axis"))
      }
      for row in group.rows {
        rows.append(drawn(row, top: bottom))
        bottom += rowHeight
      }
    }
    let ticks = canvas.ticks(
      axis.ticks { axis.room(for: $0, chart.axis.format, gap: 14).count == $0.count }, axis,
      chart.axis.format, from: top - 4, to: bottom + 6, isBase: { $0 == 0 && isBar })
    return canvas.drawing(
      height: bottom + 34, chart.description,
      """
      \(chart.axis.title(more: "→", less: "←", canvas))\(ticks)\(reference(to: bottom + 6))
      \(rows)
      """)
  }

  /// Before the rows, whose texts so interrupt the line where it would strike through them.
  private func reference(to bottom: Double) -> Markup? {
    chart.reference.map { value, label in
      let x = axis(value)
      let line = SVG.line(Position(x, top - 10), Position(x, bottom), "reference-line")
      return "\(line)\(canvas.text(label, around: x, top - 15, "hint"))"
    }
  }

  private func drawn(_ row: ChartRow, top: Double) -> Markup {
    let style = palette[row.name]
    let weight = Weight(row.standing)
    let middle = canvas.isNarrow ? top + 28 : top + rowHeight / 2
    // Above the row where there is no room beside it.
    let place = canvas.isNarrow ? Position(14, top + 15) : Position(nameWidth + 6, middle + 4.5)
    let name = TextMetrics.fitted(row.name, width: nameWidth)
    let value = Position(axis(row.value), middle)
    let zero = isBar ? axis(0) : value.x
    let end = max(zero, value.x, row.spread.map { axis($0.upperBound) } ?? 0)
    let bar = [(zero, -7), (value.x, -7), (value.x, 7), (zero, 7)].map {
      Position($0, middle + $1)
    }
    let mark =
      isBar
      ? SVG.path(bar, closed: true, "bar")
      : style.marker.drawn(at: value, size: weight.markerSize + 1)
    let text = row.text ?? chart.axis.format.text(row.value)
    return SVG.group(
      "series \(style.kind) \(weight.rawValue)",
      title: "\(row.name)\n\(chart.axis.tip(row.value, spread: row.spread))",
      """
      \(SVG.text(name, at: place, canvas.isNarrow ? .start : .end, "row"))\
      \(mark)\(whisker(row.spread, middle))\
      \(SVG.text(text, at: Position(end + 9, middle + 4.5), .start, "value"))
      """)
  }

  private func whisker(_ spread: ClosedRange<Double>?, _ middle: Double) -> Markup? {
    spread.map { spread in
      let (low, high) = (axis(spread.lowerBound), axis(spread.upperBound))
      let turns = [(low, -4.0), (low, 4), (low, 0), (high, 0), (high, -4), (high, 4)]
      let kind = isBar ? "whisker over" : "whisker"
      return SVG.path(turns.map { Position($0, middle + $1) }, kind)
    }
  }
}

extension ClosedRange<Double>? {
  /// Its ends, of which there are two or none.
  var bounds: [Double] { map { [$0.lowerBound, $0.upperBound] } ?? [] }
}
