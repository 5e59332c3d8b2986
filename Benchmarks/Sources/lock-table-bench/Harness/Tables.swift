// The one place where records become tables, of text and of a page, as their presentation says.

extension Record {
  /// A text table for each title and group.
  static func text(_ records: [any Record], isWide: Bool) -> String {
    let view = presentation
    return rows(records).groups { [view.title($0), view.group($0)] }.map { titles, rows in
      let title = titles.filter { !$0.isEmpty }.joined(separator: ", ")
      let columns = shownColumns(rows, isWide: isWide)
      let cells = rows.map { row in
        [view.name(row).title] + columns.map { $0.value(row).cell(isWide: isWide) }
      }
      let table = aligned([[""] + columns.map(\.title)] + cells)
      let remarks = ([machineRemark(rows)].compactMap { $0 } + remarks(rows)).map { wrapped($0) }
      return ([title.isEmpty ? "" : "\n\(wrapped(title))\n", table] + remarks)
        .joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// The part of a page that shows the records. The notes say what rows lack that give less.
  static func exhibits(_ records: [any Record], _ notes: [NoteRecord]) -> [Exhibit] {
    let view = presentation
    return rows(records).groups(by: view.title).flatMap { title, rows in
      let charts = view.charts(title, rows)
      let columns = shownColumns(rows, isWide: true)
      let groups = rows.groups(by: view.group)
      let grouping = groups.count > 1 ? [""] : []
      let cells = rows.map { row in
        let group = groups.count > 1 ? [view.group(row)] : []
        return (view.name(row), group + columns.map { $0.value(row).cell(isWide: true) })
      }
      let only = groups.count == 1 ? view.group(rows[0]) : ""
      let heading = [title, only].filter { !$0.isEmpty }.joined(separator: ", ")
      // Of several charts the last one has the table.
      return charts.dropLast().map { Exhibit(title: heading, chart: $0) } + [
        Exhibit(
          title: heading, chart: charts.last, header: grouping + columns.map(\.title), rows: cells,
          notes: remarks(rows) + lacking(rows.map(view.name), notes))
      ]
    }
  }

  static var heading: String { presentation.heading }

  static var reading: String { presentation.reading }

  static func headlines(_ records: [any Record]) -> [Headline] {
    presentation.headlines(records.compactMap { $0 as? Self })
  }

  /// What the titles of the columns mean.
  static var legend: [(title: String, words: String)] {
    columns.filter { !$0.legend.isEmpty }.map { ($0.title, $0.legend) }
  }

  private static func rows(_ records: [any Record]) -> [Self] {
    columns.isEmpty ? [] : records.compactMap { $0 as? Self }
  }

  /// Without those that no row has a value for.
  private static func shownColumns(_ rows: [Self], isWide: Bool) -> [Column<Self>] {
    columns.filter { column in
      (isWide || !column.isWide)
        && rows.contains { !["–", ""].contains(column.value($0).cell(isWide: false)) }
    }
  }
}

// MARK: Remarks below a table

extension Record {
  /// On what the table leaves out, on what was checked, and what the presentation adds.
  private static func remarks(_ rows: [Self]) -> [String] {
    let ratios = rows.flatMap { row in columns.map { $0.value(row).ratio } }
    var refusals: [Ratio.Refusal] = []
    for case let refusal? in ratios.map({ $0?.refusal }) where !refusals.contains(refusal) {
      refusals.append(refusal)
    }
    let contenders = rows.compactMap { $0 as? any ContenderRecord }
    return refusals.map { $0.remark(contenders.first?.machine) }
      + [checkRemark(contenders.map(\.subject))].compactMap { $0 }
      + presentation.notes(rows)
  }

  private static func lacking(_ names: [RowName], _ notes: [NoteRecord]) -> [String] {
    let lesser = Set(names.filter { $0.role == .lesser }.map(\.text))
    let words = notes.filter { lesser.contains($0.name) }.groups(by: \.name).map {
      "\($0): \($1[0].note)"
    }
    return words.isEmpty ? [] : ["† " + words.joined(separator: "; ") + "."]
  }

  private static func machineRemark(_ rows: [Self]) -> String? {
    guard let machine = (rows.first as? any ContenderRecord)?.machine else { return nil }
    return "Core-to-core hand-off: \(decimal(machine.handOffBefore, 0)) ns before, "
      + "\(decimal(machine.handOffAfter, 0)) ns after."
  }
}

extension Ratio.Refusal {
  fileprivate func remark(_ machine: MachineClass?) -> String {
    let times = [machine?.handOffBefore, machine?.handOffAfter].map(ValueFormat.nanoseconds.cell)
    return switch self {
    case .oneRound: "No ratios: one round says nothing of their spread. Use '--rounds 5'."
    case .spreadCoversOne:
      "≈ 1 and ?: the rounds' spread covers 1, so this run does not say which is faster. "
        + "Use more rounds, or longer ones."
    case .classesDiffer:
      "No ratios: the hand-off between two cores took \(times[0]) before and \(times[1]) after "
        + "these rounds, so part of them ran on what is another machine."
    case .failsWitness:
      "FAILS: two holders were inside one key. Nothing is compared with such a row."
    }
  }
}

/// What the counters in the keys have shown, if they were looked at.
private func checkRemark(_ subjects: [Subject]) -> String? {
  let failing = subjects.filter(\.fails)
  let counts = subjects.filter { $0.role != .loop }.compactMap(\.operations)
  guard !counts.isEmpty || !failing.isEmpty else { return nil }
  let lost = subjects.filter { $0.role == .loop }.reduce(0) { $0 + $1.violations }
  let found =
    failing.isEmpty
    ? "No violation in \(grouped(counts.reduce(0, +))) checked operations."
    : "Two holders were inside one key: \(failing.map(\.name).joined(separator: ", "))."
  return found + (lost == 0 ? "" : " Without a lock there were \(grouped(lost)).")
}

/// A row that does not keep up with an open loop's rate has latencies that grow for as long as it runs.
func noteOnLate(_ names: [String]) -> [String] {
  guard !names.isEmpty else { return [] }
  let words = "Fell behind the rate, so that latencies depend on how long it ran: "
  return [words + names.joined(separator: "; ") + "."]
}

// MARK: Text

func wrapped(_ text: String, indent: Int = 0, at width: Int = 100) -> String {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + word.count + indent < width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
}
