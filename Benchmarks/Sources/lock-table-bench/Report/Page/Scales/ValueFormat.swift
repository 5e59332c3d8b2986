/// How a value of an axis is written.
enum ValueFormat {
  /// As it is.
  case number
  /// A count: 1, 10, 1 k, 10 M.
  case count
  /// A time, given in nanoseconds, with the unit that suits it.
  case nanoseconds
  /// A size, given in bytes.
  case bytes
  /// So many times as much.
  case times
  /// A part of a whole, given as 0 to 1.
  case share
  /// A percentile, given in percent; 100 is the maximum.
  case percentile

  /// The text of a measured value: three significant digits.
  func text(_ value: Double) -> String {
    value.isFinite ? text(value, Self.significant) : "–"
  }

  /// The text of a tick: as short as it can be.
  func tick(_ value: Double) -> String {
    let text = text(value, Self.short)
    // 4 096 is not 4.096 k.
    return self == .count && text.contains(".") ? Self.short(value) : text
  }

  private func text(_ value: Double, _ digits: (Double) -> String) -> String {
    switch self {
    case .number: digits(value)
    case .count: Self.scaled(value, 1_000, ["", " k", " M", " G"], digits)
    case .nanoseconds where value == 0: "0"
    case .nanoseconds: Self.scaled(value, 1_000, [" ns", " µs", " ms", " s"], digits)
    case .bytes: Self.scaled(value, 1_024, [" B", " KiB", " MiB", " GiB"], digits)
    case .times: digits(value) + " ×"
    case .share: digits(value * 100) + " %"
    case .percentile: value >= 100 ? "max" : "p" + Self.short(value)
    }
  }

  private static func scaled(
    _ value: Double, _ base: Double, _ units: [String], _ digits: (Double) -> String
  ) -> String {
    var (rest, unit) = (value, 0)
    // Half a unit of the third digit less, or 999.7 would become "1 000 ns".
    while rest.magnitude >= base * 0.9995, unit < units.count - 1 {
      (rest, unit) = (rest / base, unit + 1)
    }
    return digits(rest) + units[unit]
  }

  /// With three significant digits, and all of those before the point.
  private static func significant(_ value: Double) -> String {
    switch value.magnitude {
    case 0: fixed(value, 0)
    case ..<0.9995: fixed(value, 3)
    case ..<9.995: fixed(value, 2)
    case ..<99.95: fixed(value, 1)
    default: fixed(value, 0)
    }
  }

  /// Without zeros at the end.
  private static func short(_ value: Double) -> String {
    let text = fixed(value, 6).reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(text.reversed())
  }

  /// With so many digits after the point, and spaces that nothing is wrapped at.
  private static func fixed(_ value: Double, _ places: Int) -> String {
    decimal(value, places).replacing(" ", with: "\u{202f}").replacing("-", with: "−")
  }
}
