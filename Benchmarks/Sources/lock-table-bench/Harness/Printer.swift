/// For programs: one JSON object a line.
func printJSON(_ records: [any Record]) throws {
  for record in records { print(try RecordLine(record).json) }
  // Whole tables, so that a program that reads from a pipe sees them as they are finished.
  flushStandardOutput()
}

/// For readers: tables, with `--legend` what they mean, and last the statements to remember.
final class TextPrinter {
  private let isWide: Bool
  private let hasLegend: Bool
  private var records: [any Record] = []
  private let write: (String) -> Void

  init(isWide: Bool, hasLegend: Bool, write: @escaping (String) -> Void = { Swift.print($0) }) {
    self.isWide = isWide
    self.hasLegend = hasLegend
    self.write = write
  }

  func print(_ records: [any Record]) {
    self.records += records
    for conditions in records.compactMap({ $0 as? Conditions }) {
      write(conditions.text)
      if !isWide && !hasLegend { write("'--wide' shows all columns, '--legend' explains them.") }
    }
    for type in recordTypes {
      let text = type.text(records, isWide: isWide)
      if !text.isEmpty { write(text) }
    }
    flushStandardOutput()
  }

  func finish() {
    if hasLegend { write("\n" + legend) }
    let headlines = recordTypes.flatMap { $0.headlines(records) }
    if !headlines.isEmpty {
      write(
        "\n" + headlines.map { wrapped($0.sentence, indent: 2, at: 120) }.joined(separator: "\n"))
    }
    flushStandardOutput()
  }

  /// Of the columns and the rows that were printed.
  private var legend: String {
    let kinds = Set(records.map { type(of: $0).kind })
    let columns = recordTypes.filter { kinds.contains($0.kind) }.flatMap { $0.legend }
    let entries = (Self.everywhere + columns).groups(by: \.title).map { title, words in
      wrapped("\(title): \(words[0].words)", indent: 4)
    }
    let notes = records.compactMap { $0 as? NoteRecord }.groups(by: \.name).map { name, notes in
      wrapped("\(name): \(notes[0].note)", indent: 4)
    }
    return (entries + notes).joined(separator: "\n")
  }

  private static var everywhere: [(title: String, words: String)] {
    [
      ("*", "a row that gives the same as LockTable: a lock for each key, held only while needed"),
      ("(… – …)", "the spread: the median of many rounds lies there with 90 % or more; see --wide"),
      ("≈ 1, ?, –", "not to be quoted: a line below the table says why"),
      (
        "violation",
        "an increment that was lost, or a counter that changed while a reader held the key: a row "
          + "with a lock and a violation FAILS"
      ),
    ]
  }
}
