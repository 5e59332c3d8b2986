// In data a duration is a number of seconds, as in the metrics of most systems, with "seconds" in
// its key.

extension KeyedEncodingContainer {
  /// Encodes a duration as seconds. Whole nanoseconds come back as they are for 26 days, and as
  /// nearly the same for longer.
  package mutating func encode(seconds duration: Duration, forKey key: Key) throws {
    try encode(duration / .seconds(1), forKey: key)
  }

  package mutating func encodeIfPresent(seconds duration: Duration?, forKey key: Key) throws {
    try encodeIfPresent(duration.map { $0 / .seconds(1) }, forKey: key)
  }
}

extension KeyedDecodingContainer {
  /// Decodes seconds, rounded to a nanosecond. Throws if there are more than a duration can have.
  package func decodeSeconds(forKey key: Key) throws -> Duration {
    let seconds = try decode(Double.self, forKey: key)
    // 2⁶³ nanoseconds are 9.2 · 10⁹ seconds, and a duration has at most 2⁶³ seconds.
    if seconds.magnitude < 9e9 {
      // Not `rounded()`, which needs the library of mathematics.
      return .nanoseconds(Int64(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5)))
    }
    guard seconds.magnitude < 9e18 else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "\(seconds) seconds are out of range")
    }
    return .seconds(Int64(seconds))
  }

  package func decodeSecondsIfPresent(forKey key: Key) throws -> Duration? {
    try contains(key) && !decodeNil(forKey: key) ? decodeSeconds(forKey: key) : nil
  }
}
