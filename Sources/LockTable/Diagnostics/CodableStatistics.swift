// Statistics as data: the numbers under their names, durations as seconds.

extension LockTableStatistics: Codable {
  private enum CodingKeys: String, CodingKey {
    case acquisitions, contendedAcquisitions, parks, handOffs, timeouts, cancellations, refusals
    case closedFailures, deadlockFailures, blockedTasks, fences, keys, peakKeys, bytes
    case waitTimes, holdTimes, waiters, longestWaitSeconds, longestHoldSeconds, suspectedDeadlocks
  }

  /// Decodes what ``encode(to:)`` encodes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    acquisitions = try values.decode(Int.self, forKey: .acquisitions)
    contendedAcquisitions = try values.decode(Int.self, forKey: .contendedAcquisitions)
    parks = try values.decode(Int.self, forKey: .parks)
    handOffs = try values.decode(Int.self, forKey: .handOffs)
    timeouts = try values.decode(Int.self, forKey: .timeouts)
    cancellations = try values.decode(Int.self, forKey: .cancellations)
    refusals = try values.decode(Int.self, forKey: .refusals)
    closedFailures = try values.decode(Int.self, forKey: .closedFailures)
    deadlockFailures = try values.decode(Int.self, forKey: .deadlockFailures)
    blockedTasks = try values.decode(Int.self, forKey: .blockedTasks)
    fences = try values.decode(Int.self, forKey: .fences)
    keys = try values.decode(Int.self, forKey: .keys)
    peakKeys = try values.decode(Int.self, forKey: .peakKeys)
    bytes = try values.decode(Int.self, forKey: .bytes)
    waitTimes = try values.decode(Histogram.self, forKey: .waitTimes)
    holdTimes = try values.decode(Histogram.self, forKey: .holdTimes)
    waiters = try values.decode(Int.self, forKey: .waiters)
    longestWait = try values.decodeSeconds(forKey: .longestWaitSeconds)
    longestHold = try values.decodeSecondsIfPresent(forKey: .longestHoldSeconds)
    suspectedDeadlocks = try values.decode(Int.self, forKey: .suspectedDeadlocks)
  }

  /// Encodes the numbers under their names. Without diagnostics, the longest hold is missing.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(acquisitions, forKey: .acquisitions)
    try values.encode(contendedAcquisitions, forKey: .contendedAcquisitions)
    try values.encode(parks, forKey: .parks)
    try values.encode(handOffs, forKey: .handOffs)
    try values.encode(timeouts, forKey: .timeouts)
    try values.encode(cancellations, forKey: .cancellations)
    try values.encode(refusals, forKey: .refusals)
    try values.encode(closedFailures, forKey: .closedFailures)
    try values.encode(deadlockFailures, forKey: .deadlockFailures)
    try values.encode(blockedTasks, forKey: .blockedTasks)
    try values.encode(fences, forKey: .fences)
    try values.encode(keys, forKey: .keys)
    try values.encode(peakKeys, forKey: .peakKeys)
    try values.encode(bytes, forKey: .bytes)
    try values.encode(waitTimes, forKey: .waitTimes)
    try values.encode(holdTimes, forKey: .holdTimes)
    try values.encode(waiters, forKey: .waiters)
    try values.encode(seconds: longestWait, forKey: .longestWaitSeconds)
    try values.encodeIfPresent(seconds: longestHold, forKey: .longestHoldSeconds)
    try values.encode(suspectedDeadlocks, forKey: .suspectedDeadlocks)
  }
}

/// A bucket has the number of times, and the bound in seconds, which the last one does not have.
extension LockTableStatistics.Histogram: Codable {
  private enum CodingKeys: String, CodingKey {
    case sumSeconds, buckets
  }

  private enum BucketKeys: String, CodingKey {
    case boundSeconds, count
  }

  /// Decodes what ``encode(to:)`` encodes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    var bounds: [Duration] = []
    var counts: [Int] = []
    var buckets = try values.nestedUnkeyedContainer(forKey: .buckets)
    while !buckets.isAtEnd {
      let bucket = try buckets.nestedContainer(keyedBy: BucketKeys.self)
      counts.append(try bucket.decode(Int.self, forKey: .count))
      if let bound = try bucket.decodeSecondsIfPresent(forKey: .boundSeconds) {
        bounds.append(bound)
      }
    }
    guard Self.areValid(bounds, counts) else {
      throw DecodingError.dataCorruptedError(
        forKey: .buckets, in: values, debugDescription: "the bounds do not rise")
    }
    self.init(
      bounds: bounds, counts: counts, sum: try values.decodeSeconds(forKey: .sumSeconds))
  }

  /// Encodes the buckets, from the smallest bound to the largest, and the sum.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(seconds: sum, forKey: .sumSeconds)
    var buckets = values.nestedUnkeyedContainer(forKey: .buckets)
    for (index, count) in counts.enumerated() {
      var bucket = buckets.nestedContainer(keyedBy: BucketKeys.self)
      try bucket.encodeIfPresent(
        seconds: index < bounds.count ? bounds[index] : nil, forKey: .boundSeconds)
      try bucket.encode(count, forKey: .count)
    }
  }
}
