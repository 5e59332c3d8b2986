/// A bound, and whether it is kept.
struct TargetRecord: Record {
  static let kind = "target"

  enum Bound: Sendable {
    case atMost(Double)
    case atLeast(Double)
  }

  enum Verdict: String, Codable, Sendable {
    case met
    case missed
    /// The spread covers the bound, or there is none.
    case undecided
    /// Not to be measured here.
    case unavailable
  }

  var name: String
  var reference: String
  var ratio: Ratio?
  /// Where it is not a ratio.
  var value: Double?
  var bound: Bound?
  /// Nil where there is no bound.
  var verdict: Verdict?
  var detail: String?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column<Self>("what is compared", "what is divided by what, or the unit") { .text($0.reference) }
    Column<Self>("figure", "with '--wide' also the rounds' spread") { target in
      target.value.map { .number($0) } ?? .ratio(target.ratio)
    }
    Column<Self>("bound") { .text($0.bound?.words ?? "–") }
    Column<Self>("verdict", "met or missed if the whole spread is on one side of the bound") {
      .text($0.verdict?.rawValue ?? "–")
    }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "Bounds that LockTable sets itself",
      reading: "What was promised before it was measured, and what the measurement says.",
      title: { _ in "Targets" },
      name: { RowName($0.name) },
      notes: { $0.compactMap { target in target.detail.map { "\(target.name): \($0)." } } })
  }
}

extension TargetRecord.Bound {
  fileprivate var words: String {
    switch self {
    case .atMost(let value): "≤ \(ValueFormat.number.text(value))"
    case .atLeast(let value): "≥ \(ValueFormat.number.text(value))"
    }
  }
}
