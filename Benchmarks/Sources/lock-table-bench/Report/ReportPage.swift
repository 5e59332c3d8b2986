import Foundation

extension Page {
  /// The page of what one or several experiments have found.
  init(records: [any Record], lines: [String]) {
    let conditions = records.compactMap { $0 as? Conditions }
    self.init(
      title: "LockTable and its alternatives", summary: Self.summary(conditions),
      keyFigures: recordTypes.flatMap { $0.headlines(records) }.compactMap(\.keyFigure),
      sections: Self.sections(records), machine: Self.machine(conditions, records),
      commands: conditions.map(\.command).groups { $0 }.map(\.key), rawLines: lines)
  }

  private static func sections(_ records: [any Record]) -> [Section] {
    let notes = records.compactMap { $0 as? NoteRecord }
    return recordTypes.groups(by: { $0.heading }).compactMap { heading, types in
      let exhibits = types.flatMap { $0.exhibits(records, notes) }
      guard !exhibits.isEmpty, let first = types.first else { return nil }
      return Section(heading: heading, reading: first.reading, exhibits: exhibits)
    }
  }

  private static func summary(_ conditions: [Conditions]) -> [String] {
    var paragraphs: [String] = []
    if let first = conditions.first {
      paragraphs.append(
        "Measured on \(first.date.prefix(10)) on \(first.processor) with \(first.cores) cores. "
          + "All figures are this machine's at that hour: compare rows with rows, not with another page."
      )
      if first.isBusy {
        paragraphs.append(
          "Something else kept the machine busy before this began, so that spreads are wide.")
      }
    }
    if conditions.contains(where: { !$0.isOptimised }) {
      paragraphs.append(
        "NOT OPTIMISED: the program was built without -c release. These figures mean nothing.")
    }
    return paragraphs + [
      """
      Times are medians of rounds in which every contender was measured once; whiskers and bands are the \
      rounds' spread, and so are the figures in parentheses. A ratio is of figures of the same round. Where \
      its spread covers 1 it is not quoted: ≈ 1 is close to it, ? is not. A row marked † gives less than \
      LockTable does. Each lock has to keep a counter right in every key: a row that does not is marked as \
      failing, drawn nowhere, and compared with nothing. × RMW is in times of an atomic read-modify-write and \
      a store that nothing contends for.
      """
    ]
  }

  private static func machine(_ conditions: [Conditions], _ records: [any Record]) -> [Fact] {
    guard let first = conditions.first, let last = conditions.last else { return [] }
    let time = ValueFormat.nanoseconds
    var facts = [
      Fact("Processor", "\(first.processor), \(first.cores) cores"), Fact("System", first.system),
      Fact("Measured", first.date == last.date ? first.date : "\(first.date) to \(last.date)"),
    ]
    func add(_ name: String, _ values: [Double], _ text: (Double) -> String, _ end: String = "") {
      guard let low = values.min(), let high = values.max() else { return }
      let range = low == high ? text(low) : "\(text(low)) to \(text(high))"
      facts.append(Fact(name, range + end))
    }
    add(
      "Load when experiments began", conditions.compactMap(\.load), { decimal($0, 2) },
      ", over one minute")
    if let floor = first.floor { facts.append(Fact("Floor when it began", floor.words)) }
    let classes = records.compactMap { ($0 as? any ContenderRecord)?.machine }
    add(
      "Hand-off between two cores", classes.flatMap { [$0.handOffBefore, $0.handOffAfter] },
      time.text)
    return facts
      + conditions.groups(by: \.experiment).map { Fact($0, $1[0].summary) }
  }
}
