import BenchReport

/// Contenders beside each other, scenario by scenario.
struct CompareSection {
  let rows: [RowRecord]
  let paths: [PathRecord]
  let memory: [MemoryRecord]
  let notes: [NoteRecord]

  var section: Section? {
    let scenarios = rows.groups { $0.scenario.title }.map { exhibit($0.key, $0.members) }
    let exhibits = scenarios + [pathExhibit, memoryExhibit].compactMap { $0 }
    guard !exhibits.isEmpty else { return nil }
    return Section(
      heading: "Beside the alternatives",
      reading: """
        Each row's time for an acquisition, divided by LockTable's in the same round. Right of the line \
        is slower than LockTable, left of it is faster; a whisker that crosses the line does not say which.
        """, exhibits: exhibits)
  }
}

// MARK: Scenarios

extension CompareSection {
  private func exhibit(_ title: String, _ rows: [RowRecord]) -> Exhibit {
    let ours = rows.first { $0.subject.role == .lockTable && !$0.subject.fails }
    let ratios = rows.map { row in ours.flatMap { row.ratio(to: $0) } }
    let isComparable = ours != nil && !ratios.contains { $0?.isForbidden ?? false }
    let remark =
      isComparable
      ? [] : ["No ratios: " + (rows.first?.reasonForNoRatios ?? "there is no row of LockTable's.")]
    return Exhibit(
      title: title,
      chart: isComparable ? ratioChart(title, rows, ratios) : timeChart(title, rows),
      table: table(rows, isComparable ? ratios : nil),
      notes: remark + witnessNotes(rows) + lesserNotes(rows))
  }

  private func ratioChart(_ title: String, _ rows: [RowRecord], _ ratios: [Ratio?]) -> Chart {
    let drawn = zip(rows, ratios).compactMap { row, ratio -> ChartRow? in
      guard !row.subject.fails, let ratio else { return nil }
      let time = row.nanosecondsPerOperation.cell()
      return ChartRow(
        row.subject.label, row.subject.standing, ratio.spread.median, spread: ratio.spread.range,
        text: ratio.isSelf ? time : "\(ratio.label)\(ratio.refusal == nil ? " ×" : ""), \(time)")
    }
    return .rows(
      RowChart(
        description: "Time for an acquisition divided by LockTable's: \(title)",
        axis: Axis("Time ÷ LockTable's", scale: .log10, format: .times, better: .less),
        reference: RowChart.Reference(1, "as fast as LockTable"), groups: [RowGroup("", drawn)]))
  }

  private func timeChart(_ title: String, _ rows: [RowRecord]) -> Chart {
    let drawn = rows.filter { !$0.subject.fails }.map {
      ChartRow(
        $0.subject.label, $0.subject.standing, $0.nanosecondsPerOperation.median,
        spread: $0.nanosecondsPerOperation.range)
    }
    return .rows(
      RowChart(
        description: "Time for an acquisition: \(title)",
        axis: Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less),
        groups: [RowGroup("", drawn)]))
  }

  /// Without columns of ratios where there are none to be quoted.
  private func table(_ rows: [RowRecord], _ ratios: [Ratio?]?) -> BenchReport.Table {
    let isShared = rows.first?.scenario.isShared ?? false
    let columns = ratios == nil ? [] : ["÷ LockTable", isShared ? "÷ rwlock" : "÷ pthread"]
    return Table(
      header: ["", "time", "spread", "× RMW"] + columns + ["p50", "p99", "p99.9", "max"],
      rows: rows.enumerated().map { index, row in
        let latency = row.latency
        let time = row.nanosecondsPerOperation
        return TableRow(
          [
            row.subject.label, time.cell(), time.rangeCell(),
            ValueFormat.number.text(row.timesRMWPair),
          ]
            + (ratios.map { [$0[index].label, row.timeToPthread.label] } ?? [])
            + [latency.p50, latency.p99, latency.p999, latency.max].map(\.time),
          standing: row.subject.standing, failure: row.subject.failure)
      })
  }

  /// What those rows of a table lack that give less.
  private func lesserNotes(_ rows: [RowRecord]) -> [String] {
    let lesser = Set(rows.filter { $0.subject.role == .lesser }.map(\.subject.name))
    let known = notes.filter { lesser.contains($0.name) }.groups(by: \.name)
    let words = known.compactMap { $0.members.first.map { "\($0.name): \($0.note)" } }
    return words.isEmpty ? [] : ["† " + words.joined(separator: "; ") + "."]
  }

  /// What the counters in the keys have shown.
  private func witnessNotes(_ rows: [RowRecord]) -> [String] {
    let failing = rows.filter(\.subject.fails)
    let loop = rows.filter { $0.subject.role == .loop }.map(\.subject.violations).reduce(0, +)
    let locks =
      failing.isEmpty
      ? "No lock let two into one key."
      : "Two were inside one key: \(failing.map(\.subject.label).joined(separator: ", "))."
    let control = loop == 0 ? "" : " Without a lock that happened \(grouped(loop)) times."
    return [locks + control]
  }
}

extension RowRecord {
  fileprivate func ratio(to ours: RowRecord) -> Ratio? {
    Ratio(
      nanosecondsPerOperation.rounds, over: ours.nanosecondsPerOperation.rounds,
      refusal: Ratio.Refusal(subject, ours.subject, machine))
  }

  /// Of a whole scenario.
  fileprivate var reasonForNoRatios: String {
    machine.isSteady
      ? "one round says nothing of how far the next would be from it. These are times."
      : """
      the hand-off between two cores took \(machine.handOffBefore.time) before and \
      \(machine.handOffAfter.time) after these rounds, so part of them ran on what is another machine. \
      These are times.
      """
  }
}

extension Double {
  /// Nanoseconds.
  fileprivate var time: String { ValueFormat.nanoseconds.text(self) }
}

extension Ratio {
  /// Of a whole scenario: for a reason that is not the two rows' own.
  fileprivate var isForbidden: Bool {
    refusal == .classesDiffer || refusal == .oneRound
  }
}

// MARK: Single paths and memory

extension CompareSection {
  private var pathExhibit: Exhibit? {
    guard !paths.isEmpty else { return nil }
    return Exhibit(
      title: "Single paths, by one task on the pool", chart: nil,
      table: Table(
        header: ["", "keys", "time", "beside", "time", "ratio", "at most"],
        rows: paths.map { path in
          TableRow(
            [
              path.path, path.keyType.rawValue, path.nanoseconds.time, path.reference,
              path.referenceNanoseconds.time, path.ratio.label,
              path.target.map(ValueFormat.number.text) ?? "–",
            ])
        }))
  }

  private var memoryExhibit: Exhibit? {
    let known = memory.filter { $0.bytes != nil }
    guard let keys = known.first?.heldKeys else { return nil }
    let groups = known.groups(by: \.keyType).map { type, rows in
      RowGroup(
        "\(type) keys",
        rows.compactMap { row in
          row.bytes.map { ChartRow(row.subject.label, row.role.standing, $0.perHeldKey) }
        })
    }
    return Exhibit(
      title: "Memory, with \(grouped(keys)) keys held at once",
      chart: .rows(
        RowChart(
          description: "Bytes for each held key",
          axis: Axis("Bytes for each held key", better: .less), groups: groups)),
      table: Table(
        header: ["", "keys", "empty table", "per held key", "left per released key"],
        rows: known.compactMap { row in
          row.bytes.map {
            TableRow(
              [
                row.subject.label, row.keyType.rawValue, ValueFormat.bytes.text(Double($0.empty)),
                ValueFormat.number.text($0.perHeldKey) + " B",
                ValueFormat.number.text($0.perReleasedKey) + " B",
              ], standing: row.role.standing)
          }
        }))
  }
}

extension MemoryRecord {
  fileprivate var subject: Subject { Subject(name: name, role: role, violations: 0) }
}
