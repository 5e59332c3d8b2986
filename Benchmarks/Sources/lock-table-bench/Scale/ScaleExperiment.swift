import ArgumentParser

struct ScaleExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "How cost grows: with threads, stripes, live keys, and the length of keys.",
    discussion: """
      threads: 1, 2, 4 … up to the cores and four times as many, on 100 000 keys drawn uniformly. \
      stripes: of a LockTable, under as many threads as there are cores. live-keys: a key goes in and out \
      while so many others are held; 10 000 000 of them take about 5 GB. key-length: bytes of a string key.
      """)
  static let standardEffort = Effort(seconds: 0.04, rounds: 5)

  @Option(parsing: .upToNextOption, help: "What is varied.")
  var dimension = ScaleRecord.Dimension.allCases
  @Option(
    parsing: .upToNextOption,
    help: "The values that it takes; with one dimension only. (default: as told above)")
  var values: [Int] = []
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !values.isEmpty else { return }
    guard dimension.count == 1, let dimension = dimension.first else {
      throw ValidationError("'--values' needs one '--dimension' that takes them.")
    }
    try require("--values", values, in: dimension.limits)
    guard dimension != .stripes || values.allSatisfy({ $0 & ($0 - 1) == 0 }) else {
      throw ValidationError("'--values' of stripes have to be powers of two.")
    }
  }

  var summary: String {
    """
    How the cost of an acquisition grows with one thing: the number of threads, of stripes, of keys that \
    are held at the same time, or the length of a key. Medians of \(measuring.effort.words); "÷ first" is \
    the time divided by that of the same row at the first value.
    """
  }

  func run(in session: Session) throws {
    for dimension in dimension {
      let values = values.isEmpty ? dimension.defaultValues : values
      let show = { (text: String) in session.show("\(dimension.rawValue): \(text)") }
      let (points, machine) = session.classified {
        dimension == .liveKeys
          ? measureLiveKeys(values, measuring.effort, show) : measure(dimension, values, show)
      }
      try session.emit(
        points.groups(by: \.subject.name).flatMap { _, points in
          points.compactMap { point -> ScaleRecord? in
            guard let nanoseconds = Spread(point.nanoseconds) else { return nil }
            return ScaleRecord(
              subject: point.subject, dimension: dimension, value: point.value,
              nanosecondsPerOperation: nanoseconds, operationsPerSecond: 1e9 / nanoseconds.median,
              instructionsPerOperation: point.instructions,
              ratioToFirst: Ratio(
                point.nanoseconds, over: points[0].nanoseconds,
                refusal: Ratio.Refusal(point.subject, points[0].subject, machine)),
              timesRMWPair: nanoseconds.median / session.floor.rmwPair, machine: machine)
          }
        })
    }
  }
}

/// One contender at one value.
struct ScalePoint {
  var subject: Subject
  var value: Int
  var nanoseconds: [Double] = []
  var instructions: Double?
}

extension ScaleRecord.Dimension: ExpressibleByArgument {
  var defaultValues: [Int] {
    switch self {
    case .threads: Self.threadCounts
    case .stripes: [1, 4, 16, 64, 256, 1_024, 4_096]
    case .liveKeys: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
    case .keyLength: [8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096]
    }
  }

  /// 1, 2, 4 … up to the cores, and four times as many.
  private static var threadCounts: [Int] {
    let cores = coreCount
    let powers = (0...).lazy.map { 1 << $0 }.prefix { $0 < cores }
    return powers + [cores, 4 * cores]
  }

  /// What values can be asked for.
  var limits: ClosedRange<Int> {
    switch self {
    case .threads: Limit.threads
    case .stripes: 1...65_536
    case .liveKeys: Limit.keys
    case .keyLength: 8...1_000_000
    }
  }
}
