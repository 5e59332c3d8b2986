/// A statement that a reader may remember, with what it compares; or why this run does not allow it.
struct Headline {
  /// "8 threads, 100 000 int keys"
  var conditions: String
  /// "7.7 ×"
  var value = ""
  /// "as fast as the best exact alternative"
  var claim = ""
  /// What is compared with: "refcounted pthread, 64 stripes"
  var other = ""
  /// Of both: "139 ns; LockTable: 18.1 ns"
  var figures = ""
  /// Why the run does not allow the statement.
  var doubt: String?

  /// A line of text, with the figures if they fit into it.
  var sentence: String {
    if let doubt { return "\(conditions): no statement, \(doubt)" }
    let start = "\(conditions): \(value) \(claim)"
    let full = "\(start) (\(other): \(figures))"
    return full.count <= 120 ? full : "\(start) (\(other))"
  }
}

extension Headline {
  /// Compares times, or latencies: `ratio` is LockTable's divided by the other's.
  ///
  /// - Parameter kind: What the other is, in words.
  init(_ conditions: String, _ ratio: Ratio?, as kind: String, _ other: String, _ figures: String) {
    self.init(conditions: conditions, other: other, figures: figures)
    guard let ratio else {
      doubt = "for there is nothing to compare with"
      return
    }
    doubt = ratio.doubt
    let times = ratio.spread.median
    if ratio.isCloseToOne {
      (value, claim) = ("≈ 1 ×", "the time of \(kind)")
    } else if times < 1 {
      (value, claim) = ("\(Self.short(1 / times)) ×", "as fast as \(kind)")
    } else {
      (value, claim) = ("\(Self.short(times)) ×", "the time of \(kind)")
    }
  }

  private static func short(_ value: Double) -> String { decimal(value, value < 9.95 ? 1 : 0) }
}

extension Ratio {
  /// A statement needs so many rounds, …
  private static var leastRounds: Int { 3 }
  /// … and the ends of their spread may differ by so much.
  private static var greatestSpread: Double { 2 }

  /// All rounds say that the two differ little.
  var isCloseToOne: Bool { refusal == .spreadCoversOne && spread.low > 0.8 && spread.high < 1.25 }

  /// Why the ratio is no headline, if it is none. Stricter than `refusal`, which keeps it from tables.
  fileprivate var doubt: String? {
    switch refusal {
    case .failsWitness: "for one of the two locks failed"
    case .classesDiffer: "for the machine changed meanwhile"
    case _ where spread.rounds.count < Self.leastRounds:
      "for \(spread.rounds.count == 1 ? "one round is" : "two rounds are") too few"
    case _ where isCloseToOne: nil
    case .spreadCoversOne:
      "for the rounds disagree: \(Spread.text(spread.low...spread.high, .number)) times as long"
    case _ where spread.high > Self.greatestSpread * spread.low:
      "for the rounds are too far apart: \(Spread.text(spread.low...spread.high, .number)) times as long"
    case nil, .oneRound: nil
    }
  }
}
