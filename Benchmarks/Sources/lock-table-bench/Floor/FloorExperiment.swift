import ArgumentParser

/// What the machine can do at all.
struct FloorExperiment: ExperimentCommand {
  static let configuration = CommandConfiguration(
    commandName: "floor",
    abstract: "What this machine can do at all: atomics, a mutex, hand-offs, hashing.",
    discussion: """
      No lock can be faster than the atomic operation that takes it, and no hand-off than the system's own. \
      The other subcommands quote themselves in these figures.
      """)
  static let standardEffort = Effort(seconds: 0, rounds: 9)

  @Option(help: "How often each is measured.")
  var rounds = Self.standardEffort.rounds
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--rounds", [rounds], in: Limit.rounds)
  }

  var summary: String {
    """
    What this machine can do at all, one operation at a time; medians of \(rounds) rounds, in which the \
    operations take turns. Hand-offs are one way, between threads that are kept on two cores; the other \
    tables quote themselves in these.
    """
  }

  func run(in session: Session) throws {
    let operations = FloorRecord.Operation.allCases.filter(\.isAvailable)
    let loops = FloorLoops()
    var times = operations.map { _ in [Double]() }
    for round in 0...rounds {
      session.show("round \(round) of \(rounds)")
      for turn in operations.indices {
        let index = (round + turn) % operations.count
        let nanoseconds = loops.time(operations[index])
        // The first round warms up.
        if round > 0 { times[index].append(nanoseconds) }
      }
    }
    let unit = median(times.first ?? [])
    try session.emit(
      zip(operations, times).compactMap { operation, times in
        Spread(times).map {
          FloorRecord(
            operation: operation, name: operation.title, nanoseconds: $0,
            timesRMWPair: $0.median / unit)
        }
      })
  }
}

/// What the loops work on.
private final class FloorLoops {
  private let word = AtomicWord()
  private let integers = PathState<Int>()
  private let strings = PathState<String>()
  private let pooled = PooledKey(key: String(number: 1))

  private static let count = 200_000
  private static let handOffs = 300

  /// Nanoseconds of one.
  func time(_ operation: FloorRecord.Operation) -> Double {
    let count = Self.count
    let each = 1 / Double(count)
    return switch operation {
    case .oneRMWPair: timeRMWPairs(word, count) * each
    case .twoRMWPair: timeTwoRMWPairs(word, count) * each
    case .pthreadPair: timePthreadPairs(integers.mutex, integers.counter, count) * each
    case .coreHandOff: CoreHandOff.quickNanoseconds()
    case .futexHandOff: FutexHandOff().time(Self.handOffs)
    case .continuationHandOff:
      blocking { try await ContinuationTurns().time(Self.handOffs * 10, on: nil) }
    case .clock: timeClock(count) * each
    case .hasherOfString: timeHashes(pooled, count) * each
    case .lockTableOfString:
      timeWithLock(strings.table, strings.key, strings.counter, count) * each
    case .lockTableOfInt: timeWithLock(integers.table, integers.key, integers.counter, count) * each
    }
  }
}

extension FloorRecord.Operation {
  fileprivate var isAvailable: Bool { self != .futexHandOff || FutexHandOff.isAvailable }

  fileprivate var title: String {
    switch self {
    case .oneRMWPair: "one atomic read-modify-write and a store"
    case .twoRMWPair: "two atomic read-modify-writes"
    case .pthreadPair: "pthread_mutex_lock and _unlock"
    case .coreHandOff: "core to core, both spinning"
    case .futexHandOff: "futex: wake the other thread and sleep"
    case .continuationHandOff: "continuation: resume the other task and suspend"
    case .clock: "reading the monotonic clock"
    case .hasherOfString: "Hasher over a String of 32 bytes"
    case .lockTableOfString: "LockTable: withLock of such a String"
    case .lockTableOfInt: "LockTable: withLock of an Int"
    }
  }
}
