import Foundation

/// Places values along a length of the drawing.
struct Scale {
  var kind: ScaleKind
  /// In the values' own unit, but for percentiles: there in nines.
  var domain: ClosedRange<Double>
  /// Where the domain's ends are in the drawing; the first may be the greater one.
  var start: Double
  var end: Double

  /// The position of a value; those outside of the domain are put on its border.
  func callAsFunction(_ value: Double) -> Double {
    let (low, high) = (domain.lowerBound, domain.upperBound)
    let part =
      switch kind {
      case .linear: (value - low) / (high - low)
      case .log10: log(max(value, .leastNormalMagnitude) / low) / log(high / low)
      case .nines: ((value < 100 ? countOfNines(value) : high) - low) / (high - low)
      }
    return start + (end - start) * min(max(part, 0), 1)
  }

  /// As many round values along the axis as fit.
  func ticks(where fits: ([Double]) -> Bool) -> [Double] {
    let fromManyToFew =
      switch kind {
      case .linear: Ticks.linear(domain)
      // Where there is no power of ten, or only one, any round value is better than none.
      case .log10: Ticks.decades(domain).filter { $0.count > 1 } + Ticks.linear(domain)
      case .nines: [[Double]]()
      }
    return fromManyToFew.first(where: fits) ?? []
  }

  /// Those of the values that have room for their text, side by side; the last one has in any case.
  func room(for values: [Double], _ format: ValueFormat, gap: Double = 6) -> [Double] {
    var free = Double.infinity
    return values.sorted().reversed().filter { value in
      let half = TextMetrics.width(format.tick(value)) / 2
      guard self(value) + half <= free else { return false }
      free = self(value) - half - gap
      return true
    }.reversed()
  }
}

/// How values become distances along an axis.
enum ScaleKind {
  /// In proportion, from zero.
  case linear
  /// Each doubling takes as much room, and so does each factor of ten.
  case log10
  /// For percentiles, in percent: each further nine takes as much room, and 100 is the maximum.
  case nines

  /// Whether there is a place for a value.
  func accepts(_ value: Double) -> Bool {
    switch self {
    case .linear: value.isFinite
    case .log10: value.isFinite && value > 0
    case .nines: (0...100).contains(value)
    }
  }

  /// Of an axis of what was chosen: as long as the values reach.
  func tightDomain(_ values: [Double]) -> ClosedRange<Double> {
    let known = values.filter(accepts)
    guard let low = known.min(), let high = known.max() else { return 1...2 }
    switch self {
    case .linear: return low < high ? low...high : (low - 0.5)...(high + 0.5)
    case .log10: return low < high ? low...high : (low / 2)...(high * 2)
    case .nines:
      // The maximum goes a bit beyond the greatest percentile.
      let nines = known.filter { $0 < 100 }.map(countOfNines)
      let (low, last) = (nines.min() ?? 0, nines.max() ?? 1)
      return low...(high < 100 ? max(last, low + 1) : last + 0.8)
    }
  }

  /// Of an axis of what was measured: to the next round values, from zero where there is one.
  func roundDomain(_ values: [Double]) -> ClosedRange<Double> {
    let known = values.filter(accepts)
    guard let low = known.min(), let high = known.max() else { return 1...2 }
    return switch self {
    case .linear: Ticks.linearDomain(around: min(low, 0)...max(high, 0))
    case .log10: Ticks.logarithmicDomain(around: low...high)
    case .nines: tightDomain(values)
    }
  }
}

/// 90 % is one nine, 99 % are two.
private func countOfNines(_ percentile: Double) -> Double { -log10(1 - percentile / 100) }
