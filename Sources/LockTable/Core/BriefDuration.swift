extension Duration {
  /// The duration for people, with three significant digits: `9.52 s`, `432 µs`, `500 ms`,
  /// `1.5 min`. Rounded to the nearest; a duration of zero is `0 s`.
  package var brief: String {
    if self < .zero { return "-\((.zero - self).brief)" }
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000_000 else { return "\(seconds / 3600) h" }
    let nanoseconds = seconds * 1_000_000_000 + (attoseconds + 500_000_000) / 1_000_000_000
    guard nanoseconds > 0 else { return "0 s" }
    for (unit, size, next) in Self.units {
      // The unit's thousand, or whatever the next unit begins at, must not be reached by rounding.
      let text = Self.threeDigits(of: nanoseconds, in: size, below: next)
      if let text { return "\(text) \(unit)" }
    }
    return "\((nanoseconds + 1_800_000_000_000) / 3_600_000_000_000) h"
  }

  /// Each unit's name, its size in nanoseconds, and how many of it are one of the next unit.
  private static let units: [(name: String, size: Int64, next: Int64)] = [
    ("ns", 1, 1000), ("µs", 1000, 1000), ("ms", 1_000_000, 1000), ("s", 1_000_000_000, 60),
    ("min", 60_000_000_000, 60), ("h", 3_600_000_000_000, 100),
  ]

  /// The number of units in decimals, without zeros at its end. Nil if that is not below `next`.
  private static func threeDigits(of nanoseconds: Int64, in size: Int64, below next: Int64)
    -> String?
  {
    let whole = nanoseconds / size
    guard whole < next else { return nil }
    let (digits, scale): (Int, Int64) = whole >= 100 ? (0, 1) : whole >= 10 ? (1, 10) : (2, 100)
    // In two parts, so that nothing overflows.
    let rest = ((nanoseconds % size) * scale + size / 2) / size
    let scaled = whole * scale + rest
    guard scaled < next * scale else { return nil }
    guard scaled % scale != 0 else { return "\(scaled / scale)" }
    let decimals = String(scaled % scale)
    var padded = String(repeating: "0", count: digits - decimals.count) + decimals
    while padded.hasSuffix("0") {
      padded.removeLast()
    }
    return "\(scaled / scale).\(padded)"
  }
}
