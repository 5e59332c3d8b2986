/// A table of text: the first column names the row, the others are figures.
public struct Table: Sendable {
  /// The columns' heads, the first one's among them.
  public var header: [String]
  /// The rows, each with as many cells as the header.
  public var rows: [TableRow]

  /// Creates a table.
  public init(header: [String], rows: [TableRow]) {
    self.header = header
    self.rows = rows
  }
}

/// A row of a table.
public struct TableRow: Sendable {
  /// The cells, the row's name first.
  public var cells: [String]
  /// What the row stands for.
  public var standing: Standing
  /// Why the row's figures mean nothing, if they don't: it is shown as failing, and drawn nowhere.
  public var failure: String?

  /// Creates a row.
  public init(_ cells: [String], standing: Standing = .peer, failure: String? = nil) {
    self.cells = cells
    self.standing = standing
    self.failure = failure
  }
}

/// What a row or a line stands for, which says how much it is to be seen.
public enum Standing: Sendable {
  /// What the report is about.
  case ours
  /// What it is compared with.
  case peer
  /// What nothing can beat, or what the measurement itself costs.
  case reference
  /// One of many things of a kind, which all look alike.
  case item
}
