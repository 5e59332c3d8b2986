import Foundation

/// Round values of an axis of what was measured.
enum Ticks {
  /// Of such an axis, at most: its ends are ticks.
  static let count = 9

  /// Multiples of a step, for ever greater steps.
  static func linear(_ domain: ClosedRange<Double>) -> [[Double]] {
    steps(domain).map { step in
      let first = (domain.lowerBound / step - 1e-9).rounded(.up)
      let last = (domain.upperBound / step + 1e-9).rounded(.down)
      // Not by adding, which would leave 0.30000000000000004.
      return stride(from: first, through: last, by: 1).map {
        step < 1 ? $0 / (1 / step).rounded() : $0 * step
      }
    }
  }

  /// Powers of ten, with what is between them, or of a hundred and so on.
  static func decades(_ domain: ClosedRange<Double>) -> [[Double]] {
    let exponents =
      Int(log10(domain.lowerBound).rounded(.down))...Int(log10(domain.upperBound).rounded(.up))
    let inside = domain.lowerBound * 0.999_999...domain.upperBound * 1.000_001
    func set(_ factors: [Double], each step: Int) -> [Double] {
      exponents.filter { $0.isMultiple(of: step) }
        .flatMap { exponent in factors.map { power($0, exponent) } }.filter(inside.contains)
    }
    return [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3]].map { set($0, each: 1) }
      + (1...40).map { set([1], each: $0) }
  }

  /// The domain around the values whose ends are ticks.
  static func linearDomain(around values: ClosedRange<Double>) -> ClosedRange<Double> {
    for step in steps(values) {
      let first = (values.lowerBound / step + 1e-9).rounded(.down)
      let last = (values.upperBound / step - 1e-9).rounded(.up)
      if last - first < Double(count) { return first * step...max(last, first + 1) * step }
    }
    return values
  }

  /// From the next 1, 2 or 5 times a power of ten downwards to the next one upwards.
  static func logarithmicDomain(around values: ClosedRange<Double>) -> ClosedRange<Double> {
    let (low, high) = (values.lowerBound, values.upperBound)
    let bottom = numbers(around: low).last { $0 <= low * 1.000_001 } ?? low
    let top = numbers(around: high).first { $0 >= high * 0.999_999 } ?? high
    return bottom < top ? bottom...top : (bottom / 2)...(top * 2)
  }

  /// Steps that divide the domain into a hundred parts at most, and ever fewer.
  private static func steps(_ domain: ClosedRange<Double>) -> [Double] {
    let width = domain.upperBound - domain.lowerBound
    return width > 0 && width.isFinite ? numbers(around: width) : [1]
  }

  /// Of the numbers …, 0.5, 1, 2, 5, 10, 20, …, those around the value's power of ten.
  private static func numbers(around value: Double) -> [Double] {
    let exponent = Int(log10(value).rounded(.down))
    return [exponent - 1, exponent].flatMap { exponent in [1, 2, 5].map { power($0, exponent) } }
      + [power(1, exponent + 1)]
  }

  /// Exact as far as can be: 5 × 10⁻¹ is 0.5.
  private static func power(_ factor: Double, _ exponent: Int) -> Double {
    exponent < 0 ? factor / pow(10, Double(-exponent)) : factor * pow(10, Double(exponent))
  }
}
