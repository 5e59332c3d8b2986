import ArgumentParser
import SinglePaths

/// What the machine can do at all.
struct FloorExperiment: Experiment {
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

  func validate() throws { try require("--rounds", [rounds], in: Limit.rounds) }

  var summary: String {
    """
    What this machine can do at all, one operation at a time; medians of \(rounds) rounds, in which the \
    operations take turns. Hand-offs are one way, between threads that are kept on two cores; the other \
    tables quote themselves in these.
    """
  }

  func run(in session: Session) throws {
    let operations = FloorOperation.all
    var times = operations.map { _ in [Double]() }
    // The first round warms up.
    interleave(rounds: rounds + 1, operations.count) { round, index in
      session.show("round \(round) of \(rounds): \(operations[index].name)")
      let nanoseconds = operations[index].nanoseconds()
      if round > 0 { times[index].append(nanoseconds) }
    }
    let unit = median(times.first ?? [])
    try session.emit(
      zip(operations, times).compactMap { operation, times in
        Spread(times).map {
          FloorRecord(
            operation: operation.kind, name: operation.name, nanoseconds: $0,
            timesRMWPair: $0.median / unit)
        }
      })
  }
}

/// Something that takes its time on every machine.
private struct FloorOperation {
  let kind: FloorRecord.Operation
  let name: String
  /// Of one.
  let nanoseconds: () -> Double

  /// The first is the unit of the others.
  static var all: [Self] {
    let withLock = (SinglePath.strings() + SinglePath.ints())
      .filter { $0.name == SinglePath.withLockName }
    return [
      Self(.oneRMWPair, .rmwPair),
      Self(.twoRMWPair, .twoRMWPair),
      Self(.pthreadPair, .mutexPair, name: "pthread_mutex_lock and _unlock"),
      Self(.coreHandOff, "core to core, both spinning", CoreHandOff.quickNanoseconds),
      FutexHandOff.isAvailable
        ? Self(.futexHandOff, "futex: wake the other thread and sleep") { FutexHandOff().time(300) }
        : nil,
      Self(
        .continuationHandOff, .resumingEachOther,
        name: "continuation: resume the other task and suspend", count: 3_000),
      Self(.clock, .clock),
      Self(.hasherOfString, .hasherOfString),
    ].compactMap(\.self)
      + withLock.map { path in
        switch path.keyType {
        case .string:
          Self(.lockTableOfString, path.loop, name: "LockTable: withLock of such a String")
        case .int: Self(.lockTableOfInt, path.loop, name: "LockTable: withLock of an Int")
        }
      }
  }

  private init(_ kind: FloorRecord.Operation, _ name: String, _ nanoseconds: @escaping () -> Double)
  {
    self.kind = kind
    self.name = name
    self.nanoseconds = nanoseconds
  }

  private init(
    _ kind: FloorRecord.Operation, _ loop: Loop, name: String? = nil, count: Int = 200_000
  ) {
    self.init(kind, name ?? loop.name) { time(loop, count) }
  }
}
