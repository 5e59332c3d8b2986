extension TargetRecord.Bound {
  /// What the rounds say of it.
  func verdict(_ spread: Spread) -> TargetRecord.Verdict {
    switch self {
    case .atMost(let value): spread.high <= value ? .met : spread.low > value ? .missed : .undecided
    case .atLeast(let value):
      spread.low >= value ? .met : spread.high < value ? .missed : .undecided
    }
  }
}

extension TargetRecord.Bound: Codable {
  private enum CodingKeys: CodingKey {
    case atMost, atLeast
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let value = try container.decodeIfPresent(Double.self, forKey: .atMost) {
      self = .atMost(value)
    } else {
      self = .atLeast(try container.decode(Double.self, forKey: .atLeast))
    }
  }

  /// `{"atMost": 1.2}`
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .atMost(let value): try container.encode(value, forKey: .atMost)
    case .atLeast(let value): try container.encode(value, forKey: .atLeast)
    }
  }
}

extension TargetRecord {
  /// A ratio that is to keep a bound.
  init(_ name: String, _ reference: String, _ ratio: Ratio?, _ bound: Bound?, detail: String? = nil)
  {
    self.init(
      name: name, reference: reference, ratio: ratio, value: nil, bound: bound,
      verdict: bound.map { Self.verdict(ratio, $0) }, detail: detail)
  }

  private static func verdict(_ ratio: Ratio?, _ bound: Bound) -> Verdict {
    guard let ratio else { return .unavailable }
    return switch ratio.refusal {
    case nil, .spreadCoversOne: bound.verdict(ratio.spread)
    case .oneRound, .classesDiffer, .failsWitness: .undecided
    }
  }

  /// A number that is to keep a bound, and has no spread.
  init(_ name: String, _ reference: String, value: Double?, _ bound: Bound) {
    let verdict: Verdict =
      value.flatMap { Spread([$0]) }.map { bound.verdict($0) } ?? .unavailable
    self.init(
      name: name, reference: reference, ratio: nil, value: value, bound: bound, verdict: verdict,
      detail: nil)
  }
}
