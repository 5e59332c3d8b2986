// Draws a chart of lines over an axis of numbers, with their names at their ends.

extension LineChart: Chart {
  var names: [(String, Standing)] { series.map { ($0.name, $0.standing) } }

  func drawing(_ palette: Palette, _ canvas: Canvas) -> Markup {
    LineDrawing(self, palette, canvas).element
  }
}

private struct LineDrawing {
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
    y = Scale(
      kind: chart.y.scale,
      domain: chart.y.scale.roundDomain(points.flatMap { [$0.y] + $0.spread.bounds }),
      start: height - 58, end: chart.y.titleHeight(canvas) + 12)
    yTicks = y.ticks { $0.count <= Ticks.count }
    let tickWidth = yTicks.map { TextMetrics.width(chart.y.format.tick($0)) }.max() ?? 0
    let names = series.map { TextMetrics.width($0.name, isBold: true) }.max() ?? 0
    x = Scale(
      kind: chart.x.scale, domain: chart.x.scale.tightDomain(points.map(\.x)),
      start: tickWidth + 24, end: canvas.width - (canvas.isNarrow ? 22 : names + 40))
  }

  var element: Markup {
    guard !series.isEmpty else { return canvas.empty(chart.description) }
    // What matters is drawn last, above the rest.
    let drawn = Weight.allCases.flatMap { weight in series.filter { self.weight($0) == weight } }
    let svg = canvas.drawing(
      height: height, chart.description,
      """
      \(grid)\(chart.y.title(more: "↑", less: "↓", canvas))
      \(drawn.map(band))\(drawn.map(line))\(canvas.isNarrow ? [] : labels)
      """)
    return canvas.isNarrow ? "\(svg)\(legend)" : svg
  }

  private func position(_ point: Point) -> Position { Position(x(point.x), y(point.y)) }

  private func weight(_ series: Series) -> Weight {
    guard self.series.contains(where: { chart.emphasis.contains($0.name) }) else {
      return Weight(series.standing)
    }
    return chart.emphasis.contains(series.name) ? .strong : .faint
  }

  private func classes(_ series: Series, _ kind: String) -> String {
    "\(kind) \(palette[series.name].kind) \(weight(series).rawValue)"
  }

  private var grid: [Markup] {
    let rows = yTicks.flatMap { value in
      let (left, right) = (Position(x.start - 12, y(value)), Position(x.end + 8, y(value)))
      let text = Position(left.x - 6, left.y + 4.5)
      return [
        SVG.line(left, right, value == 0 && y.kind == .linear ? "grid base" : "grid"),
        SVG.text(chart.y.format.tick(value), at: text, .end, "tick"),
      ]
    }
    let chosen = series.flatMap(\.points).filter(\.isMarked).map(\.x)
    let title = Position((x.start + x.end) / 2, height - 8)
    return rows
      + canvas.ticks(
        x.room(for: chosen, chart.x.format), x, chart.x.format, from: y.start, to: y.start + 5,
        isBase: { _ in true })
      + [SVG.text(chart.x.label, at: title, .middle, "axis")]
  }

  private func band(_ series: Series) -> Markup {
    let ends = series.points.filter { $0.spread != nil }.map { point in
      point.spread.bounds.map { Position(x(point.x), y($0)) }
    }
    // A single point has no band, but it varied all the same.
    let shapes =
      ends.count > 1
      ? [SVG.path(ends.map { $0[1] } + ends.reversed().map { $0[0] }, closed: true, "band")]
      : ends.map { SVG.path($0, "whisker") }
    return SVG.group(classes(series, "spread"), "\(shapes)")
  }

  private func line(_ series: Series) -> Markup {
    let style = palette[series.name]
    let positions = series.points.map(position)
    let points = series.points.filter(\.isMarked).map { point in
      let x = "\(chart.x.label): \(chart.x.format.tick(point.x))"
      let marker = style.marker.drawn(at: position(point), size: weight(series).markerSize)
      return SVG.group(
        "point", title: "\(series.name)\n\(x)\n\(chart.y.tip(point.y, spread: point.spread))",
        "\(SVG.circle(position(point), radius: 10, "touch"))\(marker)")
    }
    return SVG.group(
      classes(series, "series"), title: series.name,
      """
      \(SVG.path(positions, "touch"))\(SVG.path(positions, dash: style.dash, "stroke"))
      \(points)
      """)
  }

  /// Names at the lines' ends, moved apart, with a thread to the end where one was moved far.
  private var labels: [Markup] {
    let ends = series.map { $0.points.last.map(position) ?? Position(x.end, y.start) }
    let heights = spread(ends.map(\.y), gap: Self.labelGap, within: y.end...y.start)
    return zip(series, zip(ends, heights)).map { series, place in
      let (end, height) = place
      let thread = SVG.line(Position(end.x + 7, end.y), Position(x.end + 26, height), "thread")
      let name = SVG.text(series.name, at: Position(x.end + 30, height + 4.5), .start, "name")
      return SVG.group(classes(series, "label"), "\(thread)\(name)")
    }
  }

  /// Below the narrow drawing, which has no room for names beside the lines.
  private var legend: Markup {
    let items = series.map { series -> Markup in
      let style = palette[series.name]
      let stroke = SVG.path([Position(0, 8), Position(36, 8)], dash: style.dash, "stroke")
      let marker = style.marker.drawn(at: Position(18, 8), size: weight(series).markerSize)
      return """
        <li class="\(weight(series).rawValue)">\
        <svg xmlns="http://www.w3.org/2000/svg" class="\(classes(series, "sample"))" \
        aria-hidden="true" viewBox="0 0 36 16">\(stroke)\(marker)</svg>\
        <span>\(series.name)</span></li>

        """
    }
    return #"<ul class="legend narrow">\#(items)</ul>"#
  }
}
