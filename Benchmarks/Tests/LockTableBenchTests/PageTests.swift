import Foundation
import Testing

@testable import lock_table_bench

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct PageTests {
  private let html = Sample.page.html
  private let outline = Outline(of: Sample.page.html)
  private let charts = Sample.page.sections.flatMap(\.exhibits).compactMap(\.chart)

  private var drawings: [String] {
    html.components(separatedBy: "<svg").dropFirst().compactMap { text in
      text.range(of: "</svg>").map { "<svg" + text[..<$0.upperBound] }
    }
  }

  @Test func thePageIsWellFormed() {
    #expect(outline.error == nil)
    #expect(outline.count("section") == Sample.page.sections.count + 1)
    #expect(outline.count("h1") == 1)
    #expect(outline.count("figcaption") > 0)
  }

  @Test(arguments: ["chart wide", "chart narrow"])
  func everyChartIsDrawnForWideAndNarrowScreens(kind: String) {
    #expect(outline.attributes("svg", "class").count { $0 == kind } == charts.count)
  }

  @Test func everySVGStandsByItselfAndSaysWhatItShows() {
    #expect(!drawings.isEmpty)
    for drawing in drawings {
      #expect(Outline(of: drawing).error == nil)
      #expect(drawing.contains("role=\"img\" aria-label=\"") || drawing.contains("aria-hidden"))
      #expect(!drawing.contains("\"nan") && !drawing.contains("\"inf"))
    }
  }

  @Test func itNeedsNoNetworkAndNoScript() {
    for name in ["script", "link", "img", "iframe", "image", "object"] {
      #expect(outline.count(name) == 0)
    }
    #expect(!html.contains("url(") && !html.contains("@import"))
    #expect(outline.attributes("a", "href").allSatisfy { $0.hasPrefix("#") })
  }

  @Test(arguments: [
    // A key figure shows the row that it is compared with.
    "<div class=\"beside\">slow: 30.0 ns; LockTable: 10.0 ns</div>",
    "dictionary &amp; no lock<strong class=\"badge\">FAILS: 1 204 violations</strong>",
    // All raw lines are there, and escaped.
    "Raw numbers: 200 lines of JSON",
    "{&quot;kind&quot;:&quot;row&quot;,&quot;name&quot;:&quot;LockTable &lt;0&gt;",
  ])
  func thePageContains(text: String) { #expect(html.contains(text)) }

  @Test func aRowThatFailsIsDrawnNowhere() {
    #expect(!drawings.contains { $0.contains("dictionary &amp; no lock") })
  }

  @Test func aNameLooksTheSameInAllCharts() {
    let palette = Palette(charts)
    let (ours, other) = (palette["LockTable"], palette["LockTable, .fifo"])
    #expect(ours.kind == "ours-0")
    #expect(other.kind != ours.kind && other.marker != ours.marker && other.dash != ours.dash)
  }
}

struct TableTests {
  private func html(rows: Int, chart: Bool = true, failure: String? = nil) -> String {
    var name = RowName("row")
    name.failure = failure
    return Exhibit(
      title: "", chart: chart ? bar(value: 1) : nil, header: ["time"],
      rows: (0..<rows).map { _ in (name, ["18.4 ns (17.9 – 19.2)"]) }
    ).element(Palette([])).source
  }

  /// Sooner below a chart, and not with a row that fails.
  @Test(arguments: [
    (10, true, nil, 1), (3, true, nil, 0), (10, false, nil, 0), (40, false, nil, 1),
    (40, true, "FAILS", 0),
  ])
  func aLongTableIsFolded(rows: Int, chart: Bool, failure: String?, folded: Int) {
    let html = html(rows: rows, chart: chart, failure: failure)
    let folds = Outline(of: html).attributes("details", "class")
    #expect(folds == Array(repeating: "fold", count: folded))
    #expect(html.contains("<summary>Table of \(rows) rows</summary>") == (folded == 1))
  }

  @Test func foldedTablesArePrinted() throws {
    let print = try #require(Stylesheet.text.source.components(separatedBy: "@media print").last)
    #expect(print.contains(".fold::details-content{display:block;content-visibility:visible}"))
  }

  @Test func tablesCanBeScrolledByKeyboard() {
    let outline = Outline(of: html(rows: 2))
    #expect(outline.attributes("div", "tabindex") == ["0"])
    #expect(outline.attributes("div", "role") == ["region"])
  }

  @Test func aTableWithoutColumnsIsLeftOut() {
    let html = Exhibit(title: "").element(Palette([])).source
    #expect(Outline(of: html).error == nil && Outline(of: html).count("table") == 0)
  }

  @Test func aFiguresSpreadIsSetApart() {
    let cell = "<td>18.4 ns<span class=\"spread\"> (17.9 – 19.2)</span></td>"
    #expect(html(rows: 1).contains(cell))
  }
}

struct ChartTests {
  private static let faint = [
    "series peer-0 faint", "series ours-0 strong", "series peer-1 strong",
    "strong", "faint", "strong",
  ]
  private static let plain = [
    "series peer-0 plain", "series peer-1 plain", "series ours-0 strong",
    "strong", "plain", "plain",
  ]

  /// The classes of the lines in the order in which they are drawn, and of the legend.
  @Test(arguments: [(["ours", "b"], faint), ([], plain), (["not drawn"], plain)])
  func linesThatMatterAreAboveTheFaintOthers(emphasis: [String], classes: [String]) {
    let series = ["ours", "a", "b"].map { name in
      Series(
        name: name, standing: name == "ours" ? .ours : .peer,
        points: [Point(x: 1, y: 1), Point(x: 2, y: 3)])
    }
    let outline = Outline(of: html(lines(series, emphasis: Set(emphasis))))
    let drawn = outline.attributes("g", "class").filter { $0.hasPrefix("series") }
    #expect(drawn.prefix(3) + outline.attributes("li", "class") == classes)
  }

  /// A text's border covers what was drawn before it.
  @Test(arguments: ["row", "value"]) func textsInterruptTheReferenceLine(kind: String) throws {
    let (html, style) = (html(bar(value: 0.5)), Stylesheet.text.source)
    let line = try #require(html.range(of: "class=\"reference-line\""))
    let text = try #require(html.range(of: "class=\"\(kind)\""))
    #expect(line.upperBound < text.lowerBound)
    let border = try #require(style.range(of: "svg .\(kind),"))
    #expect(style[border.upperBound...].prefix(60).contains("paint-order:stroke"))
  }

  @Test(arguments: [ScaleKind.linear, .log10, .nines])
  func chartsOfNothingOrNearlyNothingAreWellFormed(scale: ScaleKind) {
    let values: [[Double]] = [
      [], [0], [5], [5, 5], [.nan], [.infinity, 3], [-1, 100], [1e-9, 1e12],
    ]
    for values in values {
      let points = values.map { Point(x: $0, y: $0, spread: -1...max(0, $0.isFinite ? $0 : 0)) }
      let rows = points.map { ChartRow(name: "row", value: $0.y, spread: $0.spread) }
      let line = Series(name: "line", standing: .ours, points: points)
      let charts: [any Chart] = [
        lines([line], x: scale, y: scale),
        RowChart(
          description: "", axis: Axis("x", scale: scale), reference: (1, "one"),
          groups: [("", rows)]),
      ]
      for html in charts.map(html) {
        #expect(Outline(of: html).error == nil)
        #expect(!html.contains("\"nan") && !html.contains("\"inf"))
        #expect(html.contains("nothing to draw") == !values.contains(where: scale.accepts))
      }
    }
  }

  @Test func linesWithoutPointsAreLeftOut() {
    let drawn = Series(name: "drawn", standing: .ours, points: [Point(x: 1, y: 1)])
    let zero = Series(name: "zero", standing: .peer, points: [Point(x: 1, y: 0)])
    let html = html(lines([drawn, zero], y: .log10))
    #expect(html.contains("<title>drawn") && !html.contains("<title>zero"))
  }

  private func html(_ chart: any Chart) -> String {
    Exhibit(title: "", chart: chart).element(Palette([chart])).source
  }

  private func lines(
    _ series: [Series], x: ScaleKind = .linear, y: ScaleKind = .linear, emphasis: Set<String> = []
  ) -> LineChart {
    LineChart(
      description: "", x: Axis("x", scale: x), y: Axis("y", scale: y), series: series,
      emphasis: emphasis)
  }
}

private func bar(value: Double) -> RowChart {
  RowChart(
    description: "", axis: Axis("x"), reference: (1, "one"),
    groups: [("", [ChartRow(name: "a", value: value)])])
}

/// The elements of a document, as an XML parser reads it.
private final class Outline: NSObject, XMLParserDelegate {
  private var elements: [(name: String, attributes: [String: String])] = []
  private(set) var error: (any Error)?

  init(of text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() { error = parser.parserError }
  }

  func count(_ name: String) -> Int { elements.count { $0.name == name } }

  func attributes(_ element: String, _ attribute: String) -> [String] {
    elements.filter { $0.name == element }.compactMap { $0.attributes[attribute] }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements.append((name, attributes))
  }
}
