/// Draws a chart of rows: bars on a linear axis, dots on a logarithmic one.
struct RowDrawing {
  private let chart: RowChart
  private let groups: [RowGroup]
  private let palette: Palette
  private let canvas: Canvas
  private let axis: Scale
  private let nameWidth: Double
  private let top: Double

  private static let headingHeight = 32.0
  private static let thickness = 14.0
  private var rowHeight: Double { canvas.isNarrow ? 40 : 26 }
  private var isBar: Bool { axis.kind == .linear }

  init(_ chart: RowChart, _ palette: Palette, _ canvas: Canvas) {
    (self.chart, self.palette, self.canvas) = (chart, palette, canvas)
    groups = chart.groups.compactMap { group in
      var group = group
      group.rows.removeAll { !chart.axis.scale.accepts($0.value) }
      return group.rows.isEmpty ? nil : group
    }
    let rows = groups.flatMap(\.rows)
    let names = rows.map { TextMetrics.width($0.name, isBold: true) }.max() ?? 0
    let texts = rows.map { TextMetrics.width($0.text ?? chart.axis.format.text($0.value)) }
    nameWidth = canvas.isNarrow ? 0 : min(names, 330)
    top = chart.axis.titleHeight(canvas) + (chart.reference == nil ? 10 : 30)
    let reference = chart.reference.map { [$0.value] } ?? []
    axis = .round(
      chart.axis.scale, rows.flatMap { [$0.value] + $0.spread.bounds } + reference,
      start: canvas.isNarrow ? 14 : nameWidth + 22, end: canvas.width - (texts.max() ?? 0) - 24)
  }

  var svg: Markup {
    guard !groups.isEmpty else { return canvas.empty(chart.description) }
    var bottom = top
    var body: [Markup] = []
    for group in groups {
      if !group.heading.isEmpty {
        let place = Position(4, bottom + Self.headingHeight - 10)
        body.append(SVG.text(group.heading, at: place, .start, "axis"))
        bottom += Self.headingHeight
      }
      for row in group.rows {
        body.append(drawn(row, top: bottom))
        bottom += rowHeight
      }
    }
    return canvas.drawing(height: bottom + 34, chart.description) {
      chart.axis.title(more: "→", less: "←", canvas)
      canvas.ticks(
        axis.ticks(chart.axis.format), axis, chart.axis.format, from: top - 4, to: bottom + 6,
        isBase: { $0 == 0 && isBar })
      reference(to: bottom + 6)
      body
    }
  }

  /// Before the rows, whose texts so interrupt the line where it would strike through them.
  @MarkupBuilder private func reference(to bottom: Double) -> [Markup] {
    if let reference = chart.reference {
      let x = axis(reference.value)
      let center = canvas.inside(x, reference.label)
      SVG.line(Position(x, top - 10), Position(x, bottom), "reference-line")
      SVG.text(reference.label, at: Position(center, top - 15), .middle, "hint")
    }
  }

  private func drawn(_ row: ChartRow, top: Double) -> Markup {
    let style = palette.style(row.name, row.standing)
    let weight = Weight(row.standing)
    let middle = canvas.isNarrow ? top + 28 : top + rowHeight / 2
    let value = Position(axis(row.value), middle)
    let zero = isBar ? axis(0) : value.x
    let bounds = row.spread.bounds.map { axis($0) }
    let text = row.text ?? chart.axis.format.text(row.value)
    let end = max(zero, value.x, bounds.last ?? 0)
    return SVG.group(
      "series \(style.kind) \(weight.rawValue)",
      title: "\(row.name)\n\(chart.axis.tip(row.value, spread: row.spread))"
    ) {
      if canvas.isNarrow {
        let name = TextMetrics.fitted(row.name, width: canvas.width - 20)
        SVG.text(name, at: Position(14, top + 15), .start, "row")
      } else {
        let name = TextMetrics.fitted(row.name, width: nameWidth)
        SVG.text(name, at: Position(nameWidth + 6, middle + 4.5), .end, "row")
      }
      if isBar {
        SVG.path(
          [(zero, -0.5), (value.x, -0.5), (value.x, 0.5), (zero, 0.5)].map {
            Position($0, middle + $1 * Self.thickness)
          }, closed: true, "bar")
      } else {
        style.marker.drawn(at: value, size: weight.markerSize + 1)
      }
      if let low = bounds.first, let high = bounds.last {
        let kind = isBar ? "whisker over" : "whisker"
        SVG.line(Position(low, middle), Position(high, middle), kind)
        bounds.map { SVG.line(Position($0, middle - 4), Position($0, middle + 4), kind) }
      }
      SVG.text(text, at: Position(end + 9, middle + 4.5), .start, "value")
    }
  }
}

extension ClosedRange<Double>? {
  /// Its ends, of which there are two or none.
  var bounds: [Double] { map { [$0.lowerBound, $0.upperBound] } ?? [] }
}
