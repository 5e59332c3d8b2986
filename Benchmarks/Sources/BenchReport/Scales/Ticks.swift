import Foundation

/// Round values of an axis.
enum Ticks {
  /// The ticks that an axis may have, from many to few: a drawing takes the first that have room.
  static func sets(_ kind: ScaleKind, _ domain: ClosedRange<Double>, least: Double = 0)
    -> [[Double]]
  {
    switch kind {
    case .linear: linear(domain, least: least)
    // Where there is no power of the base, or only one, any round value is better than none.
    case .log2: powersOfTwo(domain).filter { $0.count > 1 } + linear(domain, least: least)
    case .log10: decades(domain).filter { $0.count > 1 } + linear(domain, least: least)
    case .nines: percentiles(domain)
    }
  }

  /// Multiples of a round step inside the domain, which is no less than `least`.
  private static func linear(_ domain: ClosedRange<Double>, least: Double) -> [[Double]] {
    steps(domain).map { step in
      let step = max(step, least)
      let first = (domain.lowerBound / step - 1e-9).rounded(.up)
      let last = (domain.upperBound / step + 1e-9).rounded(.down)
      // Not by adding, which would leave 0.30000000000000004.
      return stride(from: first, through: last, by: 1).map {
        step < 1 ? $0 / (1 / step).rounded() : $0 * step
      }
    }
  }

  /// Powers of two, or of four and so on.
  private static func powersOfTwo(_ domain: ClosedRange<Double>) -> [[Double]] {
    let first = (log2(domain.lowerBound) - 1e-9).rounded(.up)
    return (1...40).map { step in
      stride(from: first, through: log2(domain.upperBound) + 1e-9, by: Double(step)).map(exp2)
    }
  }

  /// Powers of ten, with what is between them, or of a hundred and so on.
  private static func decades(_ domain: ClosedRange<Double>) -> [[Double]] {
    let exponents =
      Int(log10(domain.lowerBound).rounded(.down))...Int(log10(domain.upperBound).rounded(.up))
    func set(_ factors: [Double], each step: Int) -> [Double] {
      exponents.filter { $0.isMultiple(of: step) }.flatMap { exponent in
        factors.map { power($0, exponent) }
      }.filter { $0 >= domain.lowerBound * 0.999_999 && $0 <= domain.upperBound * 1.000_001 }
    }
    return [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3]].map { set($0, each: 1) }
      + (1...40).map { set([1], each: $0) }
  }

  /// Without those first that a reader misses least.
  private static func percentiles(_ domain: ClosedRange<Double>) -> [[Double]] {
    let known = [99, 99.9, 90, 99.99, 50, 99.999, 99.9999, 0].filter { percentile in
      [-1e-9, 1e-9].contains { domain.contains(Nines.of(percentile) + $0) }
    }
    return (0...known.count).reversed().map { known.prefix($0).sorted() + [100] }
  }
}

// MARK: Round numbers

extension Ticks {
  /// 1, 2, 5, 10, 20 and so on: the number 0 is 1.
  private static func roundNumber(_ number: Int) -> Double {
    let exponent = Int((Double(number) / 3).rounded(.down))
    return power([1, 2, 5][number - 3 * exponent], exponent)
  }

  /// The round number that is 1, 10, 100, …, next below the value.
  private static func decade(_ value: Double) -> Int { 3 * Int(log10(value).rounded(.down)) }

  /// Exact as far as can be: 5 × 10⁻¹ is 0.5.
  private static func power(_ factor: Double, _ exponent: Int) -> Double {
    exponent < 0 ? factor / pow(10, Double(-exponent)) : factor * pow(10, Double(exponent))
  }

  /// Steps that divide the domain into a hundred parts at most, and ever fewer.
  private static func steps(_ domain: ClosedRange<Double>) -> [Double] {
    let width = domain.upperBound - domain.lowerBound
    guard width > 0, width.isFinite else { return [1] }
    return (decade(width) - 3...decade(width) + 3).map(roundNumber)
  }

  /// The least domain around the values whose ends are two of at most so many ticks.
  static func linearDomain(_ values: ClosedRange<Double>, atMost count: Int)
    -> ClosedRange<Double>
  {
    let domains = steps(values).map { step in
      let first = (values.lowerBound / step + 1e-9).rounded(.down)
      let last = (values.upperBound / step - 1e-9).rounded(.up)
      return (count: last - first + 1, domain: first * step...last * step)
    }
    return domains.first { $0.count <= Double(count) }?.domain ?? values
  }

  /// The next round value on a logarithmic axis, downwards.
  static func roundDown(_ value: Double) -> Double {
    let numbers = (decade(value)...decade(value) + 3).map(roundNumber)
    return numbers.last { $0 <= value * 1.000_001 } ?? value
  }

  /// The next round value on a logarithmic axis, upwards.
  static func roundUp(_ value: Double) -> Double {
    let numbers = (decade(value)...decade(value) + 3).map(roundNumber)
    return numbers.first { $0 >= value * 0.999_999 } ?? value
  }
}
