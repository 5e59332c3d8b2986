// The rows of the experiments other than `compare`.

/// What the machine can do.
struct FloorRecord: RecordShape {
  static let kind = "floor"

  /// What is done, as a name for programs.
  enum Operation: String, Codable, CaseIterable, Sendable {
    case oneRMWPair
    case twoRMWPair
    case pthreadPair
    /// One way, as the other hand-offs.
    case coreHandOff
    case futexHandOff
    case continuationHandOff
    case clock
    case hasherOfString
    case lockTableOfString
    case lockTableOfInt
  }

  var operation: Operation
  /// In words.
  var name: String
  var nanoseconds: Spread
  /// In the time of `oneRMWPair`.
  var timesRMWPair: Double
}

/// Time to acquire, of every acquisition.
struct LatencyRecord: RecordShape {
  static let kind = "latency"

  /// When the next acquisition is meant to begin.
  enum Arrivals: String, Codable, CaseIterable, Sendable {
    /// When the one before has ended: a thread that waits puts off all that it was to do.
    case closed
    /// At moments that lie equally far apart, whatever the lock does.
    case uniform
    /// At moments that know nothing of each other, as requests do.
    case poisson
  }

  /// A point of the percentile curve.
  struct Point: Codable, Sendable {
    var percentile: Double
    var nanoseconds: UInt64
  }

  var subject: Subject
  var arrivals: Arrivals
  /// Acquisitions a second that were asked for, of all threads. Nil in a closed loop.
  var rate: Double?
  /// Acquisitions a second that there were.
  var achievedRate: Double
  /// What it ran under: threads, keys, how long they are held.
  var scenario: Scenario
  /// From the intended start until the key was held.
  var latency: Percentiles
  /// From the call until the key was held: what a clock around the call would have shown. As `latency`
  /// in a closed loop.
  var service: Percentiles
  /// The greatest of each round.
  var roundMaxima: Spread?
  var curve: [Point]
  /// In the time of a futex hand-off; nil where there are none.
  var p99TimesHandOff: Double?
  var machine: MachineClass
}

/// One contender at one value of what is varied.
struct ScaleRecord: RecordShape {
  static let kind = "scale"

  enum Dimension: String, Codable, CaseIterable, Sendable {
    case threads
    case stripes
    case liveKeys = "live-keys"
    case keyLength = "key-length"
  }

  var subject: Subject
  var dimension: Dimension
  var value: Int
  var nanosecondsPerOperation: Spread
  /// Of all threads.
  var operationsPerSecond: Double
  /// In user mode; nil where the machine does not count them, or with several threads.
  var instructionsPerOperation: Double?
  /// The time divided by that of the same contender at the first value.
  var ratioToFirst: Ratio?
  var timesRMWPair: Double
  var machine: MachineClass
}

/// Distinct keys, for a time.
struct ChurnRecord: RecordShape {
  static let kind = "churn"

  var subject: Subject
  var keyType: KeyType
  var threads: Int
  var seconds: Double
  /// Each with a key of its own, of all rounds.
  var operations: Int
  var nanosecondsPerOperation: Spread
  var timesRMWPair: Double
  /// Of the process: pages that it has in memory, before, after, and at most. Nil where the system does
  /// not tell.
  var residentBytesBefore: Int?
  var residentBytesAfter: Int?
  var residentBytesPeak: Int?
  /// Of the allocator, for each key that was used and is not any more.
  var bytesLeftPerKey: Double?
  /// Of the allocator, for each of `heldKeys` that are held at once.
  var bytesPerHeldKey: Double?
  var heldKeys: Int
  /// Calls of the allocator. Nil where they can't be counted.
  var allocationsPerOperation: Double?
  var ratioToLockTable: Ratio?
}

/// Who gets the key how often.
struct FairnessRecord: RecordShape {
  static let kind = "fairness"

  var subject: Subject
  var threads: Int
  var holdNanoseconds: UInt64
  /// Of all acquisitions, each thread's part: those of the thread that had the least first; the median
  /// round's.
  var shares: [Double]
  /// The least share divided by the greatest.
  var evenness: Spread
  /// Of each round, in nanoseconds.
  var longestWait: Spread
  /// The wait at 99 %.
  var p99: UInt64
  var operationsPerSecond: Double
  /// In the time of a futex hand-off; nil where there are none.
  var longestWaitTimesHandOff: Double?
  var machine: MachineClass
}

/// A file's keys in the file's order.
struct ReplayRecord: RecordShape {
  static let kind = "replay"

  var subject: Subject
  var file: String
  var threads: Int
  var lines: Int
  var distinctKeys: Int
  var holdNanoseconds: UInt64
  var nanosecondsPerOperation: Spread
  var operationsPerSecond: Double
  var ratioToLockTable: Ratio?
  var latency: Percentiles
  var timesRMWPair: Double
  var machine: MachineClass
}

/// How much a key of the file is wanted.
struct HeatRecord: RecordShape {
  static let kind = "heat"

  var key: String
  /// In the file.
  var lines: Int
  /// Of all its lines.
  var share: Double
  /// Acquisitions that found the key held by another thread, and the time that they waited: of
  /// LockTable, in a pass of its own.
  var acquisitions: Int
  var contended: Int
  var waitedNanoseconds: UInt64
  var longestWaitNanoseconds: UInt64
}

/// A bound, and whether it is kept.
struct TargetRecord: RecordShape {
  static let kind = "target"

  enum Bound: Sendable {
    case atMost(Double)
    case atLeast(Double)
  }

  enum Verdict: String, Codable, Sendable {
    case met
    case missed
    /// The spread covers the bound, or there is none.
    case undecided
    /// Not to be measured here.
    case unavailable
  }

  var name: String
  /// What is divided by what, or the unit.
  var reference: String
  var ratio: Ratio?
  /// Where it is not a ratio.
  var value: Double?
  var bound: Bound?
  /// Nil where there is no bound.
  var verdict: Verdict?
  var detail: String?
}
