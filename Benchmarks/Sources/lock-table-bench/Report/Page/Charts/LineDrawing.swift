/// Draws a chart of lines.
struct LineDrawing {
  private let chart: LineChart
  private let series: [Series]
  private let palette: Palette
  private let canvas: Canvas
  private let height: Double
  private let x: Scale
  private let y: Scale
  private let yTicks: [Double]

  private static let labelGap = 17.0

  init(_ chart: LineChart, _ palette: Palette, _ canvas: Canvas) {
    (self.chart, self.palette, self.canvas) = (chart, palette, canvas)
    // A point without a place on one of the axes leaves a gap in no line: it is just not there.
    series = chart.series.compactMap { series in
      var series = series
      series.points.removeAll { !chart.x.scale.accepts($0.x) || !chart.y.scale.accepts($0.y) }
      return series.points.isEmpty ? nil : series
    }
    let points = series.flatMap(\.points)
    height = canvas.isNarrow ? 320 : max(400, Double(series.count) * Self.labelGap + 120)
    y = .round(
      chart.y.scale, points.flatMap { [$0.y] + $0.spread.bounds }, start: height - 58,
      end: chart.y.titleHeight(canvas) + 12)
    yTicks = y.ticks { $0.count <= Scale.tickCount }
    let tickWidth = yTicks.map { TextMetrics.width(chart.y.format.tick($0)) }.max() ?? 0
    let names = series.map { TextMetrics.width($0.name, isBold: true) }.max() ?? 0
    x = .tight(
      chart.x.scale, points.map(\.x), start: tickWidth + 24,
      end: canvas.width - (canvas.isNarrow ? 22 : names + 40))
  }

  var svg: Markup {
    guard !series.isEmpty else { return canvas.empty(chart.description) }
    // What matters is drawn last, above the rest.
    let weights: [Weight] = [.faint, .plain, .strong]
    let drawn = weights.flatMap { weight in series.filter { chart.weight($0) == weight } }
    return canvas.drawing(height: height, chart.description) {
      grid
      chart.y.title(more: "↑", less: "↓", canvas)
      drawn.map(band)
      drawn.map(line)
      if !canvas.isNarrow { labels }
    }
  }

  private func position(_ point: Point) -> Position { Position(x(point.x), y(point.y)) }

  @MarkupBuilder private var grid: [Markup] {
    for value in yTicks {
      let (left, right) = (Position(x.start - 12, y(value)), Position(x.end + 8, y(value)))
      SVG.line(left, right, value == 0 && y.kind == .linear ? "grid base" : "grid")
      SVG.text(
        chart.y.format.tick(value), at: Position(left.x - 6, left.y + 4.5), .end, "tick")
    }
    let chosen = series.flatMap(\.points).filter(\.isMarked).map(\.x)
    canvas.ticks(
      x.room(for: chosen, chart.x.format), x, chart.x.format, from: y.start, to: y.start + 5,
      isBase: { _ in true })
    SVG.text(
      chart.x.label, at: Position((x.start + x.end) / 2, height - 8), .middle, "axis")
  }

  private func band(_ series: Series) -> Markup {
    let points = series.points.filter { $0.spread != nil }
    let ends = points.map { point in
      point.spread.bounds.map { Position(x(point.x), y($0)) }
    }
    return SVG.group(chart.classes(series, palette, "spread")) {
      if ends.count > 1 {
        SVG.path(ends.map { $0[1] } + ends.reversed().map { $0[0] }, closed: true, "band")
      } else {
        // A single point has no band, but it varied all the same.
        ends.map { SVG.path($0, "whisker") }
      }
    }
  }

  private func line(_ series: Series) -> Markup {
    let style = palette.style(series.name, series.standing)
    let positions = series.points.map(position)
    return SVG.group(chart.classes(series, palette, "series"), title: series.name) {
      SVG.path(positions, "touch")
      SVG.path(positions, dash: style.dash, "stroke")
      for point in series.points where point.isMarked {
        let x = "\(chart.x.label): \(chart.x.format.tick(point.x))"
        SVG.group(
          "point", title: "\(series.name)\n\(x)\n\(chart.y.tip(point.y, spread: point.spread))"
        ) {
          SVG.circle(position(point), radius: 10, "touch")
          style.marker.drawn(at: position(point), size: chart.weight(series).markerSize)
        }
      }
    }
  }

  /// Names at the lines' ends, moved apart, with a thread to the end where one was moved far.
  @MarkupBuilder private var labels: [Markup] {
    let ends = series.map { $0.points.last.map(position) ?? Position(x.end, y.start) }
    let heights = spread(ends.map(\.y), gap: Self.labelGap, within: y.end...y.start)
    for (series, (end, height)) in zip(series, zip(ends, heights)) {
      SVG.group(chart.classes(series, palette, "label")) {
        SVG.line(Position(end.x + 7, end.y), Position(x.end + 26, height), "thread")
        SVG.text(series.name, at: Position(x.end + 30, height + 4.5), .start, "name")
      }
    }
  }
}

extension LineChart {
  fileprivate func weight(_ series: Series) -> Weight {
    guard self.series.contains(where: { emphasis.contains($0.name) }) else {
      return Weight(series.standing)
    }
    return emphasis.contains(series.name) ? .strong : .faint
  }

  fileprivate func classes(_ series: Series, _ palette: Palette, _ kind: String) -> String {
    "\(kind) \(palette.style(series.name, series.standing).kind) \(weight(series).rawValue)"
  }

  /// Below the narrow drawing, which has no room for names beside the lines.
  func legend(_ palette: Palette) -> Markup {
    Markup("ul", ["class": "legend narrow"]) {
      for series in series where !series.points.isEmpty {
        let style = palette.style(series.name, series.standing)
        Markup("li", ["class": weight(series).rawValue]) {
          SVG.drawing(width: 36, height: 16, classes(series, palette, "sample"), label: nil) {
            SVG.path([Position(0, 8), Position(36, 8)], dash: style.dash, "stroke")
            style.marker.drawn(at: Position(18, 8), size: weight(series).markerSize)
          }
          Markup("span", text: series.name)
        }
      }
    }
  }
}
