import Foundation
import Testing

@testable import BenchReport

#if canImport(FoundationXML)
  import FoundationXML
#endif

struct PageTests {
  private let html = SamplePage.page.html

  private var drawings: [String] {
    html.components(separatedBy: "<svg").dropFirst().compactMap { text in
      text.range(of: "</svg>").map { "<svg" + text[..<$0.upperBound] }
    }
  }

  @Test func thePageIsWellFormed() {
    let outline = Outline(of: html)
    #expect(outline.error == nil)
    #expect(outline.count("section") == SamplePage.page.sections.count + 1)
    #expect(outline.count("h1") == 1)
    #expect(outline.count("figcaption") > 0)
  }

  @Test func everyChartIsDrawnForWideAndNarrowScreens() {
    let charts = SamplePage.page.sections.flatMap(\.exhibits).compactMap(\.chart).count
    let outline = Outline(of: html)
    #expect(outline.attributes("svg", "class").count { $0 == "chart wide" } == charts)
    #expect(outline.attributes("svg", "class").count { $0 == "chart narrow" } == charts)
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

  @Test func aRowThatFailsIsInTheTablesOnly() {
    let name = Element.escape(SamplePage.failing)
    #expect(html.contains("\(name)<strong class=\"badge\">FAILS: 1 204 lost updates</strong>"))
    #expect(!drawings.contains { $0.contains(name) })
  }

  @Test func rawLinesAreAllThereAndEscaped() {
    #expect(html.contains("Raw numbers: 200 lines of JSON"))
    #expect(
      html.contains("{&quot;kind&quot;:&quot;row&quot;,&quot;name&quot;:&quot;LockTable &lt;0&gt;"))
  }

  @Test func aNameLooksTheSameInAllCharts() {
    let palette = Palette(SamplePage.page.sections.flatMap(\.exhibits).compactMap(\.chart))
    let ours = palette.style("LockTable", .ours)
    let other = palette.style("LockTable, .fifo", .ours)
    #expect(ours.kind == "ours-0")
    #expect(other.kind != ours.kind && other.marker != ours.marker && other.dash != ours.dash)
  }

  /// For those who want to look at it: `BENCH_REPORT_SAMPLE=page.html swift test`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["BENCH_REPORT_SAMPLE"] != nil))
  func theSampleIsWritten() throws {
    let path = try #require(ProcessInfo.processInfo.environment["BENCH_REPORT_SAMPLE"])
    try html.write(toFile: path, atomically: true, encoding: .utf8)
  }
}

struct OddChartTests {
  private func html(_ chart: Chart) -> String {
    let table = Table(header: [""], rows: [])
    let exhibit = Exhibit(title: "", chart: chart, table: table)
    let section = Section(heading: "", reading: "", exhibits: [exhibit])
    return Page(title: "", summary: [], sections: [section]).html
  }

  @Test(arguments: [ScaleKind.linear, .log2, .log10, .nines])
  func chartsOfNothingOrNearlyNothingAreWellFormed(scale: ScaleKind) {
    let values: [[Double]] = [
      [], [0], [5], [5, 5], [.nan], [.infinity, 3], [-1, 100], [1e-9, 1e12],
    ]
    for values in values {
      let points = values.map { Point(x: $0, y: $0, spread: -1...max(0, $0.isFinite ? $0 : 0)) }
      let rows = points.map { ChartRow("row", .peer, $0.y, spread: $0.spread) }
      for chart in [
        Chart.lines(
          LineChart(
            description: "", x: Axis("x", scale: scale), y: Axis("y", scale: scale),
            series: [Series("line", .ours, points)])),
        Chart.rows(
          RowChart(
            description: "", axis: Axis("x", scale: scale),
            reference: RowChart.Reference(1, "one"), groups: [RowGroup("", rows)])),
      ] {
        let html = html(chart)
        #expect(Outline(of: html).error == nil)
        #expect(!html.contains("\"nan") && !html.contains("\"inf"))
      }
    }
  }

  @Test func linesWithoutPointsAreLeftOut() {
    let chart = LineChart(
      description: "", x: Axis("x"), y: Axis("y", scale: .log10),
      series: [
        Series("drawn", .ours, [Point(x: 1, y: 1)]), Series("zero", .peer, [Point(x: 1, y: 0)]),
      ])
    #expect(html(.lines(chart)).contains("<title>drawn"))
    #expect(!html(.lines(chart)).contains("<title>zero"))
  }
}

/// The elements of a document, as an XML parser reads it.
private final class Outline: NSObject, XMLParserDelegate {
  private var elements: [(name: String, attributes: [String: String])] = []
  private(set) var error: (any Error)?

  init(of text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() {
      error = parser.parserError
    }
  }

  func count(_ name: String) -> Int {
    elements.count { $0.name == name }
  }

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
