/// How the records of one type are shown. The text tables, the legend, the statements below them and the
/// sections of a page are all derived from this.
struct Presentation<R: Record> {
  /// Of the page's section. Types with the same heading share a section.
  var heading = ""
  /// What a reader of the section sees, and which way is better.
  var reading = ""
  /// Records with equal titles make a table.
  var title: (R) -> String = { _ in "" }
  /// Divides a table: a text table for each, a group of rows in a chart.
  var group: (R) -> String = { _ in "" }
  var name: (R) -> RowName = { _ in RowName("") }
  /// Of the records of one table.
  var charts: (_ title: String, [R]) -> [any Chart] = { _, _ in [] }
  /// What a reader has to know of a table, a sentence each.
  var notes: ([R]) -> [String] = { _ in [] }
  var headlines: ([R]) -> [Headline] = { _ in [] }
}

struct RowName {
  var text: String
  var standing: Standing
  /// What gives the same as LockTable is marked by a star, what gives less by a dagger.
  var role: Role?
  /// Why the row's figures mean nothing, if they don't.
  var failure: String?

  init(_ text: String, _ standing: Standing = .peer) {
    self.text = text
    self.standing = standing
  }

  init(_ subject: Subject) {
    self.init(subject.name, subject.role.standing)
    role = subject.role
    failure = subject.fails ? "FAILS: \(grouped(subject.violations)) violations" : nil
  }

  var title: String { (role == .exact ? "* " : "  ") + text + (failure == nil ? "" : "  FAILS") }

  var label: String { role == .lesser ? text + " †" : text }
}

extension ContenderRecord {
  var name: RowName { RowName(subject) }
}

/// A column: its title, what the legend says of it, and the value that a record has there.
struct Column<R: Record> {
  var title: String
  var legend: String
  /// Only with `--wide`, and in pages.
  var isWide = false
  var value: (R) -> Value

  init(
    _ title: String, wide: Bool = false, _ legend: String = "",
    _ value: @escaping (R) -> Value
  ) {
    self.title = title
    self.legend = legend
    isWide = wide
    self.value = value
  }
}

/// Columns one below the other.
@resultBuilder
enum ColumnBuilder<R: Record> {
  static func buildExpression(_ column: Column<R>) -> [Column<R>] { [column] }

  static func buildExpression(_ columns: [Column<R>]) -> [Column<R>] { columns }

  static func buildBlock(_ columns: [Column<R>]...) -> [Column<R>] { columns.flatMap { $0 } }
}

/// What stands in a cell, with its unit. "–" stands for what was not measured.
enum Value {
  case number(Double?)
  case time(Double?)
  case count(Int?)
  case bytes(Double?)
  /// A part of a whole.
  case share(Double?)
  case spread(Spread?, ValueFormat)
  case ratio(Ratio?)
  case text(String)

  static func time(_ nanoseconds: UInt64) -> Self { .time(Double(nanoseconds)) }

  /// - Parameter isWide: With the rounds' spread, if there is one.
  func cell(isWide: Bool) -> String {
    switch self {
    case .number(let value): ValueFormat.number.cell(value)
    case .time(let value): ValueFormat.nanoseconds.cell(value)
    case .count(let value): value.map(grouped) ?? "–"
    case .bytes(let value): ValueFormat.bytes.cell(value)
    case .share(let value): ValueFormat.share.cell(value)
    case .spread(let spread?, let format): spread.cell(format, isWide: isWide)
    case .ratio(let ratio?): ratio.cell(isWide: isWide)
    case .spread(nil, _), .ratio(nil): "–"
    case .text(let text): text
    }
  }

  var ratio: Ratio? { if case .ratio(let ratio) = self { ratio } else { nil } }
}

extension ValueFormat {
  func cell(_ value: Double?) -> String { value.map(text) ?? "–" }
}

extension Spread {
  /// "18.4 ns", or with its spread "18.4 ns (17.9 – 19.2)".
  func cell(_ format: ValueFormat, isWide: Bool) -> String {
    guard isWide, let range else { return format.text(median) }
    return "\(format.text(median)) (\(Self.text(range, format)))"
  }

  /// "17.9 – 19.2 ns", or with both units where they differ.
  static func text(_ range: ClosedRange<Double>, _ format: ValueFormat) -> String {
    let (low, high) = (format.text(range.lowerBound), format.text(range.upperBound))
    let unit = high.firstIndex(of: " ").map { high[$0...] } ?? ""
    return "\(low.hasSuffix(unit) ? low.dropLast(unit.count) : low[...]) – \(high)"
  }

  var range: ClosedRange<Double>? { low < high ? low...high : nil }
}

extension Ratio {
  /// The ratio, or what stands in its place where it is not to be quoted.
  func cell(isWide: Bool) -> String {
    switch refusal {
    case .oneRound, .classesDiffer, .failsWitness: "–"
    case _ where isSelf: "1"
    case nil: spread.cell(.number, isWide: isWide)
    case .spreadCoversOne:
      (isCloseToOne ? "≈ 1" : "?")
        + (isWide ? " (\(Spread.text(spread.low...spread.high, .number)))" : "")
    }
  }

  /// Of a row to itself.
  var isSelf: Bool { spread.low == 1 && spread.high == 1 }
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

// MARK: Charts

extension ChartRow {
  init(_ spread: Spread) { self.init(value: spread.median, spread: spread.range) }
}

extension Presentation {
  /// A row for each record that does not fail and has a figure.
  static func rows(
    _ title: String, _ records: [R], _ axis: Axis,
    reference: (value: Double, label: String)? = nil, _ row: (R) -> ChartRow?
  ) -> any Chart {
    let (shown, name) = (R.presentation.group, R.presentation.name)
    let groups = records.groups(by: shown)
    return RowChart(
      description: "\(axis.label): \(title)", axis: axis, reference: reference,
      groups: groups.map { heading, records in
        RowGroup(
          groups.count == 1 ? "" : heading,
          records.compactMap { record in
            let name = name(record)
            guard name.failure == nil, var row = row(record) else { return nil }
            (row.name, row.standing) = (name.label, name.standing)
            return row
          })
      })
  }

  /// The same, where it is the only chart.
  static func rows(
    _ axis: Axis, _ row: @escaping (R) -> ChartRow?
  ) -> (_ title: String, [R]) -> [any Chart] {
    { title, records in [rows(title, records, axis, row)] }
  }

  /// A line for each contender that does not fail.
  ///
  /// - Parameter emphasis: The contenders that matter, if not all do.
  static func lines(
    _ title: String, _ records: [R], x: Axis, y: Axis, emphasis: (R) -> Bool = { _ in false },
    _ points: ([R]) -> [Point]
  ) -> any Chart {
    let name = R.presentation.name
    let drawn = records.filter { name($0).failure == nil }
    return LineChart(
      description: "\(y.label): \(title)", x: x, y: y,
      series: drawn.groups { name($0).label }.map { label, records in
        Series(name: label, standing: name(records[0]).standing, points: points(records))
      },
      emphasis: Set(drawn.filter(emphasis).map { name($0).label }))
  }
}

extension Array {
  /// Runs of elements with equal keys, wherever they stand, in the order of the first of each.
  func groups<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
    let members = Dictionary(grouping: self, by: key)
    var seen: Set<Key> = []
    return map(key).filter { seen.insert($0).inserted }.map { ($0, members[$0] ?? []) }
  }
}

// MARK: Columns that several experiments have

extension Column {
  /// - Parameter other: What the row's time is divided by.
  static func ratio(
    _ title: String, wide: Bool = false, of other: String, _ ratio: @escaping (R) -> Ratio?
  ) -> Self {
    Column(title, wide: wide, "the row's time divided by \(other), paired by rounds") {
      .ratio(ratio($0))
    }
  }

  static func time(_ legend: String, _ time: @escaping (R) -> Spread) -> Self {
    Column("time", legend) { .spread(time($0), .nanoseconds) }
  }

  static func toLockTable(_ ratio: @escaping (R) -> Ratio?) -> Self {
    .ratio("÷ LockTable", of: "LockTable's", ratio)
  }

  static func floor(_ times: @escaping (R) -> Double?) -> Self {
    Column(
      "× RMW", wide: true,
      "in the time of one uncontended atomic read-modify-write and a store: see 'floor'"
    ) { .number(times($0)) }
  }

  /// - Parameter wide: Those that are only for `--wide`.
  static func percentiles(
    wide: Set<String> = [], _ legend: String, _ percentiles: @escaping (R) -> Percentiles
  ) -> [Self] {
    Percentiles.named.map { title, percentile in
      Column(title, wide: wide.contains(title), title == "p50" ? legend : "") {
        .time(percentiles($0)[keyPath: percentile])
      }
    }
  }
}

extension Percentiles {
  static var named: [(title: String, value: KeyPath<Self, UInt64>)] {
    [
      ("p50", \.p50), ("p90", \.p90), ("p99", \.p99), ("p99.9", \.p999), ("p99.99", \.p9999),
      ("max", \.max),
    ]
  }
}

extension Column where R: ContenderRecord {
  static var violations: Self { Column("violations", wide: true) { .count($0.subject.violations) } }
}

/// "1 thread", "2 threads"
func counted(_ count: Int, _ noun: String) -> String {
  "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}
