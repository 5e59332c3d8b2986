/// A table of text: the first column names the row, the others are figures.
package struct Table: Sendable {
  /// The columns' heads, the first one's among them.
  package var header: [String]
  /// The rows, each with as many cells as the header.
  package var rows: [TableRow]

  package init(header: [String], rows: [TableRow]) { (self.header, self.rows) = (header, rows) }
}

/// A row of a table.
package struct TableRow: Sendable {
  /// The cells, the row's name first. What follows in brackets at the end of a figure is its spread.
  package var cells: [String]
  package var standing: Standing
  /// Why the row's figures mean nothing, if they don't: it is shown as failing, and drawn nowhere.
  package var failure: String?

  package init(_ cells: [String], standing: Standing = .peer, failure: String? = nil) {
    (self.cells, self.standing, self.failure) = (cells, standing, failure)
  }
}

/// What a row or a line stands for, which says how much it is to be seen.
package enum Standing: String, Sendable {
  /// What the report is about.
  case ours
  /// What it is compared with.
  case peer
  /// What nothing can beat, or what the measurement itself costs.
  case reference
  /// One of many things of a kind, which all look alike.
  case item
}
