/// Draws a chart of lines.
struct LineDrawing {
  private let chart: LineChart
  private let series: [Series]
  private let palette: Palette
  private let canvas: Canvas
  private let x: Scale
  private let y: Scale
  private let xTicks: [Double]
  private let yTicks: [Double]
  private let height: Double

  private static let labelGap = 17.0
  private static let tickLength = 5.0

  init(_ chart: LineChart, _ palette: Palette, _ canvas: Canvas) {
    self.chart = chart
    self.palette = palette
    self.canvas = canvas
    // A point without a place on one of the axes leaves a gap in no line: it is just not there.
    series = chart.series.compactMap { series in
      var series = series
      series.points.removeAll { !chart.x.scale.accepts($0.x) || !chart.y.scale.accepts($0.y) }
      return series.points.isEmpty ? nil : series
    }
    let points = series.flatMap(\.points)
    height = canvas.isNarrow ? 320 : max(400, Double(series.count) * Self.labelGap + 120)
    let top = canvas.isNarrow && chart.y.better != nil ? 52.0 : 36.0
    let heights = points.flatMap {
      [$0.y] + ($0.spread.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    y = .round(chart.y.scale, heights, start: height - 58, end: top)
    yTicks = y.ticks(atMost: Scale.tickCount)
    let format = chart.y.format
    let tickWidth = yTicks.map { Self.width(format.tick($0), canvas) }.max() ?? 0
    let names = series.map { Self.width($0.name, canvas, bold: $0.standing == .ours) }.max() ?? 0
    x = .tight(
      chart.x.scale, points.map(\.x), start: tickWidth + 24,
      end: canvas.width - (canvas.isNarrow ? 22 : names + 40))
    xTicks = x.ticks(chart.x.format, size: canvas.textSize)
  }

  private static func width(_ text: String, _ canvas: Canvas, bold: Bool = false) -> Double {
    TextMetrics.width(text, size: canvas.textSize) * (bold ? 1.06 : 1)
  }

  var svg: Element {
    guard !series.isEmpty else { return empty }
    let drawn = series.filter { $0.standing != .ours } + series.filter { $0.standing == .ours }
    return SVG.drawing(
      width: canvas.width, height: height, kind: canvas.kind, label: chart.description,
      grid + titles + drawn.map(band) + drawn.map(line) + (canvas.isNarrow ? [] : labels))
  }

  private var empty: Element {
    let center = SVG.Position(x: canvas.width / 2, y: 40)
    return SVG.drawing(
      width: canvas.width, height: 80, kind: canvas.kind, label: chart.description,
      [SVG.text("nothing to draw", at: center, .middle, "tick")])
  }
}

// MARK: Axes

extension LineDrawing {
  private var grid: [Element] {
    let horizontal = yTicks.flatMap { value in
      let (left, right) = (at(x.start - 12, y(value)), at(x.end + 8, y(value)))
      let isZero = value == 0 && y.kind == .linear
      return [
        SVG.line(left, right, isZero ? "grid base" : "grid"),
        SVG.text(
          chart.y.format.tick(value), at: at(left.x - 6, left.y + 4.5), .end, "tick"),
      ]
    }
    let vertical = xTicks.flatMap { value in
      let text = chart.x.format.tick(value)
      return [
        SVG.line(at(x(value), y.start), at(x(value), y.start + Self.tickLength), "grid base"),
        SVG.text(
          text, at: at(canvas.inside(x(value), text), y.start + 20), .middle, "tick"),
      ]
    }
    return horizontal + vertical
  }

  private var titles: [Element] {
    let better = chart.y.better.map { $0 == .more ? "↑ \($0.rawValue)" : "↓ \($0.rawValue)" }
    var title = SVG.text(chart.y.label, at: at(4, 16), .start, "axis")
    let below = SVG.text(
      chart.x.label, at: at((x.start + x.end) / 2, height - 8), .middle, "axis")
    guard let better else { return [title, below] }
    guard !canvas.isNarrow else {
      return [title, SVG.text(better, at: at(4, 33), .start, "hint"), below]
    }
    // In the same line of text, since only the browser knows how long the title is.
    title.children.append(.element(Element("tspan", ["dx": "12", "class": "hint"], text: better)))
    return [title, below]
  }

  private func at(_ x: Double, _ y: Double) -> SVG.Position {
    SVG.Position(x: x, y: y)
  }
}

// MARK: Lines

extension LineDrawing {
  private func band(_ series: Series) -> Element {
    let points = series.points.filter { $0.spread != nil }
    let style = palette.style(series.name, series.standing)
    let upper = points.map { at(x($0.x), y($0.spread?.upperBound ?? $0.y)) }
    let lower = points.reversed().map { at(x($0.x), y($0.spread?.lowerBound ?? $0.y)) }
    guard points.count > 1 else {
      // A single point has no band, but it varied all the same.
      let whiskers = zip(upper, lower).map { SVG.line($0, $1, "whisker") }
      return SVG.group("\(style.kind) spread", whiskers)
    }
    return SVG.group("\(style.kind) spread", [SVG.polygon(upper + lower, "band")])
  }

  private func line(_ series: Series) -> Element {
    let style = palette.style(series.name, series.standing)
    let positions = series.points.map { at(x($0.x), y($0.y)) }
    let isOurs = series.standing == .ours
    let marked = zip(series.points, positions).filter { $0.0.isMarked }
    let marks = marked.map { point, position in
      SVG.group(
        "point", title: "\(series.name)\n\(tip(point))",
        [
          SVG.circle(position, radius: 10, "touch"),
          style.marker.drawn(at: position, size: isOurs ? 4.5 : 3.5),
        ])
    }
    let kind = isOurs ? "stroke ours" : "stroke"
    return SVG.group(
      "series \(style.kind)", title: series.name,
      [SVG.polyline(positions, "touch"), SVG.polyline(positions, kind, dash: style.dash)] + marks)
  }

  private func tip(_ point: Point) -> String {
    let spread = point.spread.map {
      " (\(chart.y.format.text($0.lowerBound)) to \(chart.y.format.text($0.upperBound)))"
    }
    return "\(chart.x.label): \(chart.x.format.tick(point.x))\n"
      + "\(chart.y.label): \(chart.y.format.text(point.y))\(spread ?? "")"
  }

  /// Names at the lines' ends, moved apart, with a thread to the end where one was moved far.
  private var labels: [Element] {
    let ends = series.map { series in
      series.points.last.map { at(x($0.x), y($0.y)) } ?? at(x.end, y.start)
    }
    let positions = spread(ends.map(\.y), gap: Self.labelGap, within: y.end...y.start)
    return zip(series, zip(ends, positions)).map { series, place in
      let (end, height) = place
      let style = palette.style(series.name, series.standing)
      let isOurs = series.standing == .ours
      let start = at(x.end + 30, height)
      return SVG.group(
        "label \(style.kind)",
        [
          SVG.line(at(end.x + 7, end.y), at(start.x - 4, start.y), "thread"),
          SVG.text(
            series.name, at: at(start.x, start.y + 4.5), .start, isOurs ? "name ours" : "name"),
        ])
    }
  }
}
