import Histogram

/// A figure that was measured once in every round.
struct Spread: Codable, Sendable {
  var median: Double
  /// Between `low` and `high` lies the median with a probability of 90 % or more, for so much as the
  /// rounds can say: the least and the greatest value of up to seven rounds, something inside them of more.
  var low: Double
  var high: Double
  /// In the order of the rounds.
  var rounds: [Double]

  /// Nil if there is no round, or one with no figure.
  init?(_ rounds: [Double]) {
    guard !rounds.isEmpty, rounds.allSatisfy(\.isFinite) else { return nil }
    let sorted = rounds.sorted()
    let outside = Self.valuesOutside(count: sorted.count)
    median = lock_table_bench.median(sorted)
    low = sorted[outside]
    high = sorted[sorted.count - 1 - outside]
    self.rounds = rounds
  }

  /// How many values may be cut off at each end. A value is below the true median as a coin falls.
  private static func valuesOutside(count: Int) -> Int {
    var (outside, tail) = (0, 0.0)
    var probability = Double(sign: .plus, exponent: -count, significand: 1)
    while outside < count / 2 {
      tail += probability
      guard 2 * tail <= 0.1 else { break }
      outside += 1
      probability *= Double(count - outside + 1) / Double(outside)
    }
    return max(outside - 1, 0)
  }
}

/// How one figure compares with another, paired round by round: a slow moment of the machine slows both
/// of a round.
struct Ratio: Codable, Sendable {
  enum Refusal: String, Codable, Sendable {
    /// One round says nothing of how far the next would be from it.
    case oneRound
    /// The next run could have it the other way round.
    case spreadCoversOne
    /// The hand-off from core to core took another time after the rounds than before: part of them
    /// was measured on another machine, as it were.
    case classesDiffer
    /// One of the two let two holders into one key.
    case failsWitness
  }

  var spread: Spread
  /// Nil if it may be quoted.
  var refusal: Refusal?

  /// Nil where there is nothing to divide by.
  init?(_ values: [Double], over references: [Double], refusal: Refusal? = nil) {
    guard values.count == references.count,
      let spread = Spread(zip(values, references).map { $0 / $1 })
    else { return nil }
    self.spread = spread
    let coversOne = spread.range?.contains(1) == true
    self.refusal =
      refusal ?? (values.count == 1 ? .oneRound : coversOne ? .spreadCoversOne : nil)
  }
}

extension Ratio {
  /// Is the median known to a twentieth, up and down?
  var isPrecise: Bool { spread.high - spread.low <= spread.median / 10 }
}

/// Calls `measure`, which adds rounds and returns the ratio of all so far, until that is precise or
/// the time is used up, but so often at least.
func untilPrecise(
  atLeast least: Int = 1, seconds: Double, _ measure: () throws -> Ratio?
) rethrows -> Ratio? {
  let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
  var (ratio, times) = (try measure(), 1)
  while times < least || (ratio?.isPrecise != true && monotonicNanoseconds() < end) {
    ratio = try measure()
    times += 1
  }
  return ratio
}

struct Percentiles: Codable, Sendable {
  var count: UInt64
  var p50: UInt64
  var p90: UInt64
  var p99: UInt64
  var p999: UInt64
  var p9999: UInt64
  var max: UInt64

  init(_ histogram: Histogram<UInt64>) {
    count = histogram.totalCount
    p50 = histogram.valueAtPercentile(50)
    p90 = histogram.valueAtPercentile(90)
    p99 = histogram.valueAtPercentile(99)
    p999 = histogram.valueAtPercentile(99.9)
    p9999 = histogram.valueAtPercentile(99.99)
    max = histogram.max
  }
}

struct Subject: Codable, Sendable {
  var name: String
  var role: Role
  /// Increments that were lost, and counters that changed while a reader held the key. Anything but 0 in a
  /// row that has a lock means that it fails, and nothing is compared with it.
  var violations: Int
  /// So many operations were checked for violations. Nil where that was not counted.
  var operations: Int?

  var fails: Bool { violations != 0 && role != .loop }
}

extension [Observations] {
  /// A row that fails is no reference for others.
  func fastest(_ role: Role) -> Observations? {
    filter { $0.role == role && !$0.subject.fails }
      .min { median($0.nanoseconds) < median($1.nanoseconds) }
  }

  /// The table under test itself, not its variants.
  var lockTable: Observations? { first { $0.role == .lockTable } }
}

extension Ratio {
  init?(_ own: Observations, over other: Observations?, _ machine: MachineClass? = nil) {
    guard let other else { return nil }
    self.init(
      own.nanoseconds, over: other.nanoseconds,
      refusal: Refusal(own.subject, other.subject, machine))
  }
}

extension Ratio.Refusal {
  /// - Parameter machine: Nil where that is looked at later.
  init?(_ subject: Subject, _ reference: Subject, _ machine: MachineClass? = nil) {
    if subject.fails || reference.fails {
      self = .failsWitness
    } else if machine?.isSteady == false {
      self = .classesDiffer
    } else {
      return nil
    }
  }
}
