extension Page {
  /// The page: one file that needs no other, no network and no script.
  var html: String {
    let palette = Palette(sections.flatMap(\.exhibits).compactMap(\.chart))
    let document = Markup("html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"]) {
      Markup("head") {
        Markup("meta", ["charset": "utf-8"])
        Markup(
          "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        Markup("meta", ["name": "color-scheme", "content": "light dark"])
        Markup("title", text: title)
        Markup("style") { Markup(verbatim: Stylesheet.text) }
      }
      Markup("body") {
        Markup("main") {
          header
          for (index, section) in sections.enumerated() {
            Markup("section", ["id": "section-\(index + 1)"]) {
              Markup("h2", text: section.heading)
              Markup("p", ["class": "reading"], text: section.reading)
              section.exhibits.map { $0.element(palette) }
            }
          }
          conditions
        }
      }
    }
    return "<!DOCTYPE html>\n" + document.source + "\n"
  }

  private var header: Markup {
    Markup("header") {
      Markup("h1", text: title)
      summary.map { Markup("p", text: $0) }
      if !keyFigures.isEmpty { Markup("div", ["class": "tiles"]) { keyFigures.map(\.element) } }
      Markup("nav", ["aria-label": "Sections"]) {
        for (index, section) in sections.enumerated() {
          Markup("a", ["href": "#section-\(index + 1)"], text: section.heading)
        }
        Markup("a", ["href": "#conditions"], text: "Conditions and raw numbers")
      }
    }
  }

  /// For a reader who wants to see it again, or doubts it.
  private var conditions: Markup {
    Markup("section", ["id": "conditions"]) {
      Markup("h2", text: "Conditions and raw numbers")
      if !machine.isEmpty {
        Markup("h3", text: "Machine")
        Markup("dl") {
          for fact in machine {
            Markup("div") {
              Markup("dt", text: fact.name)
              Markup("dd", text: fact.value)
            }
          }
        }
      }
      if !commands.isEmpty {
        Markup("h3", text: "Commands")
        Markup("pre", text: commands.joined(separator: "\n"))
      }
      if !rawLines.isEmpty {
        let count = rawLines.count == 1 ? "1 line" : "\(rawLines.count) lines"
        Markup("details", ["class": "raw"]) {
          Markup("summary", text: "Raw numbers: \(count) of JSON")
          Markup("pre", text: rawLines.joined(separator: "\n"))
        }
      }
    }
  }
}

extension KeyFigure {
  fileprivate var element: Markup {
    Markup("div", ["class": "tile"]) {
      for (kind, text) in ["figure": value, "label": label, "beside": beside, "detail": detail]
        as KeyValuePairs
      {
        Markup("div", ["class": kind], text: text)
      }
    }
  }
}

extension Exhibit {
  fileprivate func element(_ palette: Palette) -> Markup {
    Markup("figure") {
      if !title.isEmpty { Markup("figcaption", text: title) }
      switch chart {
      case .lines(let chart):
        [Canvas.wide, .narrow].map { LineDrawing(chart, palette, $0).svg }
        chart.legend(palette)
      case .rows(let chart):
        [Canvas.wide, .narrow].map { RowDrawing(chart, palette, $0).svg }
      case nil: []
      }
      if isFolded {
        Markup("details", ["class": "fold"]) {
          Markup("summary", text: "Table of \(table.rows.count) rows")
          table.element(label: title)
        }
      } else if !table.header.isEmpty {
        table.element(label: title)
      }
      notes.map { Markup("p", ["class": "note"], text: $0) }
    }
  }

  /// A long table is folded, below a chart sooner than alone. A row that fails is to be seen: it is in
  /// no chart.
  private var isFolded: Bool {
    table.rows.count > (chart == nil ? 24 : 6) && table.rows.allSatisfy { $0.failure == nil }
  }
}

extension Table {
  fileprivate func element(label: String) -> Markup {
    let kind =
      switch header.count {
      case ..<4: "table few"
      case 10...: "table many"
      default: "table"
      }
    // Reachable by keyboard, as it may have to be scrolled.
    return Markup(
      "div", ["class": kind, "role": "region", "tabindex": "0", "aria-label": "Table: \(label)"]
    ) {
      Markup("table") {
        Markup("thead") {
          Markup("tr") {
            for text in header {
              // An operator does not stand alone on a line.
              let text = text.replacing("÷ ", with: "÷\u{a0}").replacing("× ", with: "×\u{a0}")
              Markup("th", ["scope": "col"], text: text)
            }
          }
        }
        Markup("tbody") { rows.map(\.element) }
      }
    }
  }
}

extension TableRow {
  fileprivate var element: Markup {
    Markup("tr", ["class": standing.rawValue + (failure == nil ? "" : " fails")]) {
      if let name = cells.first {
        Markup("th", ["scope": "row"]) {
          Markup(text: name)
          if let failure { Markup("strong", ["class": "badge"], text: failure) }
        }
      }
      for cell in cells.dropFirst() {
        let parts = cell.split(separator: " (", maxSplits: 1)
        Markup("td") {
          Markup(text: parts.first.map(String.init) ?? "")
          if parts.count > 1 { Markup("span", ["class": "spread"], text: " (" + parts[1]) }
        }
      }
    }
  }
}
