import BenchReport

// How the report words and orders what several of its sections have in common.

extension Subject {
  /// The same in charts and tables. A dagger says that the contender gives less than LockTable.
  var label: String { role == .lesser ? name + " †" : name }

  var standing: Standing { role.standing }

  /// In the table of a row whose figures mean nothing.
  var failure: String? {
    fails ? "FAILS: \(grouped(violations)) violations" : nil
  }
}

extension Role {
  var standing: Standing {
    switch self {
    case .lockTable: .ours
    case .exact, .lesser: .peer
    case .yardstick, .loop: .reference
    }
  }
}

extension Spread {
  /// Of a chart.
  var range: ClosedRange<Double>? { low < high ? low...high : nil }

  /// Of a table: "18.4 ns", or with its spread "18.4 ns (17.9 – 19.2)".
  func cell(_ format: ValueFormat = .nanoseconds) -> String { format.text(median) }

  /// "17.9 – 19.2 ns", or with both units where they differ.
  func rangeCell(_ format: ValueFormat = .nanoseconds) -> String {
    let (low, high) = (format.text(low), format.text(high))
    let unit = high.firstIndex(of: " ").map { high[$0...] } ?? ""
    return "\(low.hasSuffix(unit) ? low.dropLast(unit.count) : low[...]) – \(high)"
  }
}

extension Ratio {
  /// Of a row to itself.
  var isSelf: Bool { spread.low == 1 && spread.high == 1 }

  /// The ratio, or what stands in its place where it is not to be quoted.
  var label: String {
    switch refusal {
    case _ where isSelf: "1"
    case nil: ValueFormat.number.text(spread.median)
    case .spreadCoversOne: shortCell
    case .oneRound, .classesDiffer, .failsWitness: "–"
    }
  }
}

extension Ratio? {
  var label: String { self?.label ?? "–" }
}

extension UInt64 {
  /// Nanoseconds.
  var time: String { ValueFormat.nanoseconds.text(Double(self)) }
}

extension Percentiles {
  static let header = ["p50", "p90", "p99", "p99.9", "p99.99", "max"]

  var cells: [String] { [p50, p90, p99, p999, p9999, max].map(\.time) }
}

extension Array {
  /// Runs of elements with equal keys, wherever they stand, in the order of the first of each.
  func groups<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
    var places: [Key: Int] = [:]
    var groups: [(key: Key, members: [Element])] = []
    for element in self {
      let key = key(element)
      if let place = places[key] {
        groups[place].members.append(element)
      } else {
        places[key] = groups.count
        groups.append((key, [element]))
      }
    }
    return groups
  }
}

/// A table with a row for each contender and a column for each value of what is varied.
struct Pivot {
  private var subjects: [(subject: Subject, cells: [String: String])] = []
  private var columns: [String] = []

  mutating func set(_ subject: Subject, _ column: String, _ text: String) {
    if !columns.contains(column) {
      columns.append(column)
    }
    if let place = subjects.firstIndex(where: { $0.subject.name == subject.name }) {
      subjects[place].cells[column] = text
      subjects[place].subject.violations += subject.violations
    } else {
      subjects.append((subject, [column: text]))
    }
  }

  var table: BenchReport.Table {
    Table(
      header: [""] + columns,
      rows: subjects.map { row in
        TableRow(
          [row.subject.label] + columns.map { row.cells[$0] ?? "–" },
          standing: row.subject.standing, failure: row.subject.failure)
      })
  }
}
