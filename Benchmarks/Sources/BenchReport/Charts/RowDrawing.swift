/// Draws a chart of rows: bars on a linear axis, dots on a logarithmic one.
struct RowDrawing {
  private let chart: RowChart
  private let groups: [RowGroup]
  private let palette: Palette
  private let canvas: Canvas
  private let axis: Scale
  private let ticks: [Double]
  private let labelWidth: Double

  private static let headingHeight = 32.0
  private static let thickness = 14.0
  private var rowHeight: Double { canvas.isNarrow ? 40 : 26 }
  private var top: Double { (chart.reference == nil ? 34 : 54) + (isHintBelow ? 17 : 0) }

  init(_ chart: RowChart, _ palette: Palette, _ canvas: Canvas) {
    self.chart = chart
    self.palette = palette
    self.canvas = canvas
    groups = chart.groups.compactMap { group in
      var group = group
      group.rows.removeAll { !chart.axis.scale.accepts($0.value) }
      return group.rows.isEmpty ? nil : group
    }
    let rows = groups.flatMap(\.rows)
    let format = chart.axis.format
    let names = rows.map { TextMetrics.width($0.name, size: canvas.textSize) * 1.06 }.max() ?? 0
    let values = rows.map { TextMetrics.width($0.text ?? format.text($0.value), size: 13) }
    labelWidth = canvas.isNarrow ? 0 : min(names, 330)
    let start = canvas.isNarrow ? 14 : labelWidth + 22
    let all = rows.flatMap {
      [$0.value] + ($0.spread.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    axis = .round(
      chart.axis.scale, all + (chart.reference.map { [$0.value] } ?? []), start: start,
      end: canvas.width - (values.max() ?? 0) - 24)
    ticks = axis.ticks(format, size: canvas.textSize)
  }

  private var isBar: Bool { axis.kind == .linear }

  var svg: Element {
    var y = top
    var body: [Element] = []
    for group in groups {
      if !group.heading.isEmpty {
        let place = SVG.Position(x: 4, y: y + Self.headingHeight - 10)
        body.append(SVG.text(group.heading, at: place, .start, "axis"))
        y += Self.headingHeight
      }
      for row in group.rows {
        body.append(drawn(row, top: y))
        y += rowHeight
      }
    }
    let bottom = y + 6
    return SVG.drawing(
      width: canvas.width, height: bottom + 28, kind: canvas.kind, label: chart.description,
      title + grid(to: bottom) + reference(to: bottom) + body)
  }
}

extension RowDrawing {
  private var title: [Element] {
    let text = SVG.text(chart.axis.label, at: SVG.Position(x: 4, y: 16), .start, "axis")
    guard let hint else { return [text] }
    return isHintBelow
      ? [text, SVG.text(hint, at: SVG.Position(x: 4, y: 33), .start, "hint")]
      : [text, SVG.text(hint, at: SVG.Position(x: canvas.width - 4, y: 16), .end, "hint")]
  }

  private var hint: String? {
    chart.axis.better.map { $0 == .more ? "\($0.rawValue) →" : "← \($0.rawValue)" }
  }

  /// Where there is no room for it beside the title.
  private var isHintBelow: Bool {
    hint.map { TextMetrics.width(chart.axis.label + $0, size: 14) + 30 > canvas.width } ?? false
  }

  private func grid(to bottom: Double) -> [Element] {
    ticks.flatMap { value in
      let x = axis(value)
      let isZero = value == 0 && isBar
      let text = chart.axis.format.tick(value)
      return [
        SVG.line(
          SVG.Position(x: x, y: top - 4), SVG.Position(x: x, y: bottom),
          isZero ? "grid base" : "grid"),
        SVG.text(
          text, at: SVG.Position(x: canvas.inside(x, text), y: bottom + 18), .middle, "tick"),
      ]
    }
  }

  private func reference(to bottom: Double) -> [Element] {
    guard let reference = chart.reference else { return [] }
    let x = axis(reference.value)
    let center = canvas.inside(x, reference.label)
    return [
      SVG.line(SVG.Position(x: x, y: top - 10), SVG.Position(x: x, y: bottom), "reference-line"),
      SVG.text(reference.label, at: SVG.Position(x: center, y: top - 15), .middle, "hint"),
    ]
  }

  private func drawn(_ row: ChartRow, top: Double) -> Element {
    let style = palette.style(row.name, row.standing)
    let middle = canvas.isNarrow ? top + 28 : top + rowHeight / 2
    let value = SVG.Position(x: axis(row.value), y: middle)
    let zero = isBar ? axis(min(max(0, axis.domain.lowerBound), axis.domain.upperBound)) : value.x
    let mark =
      isBar
      ? SVG.rectangle(
        x: min(zero, value.x), y: middle - Self.thickness / 2, width: abs(value.x - zero),
        height: Self.thickness, "bar")
      : style.marker.drawn(at: value, size: row.standing == .ours ? 5.5 : 4.5)
    let end = max(zero, value.x, row.spread.map { axis($0.upperBound) } ?? 0)
    let text = row.text ?? chart.axis.format.text(row.value)
    let kind = row.standing == .ours ? "series \(style.kind)" : "series rest \(style.kind)"
    return SVG.group(
      kind, title: "\(row.name)\n\(tip(row))",
      [name(row, top: top, middle: middle)] + [mark] + whisker(row, middle) + [
        SVG.text(text, at: SVG.Position(x: end + 9, y: middle + 4.5), .start, "value")
      ])
  }

  private func name(_ row: ChartRow, top: Double, middle: Double) -> Element {
    let limit = canvas.isNarrow ? canvas.width - 12 : labelWidth
    let text = TextMetrics.fitted(row.name, width: limit, size: canvas.textSize)
    let kind = row.standing == .ours ? "row ours" : "row"
    return canvas.isNarrow
      ? SVG.text(text, at: SVG.Position(x: 14, y: top + 15), .start, kind)
      : SVG.text(text, at: SVG.Position(x: labelWidth + 6, y: middle + 4.5), .end, kind)
  }

  private func whisker(_ row: ChartRow, _ middle: Double) -> [Element] {
    guard let spread = row.spread else { return [] }
    let (low, high) = (axis(spread.lowerBound), axis(spread.upperBound))
    func stroke(_ from: (Double, Double), _ to: (Double, Double)) -> Element {
      SVG.line(
        SVG.Position(x: from.0, y: middle + from.1), SVG.Position(x: to.0, y: middle + to.1),
        isBar ? "whisker over" : "whisker")
    }
    return [
      stroke((low, 0), (high, 0)), stroke((low, -4), (low, 4)), stroke((high, -4), (high, 4)),
    ]
  }

  private func tip(_ row: ChartRow) -> String {
    let format = chart.axis.format
    let spread = row.spread.map {
      " (\(format.text($0.lowerBound)) to \(format.text($0.upperBound)))"
    }
    return "\(chart.axis.label): \(format.text(row.value))\(spread ?? "")"
  }
}
