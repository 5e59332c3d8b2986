/// A bound, and whether it is kept.
struct TargetRecord: Record {
  static let kind = "target"

  /// One of the two.
  struct Bound: Codable, Sendable {
    var atMost: Double?
    var atLeast: Double?

    static func atMost(_ value: Double) -> Self { Self(atMost: value) }
    static func atLeast(_ value: Double) -> Self { Self(atLeast: value) }
  }

  enum Verdict: String, Codable, Sendable {
    case met
    case missed
    /// The spread covers the bound, or there is none.
    case undecided
    /// Not to be measured here.
    case notMeasured = "not measured"
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
    Column("what is compared", "what is divided by what, or the unit") { .text($0.reference) }
    Column("figure", "with '--wide' also the rounds' spread") { target in
      target.value.map { .number($0) } ?? .ratio(target.ratio)
    }
    Column("bound") { .text($0.bound?.words ?? "–") }
    Column("verdict", "met or missed if the whole spread is on one side of the bound") {
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
  /// What the rounds say of it.
  func verdict(_ spread: Spread) -> TargetRecord.Verdict {
    let (most, least) = (atMost ?? .infinity, atLeast ?? -.infinity)
    if spread.high <= most && spread.low >= least { return .met }
    return spread.low > most || spread.high < least ? .missed : .undecided
  }

  fileprivate var words: String {
    let format = ValueFormat.number
    return atMost.map { "≤ \(format.text($0))" } ?? "≥ \(format.cell(atLeast))"
  }
}

extension TargetRecord {
  /// A ratio, or a number that has no spread.
  init(
    _ name: String, _ reference: String, _ ratio: Ratio? = nil, value: Double? = nil,
    _ bound: Bound?, detail: String? = nil
  ) {
    let spread = ratio?.spread ?? value.flatMap { Spread([$0]) }
    self.init(
      name: name, reference: reference, ratio: ratio, value: value, bound: bound,
      verdict: bound.map { Self.verdict(spread, ratio?.refusal, $0) }, detail: detail)
  }

  private static func verdict(
    _ spread: Spread?, _ refusal: Ratio.Refusal?, _ bound: Bound
  ) -> Verdict {
    guard let spread else { return .notMeasured }
    return switch refusal {
    case nil, .spreadCoversOne: bound.verdict(spread)
    case .oneRound, .classesDiffer, .failsWitness: .undecided
    }
  }
}
