import Foundation

/// Round values of an axis.
enum Ticks {
  /// The distance of ticks: 1, 2 or 5 times a power of ten.
  static func step(_ domain: ClosedRange<Double>, atMost count: Int) -> Double {
    let width = domain.upperBound - domain.lowerBound
    guard width > 0, width.isFinite else { return 1 }
    let rough = width / Double(max(count - 1, 1))
    let power = pow(10, log10(rough).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= rough * 0.999_999 } ?? 10) * power
  }

  /// Multiples of a round step inside the domain, which is no less than `least`.
  static func linear(_ domain: ClosedRange<Double>, atMost count: Int, least: Double = 0)
    -> [Double]
  {
    let step = max(step(domain, atMost: count), least)
    let first = (domain.lowerBound / step - 1e-9).rounded(.up)
    let last = (domain.upperBound / step + 1e-9).rounded(.down)
    guard first <= last else { return [] }
    // Not by adding, which would leave 0.30000000000000004.
    return (Int(first)...Int(last)).map { number in
      step < 1 ? Double(number) / (1 / step).rounded() : Double(number) * step
    }
  }

  /// Powers of two, or of four and so on where there are too many.
  static func powersOfTwo(_ domain: ClosedRange<Double>, atMost count: Int) -> [Double] {
    let first = Int((log2(domain.lowerBound) - 1e-9).rounded(.up))
    let last = Int((log2(domain.upperBound) + 1e-9).rounded(.down))
    guard first < last else { return linear(domain, atMost: count) }
    let stride = (last - first + max(count, 1)) / max(count, 1)
    return Swift.stride(from: first, through: last, by: stride).map { exp2(Double($0)) }
  }

  /// Powers of ten, with what is between where there is room.
  static func decades(_ domain: ClosedRange<Double>, atMost count: Int) -> [Double] {
    let candidates = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]].map {
      decades(domain, of: $0, each: 1)
    }
    if let chosen = candidates.first(where: { $0.count <= count }), chosen.count >= 2 {
      return chosen
    }
    if let chosen = (2...40).lazy.map({ decades(domain, of: [1], each: $0) })
      .first(where: { $0.count <= count }), chosen.count >= 2
    {
      return chosen
    }
    return linear(domain, atMost: count)
  }

  private static func decades(
    _ domain: ClosedRange<Double>, of factors: [Double], each stride: Int
  ) -> [Double] {
    let first = Int(log10(domain.lowerBound).rounded(.down))
    let last = Int(log10(domain.upperBound).rounded(.up))
    return (first...last).filter { $0.isMultiple(of: stride) }.flatMap { exponent in
      factors.map { $0 * power(exponent) }
    }.filter { $0 >= domain.lowerBound * 0.999_999 && $0 <= domain.upperBound * 1.000_001 }
  }

  /// The next round value on a logarithmic axis, downwards.
  static func roundDown(_ value: Double) -> Double {
    let power = power(Int(log10(value).rounded(.down)))
    return ([5, 2, 1].first { $0 * power <= value * 1.000_001 } ?? 0.5) * power
  }

  /// The next round value on a logarithmic axis, upwards.
  static func roundUp(_ value: Double) -> Double {
    let power = power(Int(log10(value).rounded(.down)))
    return ([1, 2, 5].first { $0 * power >= value * 0.999_999 } ?? 10) * power
  }

  /// Exact as far as can be: 10⁻¹ is the nearest number to 0.1.
  private static func power(_ exponent: Int) -> Double {
    exponent < 0 ? 1 / pow(10, Double(-exponent)) : pow(10, Double(exponent))
  }
}
