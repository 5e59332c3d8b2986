import Foundation
import Testing

@testable import lock_table_bench

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct PageTests {
  private let html = Sample.page.html
  private let charts = Sample.page.sections.flatMap(\.exhibits).compactMap(\.chart)

  private var drawings: [String] {
    html.components(separatedBy: "<svg").dropFirst().compactMap { text in
      text.range(of: "</svg>").map { "<svg" + text[..<$0.upperBound] }
    }
  }

  @Test func thePageIsWellFormed() {
    let outline = Outline(of: html)
    #expect(outline.error == nil)
    #expect(outline.count("section") == Sample.page.sections.count + 1)
    #expect(outline.count("h1") == 1)
    #expect(outline.count("figcaption") > 0)
  }

  @Test func everyChartIsDrawnForWideAndNarrowScreens() {
    let kinds = Outline(of: html).attributes("svg", "class")
    #expect(kinds.count { $0 == "chart wide" } == charts.count)
    #expect(kinds.count { $0 == "chart narrow" } == charts.count)
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
    let outline = Outline(of: html)
    for name in ["script", "link", "img", "iframe", "image", "object"] {
      #expect(outline.count(name) == 0)
    }
    #expect(!html.contains("url(") && !html.contains("@import"))
    #expect(outline.attributes("a", "href").allSatisfy { $0.hasPrefix("#") })
  }

  @Test func aKeyFigureShowsTheRowThatItIsComparedWith() {
    #expect(html.contains("<div class=\"beside\">slow: 30.0 ns; LockTable: 10.0 ns</div>"))
  }

  @Test func aRowThatFailsIsInTheTablesOnly() {
    let name = Markup.escape(Sample.failing)
    #expect(html.contains("\(name)<strong class=\"badge\">FAILS: 1 204 violations</strong>"))
    #expect(!drawings.contains { $0.contains(name) })
  }

  @Test func rawLinesAreAllThereAndEscaped() {
    #expect(html.contains("Raw numbers: 200 lines of JSON"))
    #expect(
      html.contains("{&quot;kind&quot;:&quot;row&quot;,&quot;name&quot;:&quot;LockTable &lt;0&gt;"))
  }

  @Test func aNameLooksTheSameInAllCharts() {
    let palette = Palette(charts)
    let ours = palette.style("LockTable", .ours)
    let other = palette.style("LockTable, .fifo", .ours)
    #expect(ours.kind == "ours-0")
    #expect(other.kind != ours.kind && other.marker != ours.marker && other.dash != ours.dash)
  }
}

struct TableTests {
  private func html(rows: Int, chart: Bool = true, failure: String? = nil) -> String {
    let rows = (0..<rows).map {
      TableRow(cells: ["row \($0)", "18.4 ns (17.9 – 19.2)"], failure: failure)
    }
    let bars = RowChart(
      description: "", axis: Axis("x"),
      groups: [RowGroup("", [ChartRow(name: "a", standing: .peer, value: 1)])])
    return page(chart ? .rows(bars) : nil, Table(header: ["", "time"], rows: rows))
  }

  private func foldedTables(_ html: String) -> Int {
    Outline(of: html).attributes("details", "class").count { $0 == "fold" }
  }

  @Test func aLongTableIsFoldedAndSoonerBelowAChart() {
    #expect(foldedTables(html(rows: 10)) == 1)
    #expect(html(rows: 10).contains("<summary>Table of 10 rows</summary>"))
    #expect(foldedTables(html(rows: 3)) == 0)
    #expect(foldedTables(html(rows: 10, chart: false)) == 0)
    #expect(foldedTables(html(rows: 40, chart: false)) == 1)
  }

  @Test func aTableWithARowThatFailsIsNotFolded() {
    #expect(foldedTables(html(rows: 40, failure: "FAILS")) == 0)
  }

  @Test func foldedTablesArePrinted() throws {
    let print = try #require(Stylesheet.text.components(separatedBy: "@media print").last)
    #expect(print.contains(".fold::details-content{display:block;content-visibility:visible}"))
  }

  @Test func tablesCanBeScrolledByKeyboard() {
    let outline = Outline(of: html(rows: 2))
    #expect(outline.attributes("div", "tabindex") == ["0"])
    #expect(outline.attributes("div", "role") == ["region"])
  }

  @Test func aTableWithoutColumnsIsLeftOut() {
    #expect(Outline(of: page(nil, Table(header: [], rows: []))).count("table") == 0)
  }

  @Test func aFiguresSpreadIsSetApart() {
    let cell = "<td>18.4 ns<span class=\"spread\"> (17.9 – 19.2)</span></td>"
    #expect(html(rows: 1).contains(cell))
  }
}

struct ChartTests {
  private func html(_ chart: Chart) -> String { page(chart, Table(header: [], rows: [])) }

  /// The classes of the lines in the order in which they are drawn, and of the legend.
  private func lines(emphasis: Set<String>) -> [String] {
    let series = ["ours", "a", "b"].map { name in
      Series(
        name: name, standing: name == "ours" ? .ours : .peer,
        points: [Point(x: 1, y: 1), Point(x: 2, y: 3)])
    }
    let chart = LineChart(
      description: "", x: Axis("x"), y: Axis("y"), series: series, emphasis: emphasis)
    let outline = Outline(of: html(.lines(chart)))
    let drawn = outline.attributes("g", "class").filter { $0.hasPrefix("series") }
    return drawn.prefix(3) + outline.attributes("li", "class")
  }

  @Test func theLinesThatMatterAreStrongAndAboveTheOthersWhichAreFaint() {
    #expect(
      lines(emphasis: ["ours", "b"]) == [
        "series peer-0 faint", "series ours-0 strong", "series peer-1 strong",
        "strong", "faint", "strong",
      ])
  }

  @Test(arguments: [[], ["not drawn"]])
  func whereNoneMattersOurOwnAreStrong(emphasis: [String]) {
    #expect(
      lines(emphasis: Set(emphasis)) == [
        "series peer-0 plain", "series peer-1 plain", "series ours-0 strong",
        "strong", "plain", "plain",
      ])
  }

  /// A text's border covers what was drawn before it.
  @Test func textsInterruptTheReferenceLine() throws {
    let chart = RowChart(
      description: "", axis: Axis("x"), reference: (1, "one"),
      groups: [RowGroup("", [ChartRow(name: "a", standing: .peer, value: 0.5)])])
    let html = html(.rows(chart))
    let line = try #require(html.range(of: "class=\"reference-line\""))
    for kind in ["row", "value"] {
      let text = try #require(html.range(of: "class=\"\(kind)\""))
      #expect(line.upperBound < text.lowerBound)
      let border = try #require(Stylesheet.text.range(of: "svg .\(kind),"))
      #expect(Stylesheet.text[border.upperBound...].prefix(60).contains("paint-order:stroke"))
    }
  }

  @Test(arguments: [ScaleKind.linear, .log10, .nines])
  func chartsOfNothingOrNearlyNothingAreWellFormed(scale: ScaleKind) {
    let values: [[Double]] = [
      [], [0], [5], [5, 5], [.nan], [.infinity, 3], [-1, 100], [1e-9, 1e12],
    ]
    for values in values {
      let points = values.map { Point(x: $0, y: $0, spread: -1...max(0, $0.isFinite ? $0 : 0)) }
      let rows = points.map {
        ChartRow(name: "row", standing: .peer, value: $0.y, spread: $0.spread)
      }
      for chart in [
        Chart.lines(
          LineChart(
            description: "", x: Axis("x", scale: scale), y: Axis("y", scale: scale),
            series: [Series(name: "line", standing: .ours, points: points)])),
        Chart.rows(
          RowChart(
            description: "", axis: Axis("x", scale: scale),
            reference: (1, "one"), groups: [RowGroup("", rows)])),
      ] {
        let html = html(chart)
        #expect(Outline(of: html).error == nil)
        #expect(!html.contains("\"nan") && !html.contains("\"inf"))
        #expect(html.contains("nothing to draw") == !values.contains(where: scale.accepts))
      }
    }
  }

  @Test func linesWithoutPointsAreLeftOut() {
    let chart = LineChart(
      description: "", x: Axis("x"), y: Axis("y", scale: .log10),
      series: [
        Series(name: "drawn", standing: .ours, points: [Point(x: 1, y: 1)]),
        Series(name: "zero", standing: .peer, points: [Point(x: 1, y: 0)]),
      ])
    #expect(html(.lines(chart)).contains("<title>drawn"))
    #expect(!html(.lines(chart)).contains("<title>zero"))
  }
}

/// A page of one exhibit.
private func page(_ chart: Chart?, _ table: Table) -> String {
  let exhibit = Exhibit(title: "", chart: chart, table: table)
  let section = Section(heading: "", reading: "", exhibits: [exhibit])
  return Page(title: "", summary: [], sections: [section]).html
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
