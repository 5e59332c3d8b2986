internal import CLockTable

extension LockTableStatistics {
  /// How long waits or holds have lasted, counted by their length.
  ///
  /// The bounds are fixed. So the histograms of several tables, and of several processes, can be
  /// added up.
  public struct Histogram: Sendable, Hashable {
    /// The upper bounds, from the smallest to the largest. The last count has none.
    public let bounds: [Duration]

    /// One count for each bound, and one more. A count is of the times that are no longer than its
    /// bound, and longer than the bound before. The last count is of the times that are longer than
    /// the largest bound.
    public let counts: [Int]

    /// The sum of all times.
    public let sum: Duration

    /// The number of all times.
    public var count: Int { counts.reduce(0, +) }

    /// Makes a histogram.
    ///
    /// Traps unless the bounds rise, and there is one more count than there are bounds.
    public init(bounds: [Duration], counts: [Int], sum: Duration) {
      guard Self.areValid(bounds, counts) else {
        fatalError(
          """
          LockTableStatistics.Histogram: the bounds must rise, and \(bounds.count) bounds need \
          \(bounds.count + 1) counts, not \(counts.count)
          """)
      }
      self.bounds = bounds
      self.counts = counts
      self.sum = sum
    }

    static func areValid(_ bounds: [Duration], _ counts: [Int]) -> Bool {
      counts.count == bounds.count + 1 && zip(bounds, bounds.dropFirst()).allSatisfy(<)
    }
  }
}

extension LockTableStatistics.Histogram: CustomStringConvertible {
  /// The number of the times, their sum, and the counts that are not zero, each with its bound:
  /// `3 in 1.2 s (≤ 50 ms: 2, ≤ 5 s: 1)`.
  public var description: String {
    let labels = bounds.map { "≤ \($0.brief)" } + ["longer"]
    let filled = zip(labels, counts).filter { $0.1 != 0 }.map { "\($0.0): \($0.1)" }
    guard !filled.isEmpty else { return "0" }
    return "\(count) in \(sum.brief) (\(filled.joined(separator: ", ")))"
  }
}

extension LockTableStatistics.Histogram {
  private static func bounds(from first: UInt32) -> [Duration] {
    (first..<LT_TIMES - 1).map { .nanoseconds(Int64(clamping: lt_time_bound($0))) }
  }

  /// `first`: what is counted before it is always zero, and left out.
  init(_ times: lt_times_t, from first: UInt32 = 0) {
    let last = LT_TIMES - 1
    bounds = Self.bounds(from: first)
    counts = withUnsafeBytes(of: times.counts) { bytes in
      // Sound: the tuple is the C array of LT_TIMES counts.
      bytes.bindMemory(to: UInt64.self)[Int(first)...Int(last)].map { Int(clamping: $0) }
    }
    sum = .nanoseconds(Int64(clamping: times.nanoseconds))
  }
}
