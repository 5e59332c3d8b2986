import ArgumentParser

struct CompareExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "LockTable compared with the alternatives: throughput, latency, memory.",
    discussion: """
      Without options, a set of scenarios is measured in about eighty seconds. Any option that describes a \
      scenario replaces the set by all combinations of what is given.
      """)
  static let standardEffort = Effort(seconds: 0.045, rounds: 5)

  @Option(parsing: .upToNextOption, help: "Numbers of threads, or of tasks. (default: 1 2 8)")
  var threads: [Int] = []
  @Option(parsing: .upToNextOption, help: "What acquires the keys. (default: threads)")
  var waiters: [Waiters] = []
  @Option(help: "The number of keys. (default: 100000)")
  var keys: Int?
  @Option(parsing: .upToNextOption, help: "How keys are drawn. (default: uniform)")
  var distribution: [Distribution] = []
  @Option(parsing: .upToNextOption, help: "Types of keys. (default: int)")
  var keyType: [KeyType] = []
  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 0
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "So many of a hundred acquisitions are exclusive, the others shared. (default: 100)",
      valueName: "percent"))
  var writes: [Int] = []
  @Option(help: "So many other keys are held meanwhile, by threads' scenarios.")
  var held = 0
  @Flag(help: "Tasks hold each key across a suspension.")
  var acrossAwait = false
  @Flag(help: "Only the scenarios that a report shows.")
  var brief = false
  @Flag(
    help: """
      Add rows of C++ where threads lock int and string keys: Abseil, oneTBB, a pool of std::mutex, RocksDB. They \
      have to be built in: see '--with-native' without them.
      """)
  var withNative = false
  @Flag(
    help: ArgumentHelp(
      "Add a row whose lock fails on purpose, to see that the check sees it.", visibility: .hidden))
  var withBroken = false
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--threads", threads, in: Limit.threads)
    try require("--hold", [hold], in: Limit.hold)
    try require("--keys", [keys ?? 1], in: Limit.keys)
    try require("--held", [held], in: 0...Limit.keys.upperBound)
    guard !acrossAwait || !waiters.contains { $0 != .tasks } && writes.allSatisfy({ $0 == 100 })
    else {
      throw ValidationError("'--across-await' is for tasks, all of which write.")
    }
    try require("--writes", writes, in: 0...100)
    guard !waiters.contains(.mixed) || threads.isEmpty || threads.contains(where: { $0 > 1 }) else {
      throw ValidationError("'--waiters mixed' needs at least 2 of them: '--threads 2'.")
    }
    guard !withNative || NativeRows.areBuilt else { throw ValidationError(NativeRows.howToBuild) }
    guard !brief || hasStandardScenarios else {
      throw ValidationError("'--brief' is a set of scenarios, which other options describe.")
    }
  }

  var summary: String {
    """
    Each thread or task acquires a key, increments the key's counter, and releases it, over and over; \
    where not all of them write, the others share the key and read the counter twice. Medians of \
    \(measuring.effort.words). Rows with * lock as LockTable does, each key for itself and only while it is \
    needed. Less is better.
    """
  }

  func run(in session: Session) throws {
    let scenarios = scenarios
    for (number, scenario) in scenarios.enumerated() {
      let rows = rows(scenario)
      let (observed, machine) = session.classified {
        observe(rows, [.throughput, .latency], measuring.effort) {
          session.show("scenario \(number + 1) of \(scenarios.count), \($0)")
        }
      }
      try session.emit(
        RowRecord.records(observed, scenario, measuring.effort, machine, session.floor))
    }
    if scenarios.contains(where: { $0.waiters != .threads }) {
      session.show("single paths")
      let (paths, allocation) = measurePaths(session.floor)
      try session.emit(paths)
      try session.emit([allocation])
    }
    session.show("memory")
    try session.emit(memory(scenarios))
  }

  private func rows(_ scenario: Scenario) -> [Row] {
    Row.all(scenario, withBroken: withBroken, withNative: withNative)
  }

  /// Of each type of keys that is measured at all, and what the rows' names do not say.
  private func memory(_ scenarios: [Scenario]) -> [any Record] {
    let types = KeyType.allCases.filter { type in scenarios.contains { $0.keyType == type } }
    let groups = types.map { ($0, rows(Scenario(threads: 2, keyType: $0))) }
    let records = groups.flatMap { type, rows in
      rows.compactMap { row in
        row.measureMemory.map {
          MemoryRecord(
            name: row.name, role: row.role, keyType: type, heldKeys: heldKeyCount, bytes: $0())
        }
      }
    }
    let areShared = scenarios.contains(where: \.isShared)
    let shared = areShared ? Row.all(Scenario(threads: 2, writes: 0)) : []
    let notes = (groups.flatMap(\.1) + shared).filter { !$0.note.isEmpty }.groups(by: \.name)
    return records + notes.map { NoteRecord(name: $0, note: $1[0].note) }
  }
}

// MARK: Scenarios

extension CompareExperiment {
  private var hasStandardScenarios: Bool {
    threads.isEmpty && waiters.isEmpty && keys == nil && distribution.isEmpty && keyType.isEmpty
      && writes.isEmpty && hold == 0 && held == 0 && !acrossAwait
  }

  private var scenarios: [Scenario] {
    if brief { return Scenario.brief }
    if hasStandardScenarios { return Scenario.standard }
    let scenarios = (keyType.isEmpty ? [.int] : keyType).flatMap { type in
      (distribution.isEmpty ? [.uniform] : distribution).flatMap { distribution in
        (waiters.isEmpty ? [acrossAwait ? .tasks : .threads] : waiters).flatMap { waiters in
          (threads.isEmpty ? [1, 2, 8] : threads).flatMap { threads in
            (writes.isEmpty ? [100] : writes).map { writes in
              Scenario(
                threads: threads, waiters: waiters, keyType: type,
                keys: distribution == .single ? 1 : keys ?? 100_000,
                distribution: distribution, holdNanoseconds: hold, writes: writes, held: held,
                yields: acrossAwait)
            }
          }
        }
      }
    }
    return scenarios.filter { $0.threads > 1 || $0.waiters != .mixed }
  }
}
