/// A part of the page about one question.
struct Section {
  var heading: String
  /// What one sees here, and which way is better.
  var reading: String
  var exhibits: [Exhibit]

  func element(number: Int, _ palette: Palette) -> Markup {
    """
    <section id="section-\(number)">
    <h2>\(heading)</h2>
    <p class="reading">\(reading)</p>
    \(exhibits.map { $0.element(palette) })
    </section>

    """
  }
}

/// A chart and the same numbers as a table, under the conditions that its title says.
struct Exhibit {
  var title: String
  /// Nil where a table says all.
  var chart: (any Chart)?
  /// Of the figures' columns. Empty where there is no table.
  var header: [String] = []
  /// Each with as many cells as the header. What follows in brackets at the end of a cell is its spread.
  var rows: [(name: RowName, cells: [String])] = []
  /// What a reader has to know of single rows.
  var notes: [String] = []

  func element(_ palette: Palette) -> Markup {
    let caption: Markup? = title.isEmpty ? nil : "<figcaption>\(title)</figcaption>"
    // A long table is folded, below a chart sooner than alone. A row that fails is to be seen: it is in
    // no chart.
    let isLong = rows.count > (chart == nil ? 24 : 6)
    let isFolded = isLong && rows.allSatisfy { $0.name.failure == nil }
    let folded: Markup = """
      <details class="fold"><summary>Table of \(rows.count) rows</summary>
      \(table)</details>
      """
    return """
      <figure>\(caption)
      \([Canvas.wide, .narrow].map { chart?.drawing(palette, $0) ?? "" })
      \(isFolded ? folded : header.isEmpty ? nil : table)
      \(notes.map { "<p class=\"note\">\($0)</p>\n" })
      </figure>

      """
  }

  private var table: Markup {
    let kind =
      switch header.count {
      case ..<3: "table few"
      case 9...: "table many"
      default: "table"
      }
    // An operator does not stand alone on a line.
    let header = header.map {
      $0.replacing("÷ ", with: "÷\u{a0}").replacing("× ", with: "×\u{a0}")
    }
    // Reachable by keyboard, as it may have to be scrolled.
    return """
      <div class="\(kind)" role="region" tabindex="0" aria-label="Table: \(title)">
      <table>
      <thead><tr><th scope="col"></th>\(header.map { "<th scope=\"col\">\($0)</th>" })</tr></thead>
      <tbody>
      \(rows.map { Self.row($0, $1) })</tbody>
      </table>
      </div>

      """
  }

  private static func row(_ name: RowName, _ cells: [String]) -> Markup {
    let kind = name.standing.rawValue + (name.failure == nil ? "" : " fails")
    let badge: Markup? = name.failure.map { #"<strong class="badge">\#($0)</strong>"# }
    let cells = cells.map { cell -> Markup in
      let spread = cell.firstRange(of: " (").map { String(cell[$0.lowerBound...]) } ?? ""
      let span: Markup? = spread.isEmpty ? nil : #"<span class="spread">\#(spread)</span>"#
      return "<td>\(String(cell.dropLast(spread.count)))\(span)</td>"
    }
    return """
      <tr class="\(kind)"><th scope="row">\(name.label)\(badge)</th>\(cells)</tr>

      """
  }
}

/// What a row or a line stands for, which says how much it is to be seen.
enum Standing: String, Sendable {
  /// What the report is about.
  case ours
  /// What it is compared with.
  case peer
  /// What nothing can beat, or what the measurement itself costs.
  case reference
  /// One of many things of a kind, which all look alike.
  case item
}
