extension Page {
  /// The page: one file that needs no other, no network and no script.
  public var html: String {
    let palette = Palette(sections.flatMap(\.exhibits).compactMap(\.chart))
    let document = Element(
      "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"], [head, body(palette)])
    return "<!DOCTYPE html>\n" + document.text + "\n"
  }

  private var head: Element {
    Element(
      "head", [:],
      [
        Element("meta", ["charset": "utf-8"], [Element]()),
        Element(
          "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"],
          [Element]()),
        Element("meta", ["name": "color-scheme", "content": "light dark"], [Element]()),
        Element("title", text: title),
        Element("style", [:], [.verbatim(Stylesheet.text)]),
      ])
  }

  private func body(_ palette: Palette) -> Element {
    let parts = sections.enumerated().map { index, section in
      section.element(id: "section-\(index + 1)", palette)
    }
    return Element("body", [:], [Element("main", [:], [header] + parts + [conditions])])
  }

  private var header: Element {
    let links = sections.enumerated().map { index, section in
      Element("a", ["href": "#section-\(index + 1)"], text: section.heading)
    }
    let last = Element("a", ["href": "#conditions"], text: "Conditions and raw numbers")
    let tiles = keyFigures.map { figure in
      Element(
        "div", ["class": "tile"],
        [
          Element("div", ["class": "figure"], text: figure.value),
          Element("div", ["class": "label"], text: figure.label),
          Element("div", ["class": "detail"], text: figure.detail),
        ])
    }
    return Element(
      "header", [:],
      [Element("h1", text: title)] + summary.map { Element("p", text: $0) }
        + (tiles.isEmpty ? [] : [Element("div", ["class": "tiles"], tiles)])
        + [Element("nav", ["aria-label": "Sections"], links + [last])])
  }

  /// What somebody needs who wants to see it again, or doubts it.
  private var conditions: Element {
    let facts = machine.map { fact in
      Element("div", [:], [Element("dt", text: fact.name), Element("dd", text: fact.value)])
    }
    var parts = [Element("h2", text: "Conditions and raw numbers")]
    if !facts.isEmpty {
      parts.append(Element("h3", text: "Machine"))
      parts.append(Element("dl", [:], facts))
    }
    if !commands.isEmpty {
      parts.append(Element("h3", text: "Commands"))
      parts.append(Element("pre", text: commands.joined(separator: "\n")))
    }
    if !rawLines.isEmpty {
      let count = rawLines.count == 1 ? "1 line" : "\(rawLines.count) lines"
      let summary = Element("summary", text: "Raw numbers: \(count) of JSON")
      let lines = Element("pre", ["class": "raw"], text: rawLines.joined(separator: "\n"))
      parts.append(Element("details", [:], [summary, lines]))
    }
    return Element("section", ["id": "conditions"], parts)
  }
}

extension Section {
  fileprivate func element(id: String, _ palette: Palette) -> Element {
    Element(
      "section", ["id": id],
      [Element("h2", text: heading), Element("p", ["class": "reading"], text: reading)]
        + exhibits.map { $0.element(palette) })
  }
}

extension Exhibit {
  fileprivate func element(_ palette: Palette) -> Element {
    let caption = title.isEmpty ? [] : [Element("figcaption", text: title)]
    let drawings = chart.map { $0.drawings(palette) } ?? []
    let notes = self.notes.map { Element("p", ["class": "note"], text: $0) }
    return Element("figure", [:], caption + drawings + [table.element(label: title)] + notes)
  }
}

extension Chart {
  fileprivate func drawings(_ palette: Palette) -> [Element] {
    switch self {
    case .lines(let chart):
      [Canvas.wide, .narrow].map { LineDrawing(chart, palette, $0).svg }
        + [legend(chart.series, palette)]
    case .rows(let chart):
      [Canvas.wide, .narrow].map { RowDrawing(chart, palette, $0).svg }
    }
  }

  /// Below the narrow drawing, which has no room for names beside the lines.
  private func legend(_ series: [Series], _ palette: Palette) -> Element {
    let entries = series.filter { !$0.points.isEmpty }.map { series in
      let style = palette.style(series.name, series.standing)
      let isOurs = series.standing == .ours
      let (left, right) = (SVG.Position(x: 0, y: 8), SVG.Position(x: 36, y: 8))
      let sample = Element(
        "svg",
        [
          "xmlns": "http://www.w3.org/2000/svg", "class": style.kind, "viewBox": "0 0 36 16",
          "aria-hidden": "true",
        ],
        [
          SVG.polyline([left, right], isOurs ? "stroke ours" : "stroke", dash: style.dash),
          style.marker.drawn(at: SVG.Position(x: 18, y: 8), size: isOurs ? 4.5 : 3.5),
        ])
      let name = Element("span", isOurs ? ["class": "ours"] : [:], text: series.name)
      return Element("li", [:], [sample, name])
    }
    return Element("ul", ["class": "legend narrow"], entries)
  }
}

extension Table {
  fileprivate func element(label: String) -> Element {
    let head = header.enumerated().map { index, text in
      Element("th", ["scope": "col", "class": index == 0 ? "name" : "figure"], text: text)
    }
    let table = Element(
      "table", [:],
      [
        Element("thead", [:], [Element("tr", [:], head)]),
        Element("tbody", [:], rows.map { $0.element }),
      ])
    let kind =
      switch header.count {
      case ..<4: "table few"
      case 10...: "table many"
      default: "table"
      }
    // Reachable by keyboard, as it may have to be scrolled.
    return Element(
      "div",
      ["class": kind, "role": "region", "tabindex": "0", "aria-label": "Table: \(label)"],
      [table])
  }
}

extension TableRow {
  fileprivate var element: Element {
    let kind =
      switch standing {
      case .ours: "ours"
      case .peer: "peer"
      case .reference: "reference"
      case .item: "item"
      }
    let cells = cells.enumerated().map { index, text in
      guard index == 0 else { return Element("td", text: text) }
      let badge = failure.map { [Element("strong", ["class": "badge"], text: $0)] } ?? []
      return Element("th", ["scope": "row"], [.text(text)] + badge.map(Element.Node.element))
    }
    return Element("tr", ["class": failure == nil ? kind : "\(kind) fails"], cells)
  }
}
