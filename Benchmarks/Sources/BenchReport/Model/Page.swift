/// A report: one page that stands by itself, to be sent to somebody who was not there.
///
/// What it says is plain data; `html` draws it. Nothing here knows what was measured.
package struct Page: Sendable {
  package var title: String
  /// What a reader has to know before the first chart, a paragraph each.
  package var summary: [String]
  /// The few figures to remember, shown large. May be empty.
  package var keyFigures: [KeyFigure]
  package var sections: [Section]
  /// The machine and its conditions.
  package var machine: [Fact]
  /// The command lines that make these figures again.
  package var commands: [String]
  /// What was measured, as the program prints it for other programs.
  package var rawLines: [String]

  package init(
    title: String, summary: [String], keyFigures: [KeyFigure] = [], sections: [Section],
    machine: [Fact] = [], commands: [String] = [], rawLines: [String] = []
  ) {
    (self.title, self.summary, self.keyFigures) = (title, summary, keyFigures)
    (self.sections, self.machine) = (sections, machine)
    (self.commands, self.rawLines) = (commands, rawLines)
  }
}

/// A figure shown large at the top of the page.
package struct KeyFigure: Sendable {
  /// The figure with its unit.
  package var value: String
  /// What it is.
  package var label: String
  /// The row that it is compared with, and that row's figure: a figure alone says nothing.
  package var beside: String
  /// Under which conditions.
  package var detail: String

  package init(value: String, label: String, beside: String, detail: String) {
    (self.value, self.label, self.beside, self.detail) = (value, label, beside, detail)
  }
}

/// Something known by a name.
package struct Fact: Sendable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

/// A part of the page about one question.
package struct Section: Sendable {
  /// The question, in a few words.
  package var heading: String
  /// What one sees here, and which way is better.
  package var reading: String
  /// The answers.
  package var exhibits: [Exhibit]

  package init(heading: String, reading: String, exhibits: [Exhibit]) {
    (self.heading, self.reading, self.exhibits) = (heading, reading, exhibits)
  }
}

/// A chart and the same numbers as a table, under the conditions that its title says.
package struct Exhibit: Sendable {
  package var title: String
  /// Nil where a table says all.
  package var chart: Chart?
  /// Nothing is shown of a table without columns.
  package var table: Table
  /// What a reader has to know of single rows.
  package var notes: [String]

  package init(title: String, chart: Chart?, table: Table, notes: [String] = []) {
    (self.title, self.chart, self.table, self.notes) = (title, chart, table, notes)
  }
}
