import ArgumentParser
import SinglePaths

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
    let operations = floorOperations()
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

/// Something that takes its time on every machine: nanoseconds of one.
private typealias FloorOperation = (
  kind: FloorRecord.Operation, name: String, nanoseconds: () -> Double
)

private func operation(
  _ kind: FloorRecord.Operation, _ loop: Loop, name: String? = nil, count: Int = 200_000
) -> FloorOperation {
  (kind, name ?? loop.name, { time(loop, count) })
}

/// The first is the unit of the others.
private func floorOperations() -> [FloorOperation] {
  var operations: [FloorOperation] = [
    operation(.oneRMWPair, .rmwPair),
    operation(.twoRMWPair, .twoRMWPair),
    operation(.pthreadPair, .mutexPair, name: "pthread_mutex_lock and _unlock"),
    (.coreHandOff, "core to core, both spinning", HandOff.spinning),
  ]
  if HandOff.canSleep {
    let name = "futex: wake the other thread and sleep"
    operations.append((.futexHandOff, name, { HandOff.sleeping(roundTrips: 300) }))
  }
  operations += [
    operation(
      .continuationHandOff, .resumingEachOther,
      name: "continuation: resume the other task and suspend", count: 3_000),
    operation(.clock, .clock),
    operation(.hasherOfString, .hasherOfString),
  ]
  for path in SinglePath.strings() + SinglePath.ints() where path.name == SinglePath.withLockName {
    operations.append(
      path.keyType == .string
        ? operation(.lockTableOfString, path.loop, name: "LockTable: withLock of such a String")
        : operation(.lockTableOfInt, path.loop, name: "LockTable: withLock of an Int"))
  }
  return operations
}
