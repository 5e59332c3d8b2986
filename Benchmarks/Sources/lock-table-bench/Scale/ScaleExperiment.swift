/// How cost grows with one thing, all others being equal.
struct ScaleExperiment: Experiment {
  var dimensions = ScaleRecord.Dimension.allCases
  /// To be measured at; nil for those that suit the dimension.
  var values: [Int]?
  var effort = Effort(seconds: 0.04, rounds: 5)

  let name = "scale"

  var summary: String {
    """
    How the cost of an acquisition grows with one thing: the number of threads, of stripes, of keys that \
    are held at the same time, or the length of a key. Medians of \(effort.words); "÷ first" is the time divided by that of the same row at the first value.
    """
  }

  func run(in session: Session) throws {
    let floor = session.floor
    for dimension in dimensions {
      let values = values ?? dimension.defaultValues
      let show = { (text: String) in session.show("\(dimension.rawValue): \(text)") }
      let (points, machine) = session.classified {
        switch dimension {
        case .threads: threadPoints(values, show)
        case .stripes: stripePoints(values, show)
        case .liveKeys: measureLiveKeys(values, effort, show)
        case .keyLength: keyLengthPoints(values, show)
        }
      }
      try session.emit(records(dimension, points, floor, machine))
    }
  }

  private func records(
    _ dimension: ScaleRecord.Dimension, _ points: [ScalePoint], _ floor: QuickFloor,
    _ machine: MachineClass
  ) -> [Record] {
    points.compactMap { point in
      guard let nanoseconds = Spread(point.nanoseconds) else { return nil }
      let first = points.first { $0.subject.name == point.subject.name } ?? point
      return .scale(
        ScaleRecord(
          subject: point.subject, dimension: dimension, value: point.value,
          nanosecondsPerOperation: nanoseconds, operationsPerSecond: 1e9 / nanoseconds.median,
          instructionsPerOperation: point.instructions,
          ratioToFirst: Ratio(
            point.nanoseconds, over: first.nanoseconds,
            refusal: Ratio.Refusal(point.subject, first.subject, machine)),
          timesRMWPair: nanoseconds.median / floor.rmwPair, machine: machine))
    }
  }
}

/// One contender at one value.
struct ScalePoint {
  var subject: Subject
  var value: Int
  /// Of an operation, round by round.
  var nanoseconds: [Double] = []
  var instructions: Double?
}

extension ScaleRecord.Dimension {
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
    case .threads: 1...4_096
    case .stripes: 1...65_536
    case .liveKeys: 1...10_000_000
    case .keyLength: 8...1_000_000
    }
  }
}
