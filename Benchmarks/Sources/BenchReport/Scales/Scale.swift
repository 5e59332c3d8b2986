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
      case .log2, .log10: log(max(value, .leastNormalMagnitude) / low) / log(high / low)
      case .nines: (Nines.of(value, maximum: high) - low) / (high - low)
      }
    return start + (end - start) * min(max(part, 0), 1)
  }

  /// An axis of what was chosen: as long as the values reach.
  static func tight(_ kind: ScaleKind, _ values: [Double], start: Double, end: Double) -> Scale {
    let known = values.filter { kind.accepts($0) }
    guard let low = known.min(), let high = known.max() else {
      return Scale(kind: kind, domain: 1...2, start: start, end: end)
    }
    let domain: ClosedRange<Double> =
      switch kind {
      case .nines: Nines.domain(known)
      case _ where low < high: low...high
      case .linear: (low - 0.5)...(high + 0.5)
      case .log2, .log10: (low / 2)...(high * 2)
      }
    return Scale(kind: kind, domain: domain, start: start, end: end)
  }

  /// An axis of what was measured: to the next round values, from zero where there is one.
  static func round(_ kind: ScaleKind, _ values: [Double], start: Double, end: Double) -> Scale {
    let known = values.filter { kind.accepts($0) }
    var scale = tight(kind, known, start: start, end: end)
    guard let low = known.min(), let high = known.max() else { return scale }
    switch kind {
    case .nines: break
    case .linear:
      let (first, last) = (min(low, 0), high > 0 ? high : low < 0 ? 0 : 1)
      scale.domain = Ticks.linearDomain(first...last, atMost: tickCount)
    case .log2, .log10:
      let (bottom, top) = (Ticks.roundDown(low), Ticks.roundUp(high))
      scale.domain = bottom < top ? bottom...top : (bottom / 2)...(top * 2)
    }
    return scale
  }
}

extension Scale {
  /// Of an axis of what was measured, at most: its ends are ticks.
  static let tickCount = 9

  /// As many round values along the axis as fit.
  func ticks(least: Double = 0, where fits: ([Double]) -> Bool) -> [Double] {
    Ticks.sets(kind, domain, least: least).first(where: fits) ?? []
  }

  /// As many round values along the axis as have room for their text, side by side.
  func ticks(_ format: ValueFormat) -> [Double] {
    ticks(least: format == .count ? 1 : 0) { ticks in
      let halves = ticks.map { TextMetrics.width(format.tick($0)) / 2 }
      return ticks.indices.dropFirst().allSatisfy {
        self(ticks[$0]) - halves[$0] - 14 >= self(ticks[$0 - 1]) + halves[$0 - 1]
      }
    }
  }
}

extension ScaleKind {
  /// Whether there is a place for a value.
  func accepts(_ value: Double) -> Bool {
    switch self {
    case .linear: value.isFinite
    case .log2, .log10: value.isFinite && value > 0
    case .nines: (0...100).contains(value)
    }
  }
}

/// The axis of percentiles: 90 % is one nine, 99 % are two.
enum Nines {
  /// How many nines a percentile has, if the maximum is to be at `maximum`.
  static func of(_ percentile: Double, maximum: Double = .infinity) -> Double {
    percentile >= 100 ? maximum : -log10(1 - percentile / 100)
  }

  /// From the least percentile to a bit more than the greatest, which is where the maximum goes.
  static func domain(_ percentiles: [Double]) -> ClosedRange<Double> {
    let nines = percentiles.filter { $0 < 100 }.map { of($0) }
    let (low, high) = (nines.min() ?? 0, nines.max() ?? 1)
    return low...(percentiles.contains { $0 >= 100 } ? high + 0.8 : max(high, low + 1))
  }
}
