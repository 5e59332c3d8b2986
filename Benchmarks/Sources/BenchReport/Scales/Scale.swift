import Foundation

/// Places values along a length of the drawing.
struct Scale {
  let kind: ScaleKind
  /// In the values' own unit, but for percentiles: there in nines.
  let domain: ClosedRange<Double>
  /// Where the domain's ends are in the drawing; the first may be the greater one.
  let start: Double
  let end: Double

  init(_ kind: ScaleKind, domain: ClosedRange<Double>, start: Double, end: Double) {
    self.kind = kind
    self.domain = domain
    self.start = start
    self.end = end
  }

  /// The position of a value; those outside of the domain are put on its border.
  func callAsFunction(_ value: Double) -> Double {
    let low = Self.distance(domain.lowerBound, kind)
    let high = Self.distance(domain.upperBound, kind)
    let part = (Self.distance(value, kind, nines: domain.upperBound) - low) / (high - low)
    return start + (end - start) * min(max(part, 0), 1)
  }

  private static func distance(_ value: Double, _ kind: ScaleKind, nines: Double? = nil) -> Double {
    switch kind {
    case .linear: value
    case .log2, .log10: log10(max(value, .leastNormalMagnitude))
    case .nines: nines.map { Nines.of(value, maximum: $0) } ?? value
    }
  }
}

extension Scale {
  /// Of an axis of what was measured, at most: its ends are ticks.
  static let tickCount = 9

  /// An axis of what was chosen: as long as the values reach.
  static func tight(_ kind: ScaleKind, _ values: [Double], start: Double, end: Double) -> Scale {
    let known = values.filter { kind.accepts($0) }
    guard let low = known.min(), let high = known.max() else {
      return Scale(kind, domain: 1...2, start: start, end: end)
    }
    let domain: ClosedRange<Double> =
      switch kind {
      case .nines: Nines.domain(known)
      case .linear: low < high ? low...high : (low - 0.5)...(high + 0.5)
      case .log2, .log10: low < high ? low...high : (low / 2)...(high * 2)
      }
    return Scale(kind, domain: domain, start: start, end: end)
  }

  /// An axis of what was measured: to the next round values, from zero where there is one.
  static func round(_ kind: ScaleKind, _ values: [Double], start: Double, end: Double) -> Scale {
    let known = values.filter { kind.accepts($0) }
    guard let low = known.min(), let high = known.max(), kind != .nines else {
      return tight(kind, values, start: start, end: end)
    }
    guard kind != .linear else {
      let (first, last) = (min(low, 0), high > 0 ? high : low < 0 ? 0 : 1)
      let step = Ticks.step(first...last, atMost: tickCount)
      let domain = (first / step).rounded(.down) * step...(last / step).rounded(.up) * step
      return Scale(kind, domain: domain, start: start, end: end)
    }
    let (bottom, top) = (Ticks.roundDown(low), Ticks.roundUp(high))
    let domain = bottom < top ? bottom...top : (bottom / 2)...(top * 2)
    return Scale(kind, domain: domain, start: start, end: end)
  }

  /// As many round values along the axis as have room for their text, side by side.
  func ticks(_ format: ValueFormat, size: Double) -> [Double] {
    let gap = 10.0
    func haveRoom(_ ticks: [Double]) -> Bool {
      let halves = ticks.map { TextMetrics.width(format.tick($0), size: size) / 2 }
      return ticks.indices.dropFirst().allSatisfy {
        self(ticks[$0]) - halves[$0] - gap >= self(ticks[$0 - 1]) + halves[$0 - 1]
      }
    }
    guard kind != .nines else {
      return Nines.ticks(domain).reduce(into: []) { chosen, tick in
        let more = (chosen + [tick]).sorted()
        if haveRoom(more) { chosen = more }
      }
    }
    let least = format == .count ? 1.0 : 0
    return (2...24).reversed().lazy.map { ticks(atMost: $0, least: least) }.first(where: haveRoom)
      ?? []
  }

  /// Round values to write along the axis.
  func ticks(atMost count: Int, least: Double = 0) -> [Double] {
    switch kind {
    case .linear: Ticks.linear(domain, atMost: count, least: least)
    case .log2: Ticks.powersOfTwo(domain, atMost: count)
    case .log10: Ticks.decades(domain, atMost: count)
    case .nines: Nines.ticks(domain).prefix(count).sorted()
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
  private static let ticks = [99, 99.9, 50, 90, 99.99, 99.999, 99.9999, 0]

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

  /// Those first that a reader looks for first.
  static func ticks(_ domain: ClosedRange<Double>) -> [Double] {
    [100]
      + ticks.filter {
        domain.contains(of($0) + 1e-9) || domain.contains(of($0) - 1e-9)
      }
  }
}
