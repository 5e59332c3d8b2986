/// A report: one page that stands by itself, to be sent to somebody who was not there.
///
/// What it says is plain data; `html` draws it. Nothing here knows what was measured.
public struct Page: Sendable {
  /// What the page is about.
  public var title: String
  /// What a reader has to know before the first chart, a paragraph each.
  public var summary: [String]
  /// The few figures to remember, shown large. May be empty.
  public var keyFigures: [KeyFigure]
  /// The body, in order.
  public var sections: [Section]
  /// The machine and its conditions.
  public var machine: [Fact]
  /// The command lines that make these figures again.
  public var commands: [String]
  /// What was measured, as the program prints it for other programs.
  public var rawLines: [String]

  /// Creates a page.
  public init(
    title: String, summary: [String], keyFigures: [KeyFigure] = [], sections: [Section],
    machine: [Fact] = [], commands: [String] = [], rawLines: [String] = []
  ) {
    self.title = title
    self.summary = summary
    self.keyFigures = keyFigures
    self.sections = sections
    self.machine = machine
    self.commands = commands
    self.rawLines = rawLines
  }
}

/// A figure shown large at the top of the page.
public struct KeyFigure: Sendable {
  /// The figure with its unit.
  public var value: String
  /// What it is.
  public var label: String
  /// Under which conditions, or beside what.
  public var detail: String

  /// Creates a figure.
  public init(value: String, label: String, detail: String = "") {
    self.value = value
    self.label = label
    self.detail = detail
  }
}

/// Something known by a name.
public struct Fact: Sendable {
  /// What it is called.
  public var name: String
  /// What it is.
  public var value: String

  /// Creates a fact.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A part of the page about one question.
public struct Section: Sendable {
  /// The question, in a few words.
  public var heading: String
  /// What one sees here, and which way is better.
  public var reading: String
  /// The answers.
  public var exhibits: [Exhibit]

  /// Creates a section.
  public init(heading: String, reading: String, exhibits: [Exhibit]) {
    self.heading = heading
    self.reading = reading
    self.exhibits = exhibits
  }
}

/// A chart and the same numbers as a table, under the conditions that its title says.
public struct Exhibit: Sendable {
  /// The conditions.
  public var title: String
  /// Nil where a table says all.
  public var chart: Chart?
  /// The numbers.
  public var table: Table
  /// What a reader has to know of single rows.
  public var notes: [String]

  /// Creates an exhibit.
  public init(title: String, chart: Chart?, table: Table, notes: [String] = []) {
    self.title = title
    self.chart = chart
    self.table = table
    self.notes = notes
  }
}
