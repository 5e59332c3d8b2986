/// A report: one page that stands by itself, to be sent to somebody who was not there.
///
/// What it says is plain data; `html` draws it. Nothing here knows what was measured.
struct Page: Sendable {
  var title: String
  /// What a reader has to know before the first chart, a paragraph each.
  var summary: [String]
  /// The few figures to remember, shown large. May be empty.
  var keyFigures: [KeyFigure] = []
  var sections: [Section]
  /// The machine and its conditions.
  var machine: [Fact] = []
  /// The command lines that make these figures again.
  var commands: [String] = []
  /// What was measured, as the program prints it for other programs.
  var rawLines: [String] = []
}

/// A figure shown large at the top of the page.
struct KeyFigure: Sendable {
  /// With its unit.
  var value: String
  /// What it is.
  var label: String
  /// The row that it is compared with, and that row's figure: a figure alone says nothing.
  var beside: String
  /// Under which conditions.
  var detail: String
}

/// Something known by a name.
typealias Fact = (name: String, value: String)

/// A part of the page about one question.
struct Section: Sendable {
  /// The question, in a few words.
  var heading: String
  /// What one sees here, and which way is better.
  var reading: String
  var exhibits: [Exhibit]
}

/// A chart and the same numbers as a table, under the conditions that its title says.
struct Exhibit: Sendable {
  var title: String
  /// Nil where a table says all.
  var chart: Chart?
  /// Nothing is shown of a table without columns.
  var table: Table
  /// What a reader has to know of single rows.
  var notes: [String] = []
}

/// A table of text: the first column names the row, the others are figures.
struct Table: Sendable {
  /// The first column's among them.
  var header: [String]
  /// Each with as many cells as the header.
  var rows: [TableRow]
}

/// A row of a table.
struct TableRow: Sendable {
  /// The row's name first. What follows in brackets at the end of a figure is its spread.
  var cells: [String]
  var standing = Standing.peer
  /// Why the row's figures mean nothing, if they don't: it is shown as failing, and drawn nowhere.
  var failure: String?
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
