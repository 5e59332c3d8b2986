import ArgumentParser

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "LockTable beside the alternatives: throughput, latency, memory.",
    discussion: """
      Without options, a set of scenarios is measured in about eighty seconds. Any option that describes a \
      scenario replaces the set by all combinations of what is given.
      """)

  @Option(parsing: .upToNextOption, help: "Numbers of threads, or of tasks. (default: 1 2 8)")
  var threads: [Int] = []

  @Option(parsing: .upToNextOption, help: "What acquires the keys. (default: threads)")
  var waiters: [Waiters] = []

  @Option(help: "The number of keys. (default: 100000)")
  var keys: Int?

  @Option(parsing: .upToNextOption, help: "How keys are drawn. (default: uniform)")
  var distribution: [Distribution] = []

  @Option(parsing: .upToNextOption, help: "Types of keys. (default: int; string with --key-file)")
  var keyType: [KeyType] = []

  @Option(
    help: ArgumentHelp(
      "Real keys, one a line, replayed in the order of the file.", valueName: "file"))
  var keyFile: String?

  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 0

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "So many of a hundred acquisitions are exclusive, the others shared. (default: 100)",
      valueName: "percent"))
  var writes: [Int] = []

  @Option(help: "How long a throughput pass takes; a latency pass takes half as long.")
  var seconds = 0.045

  @Option(help: "How often each row is measured.")
  var rounds = 5

  @Flag(
    help: """
      Add rows of C++ where threads lock int and string keys: oneTBB, a pool of std::mutex, RocksDB. They \
      have to be built in: see '--with-native' without them.
      """)
  var withNative = false

  @Flag(
    help: ArgumentHelp(
      "Add a row whose lock fails on purpose, to see that the check sees it.", visibility: .hidden))
  var withBroken = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(threads: threads)
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    try EffortLimit.validate(hold: [hold])
    guard !waiters.contains(.mixed) || threads.isEmpty || threads.contains(where: { $0 > 1 }) else {
      throw ValidationError("'--waiters mixed' needs at least 2 of them: '--threads 2'.")
    }
    try EffortLimit.validate(keys: keys ?? 1)
    guard writes.allSatisfy({ (0...100).contains($0) }) else {
      throw ValidationError("'--writes' has to be from 0 to 100.")
    }
    guard !withNative || NativeRows.areBuilt else {
      throw ValidationError(NativeRows.howToBuild)
    }
    guard keyFile == nil || (keys == nil && distribution.isEmpty) else {
      throw ValidationError("'--key-file' says the keys and their order itself.")
    }
  }

  func run() throws {
    try output.run(
      CompareExperiment(
        scenarios: scenarios, keyFile: try keyFile.map(KeyFile.init(path:)),
        extras: extras, effort: Effort(seconds: seconds, rounds: rounds)))
  }

  private var extras: ExtraRows {
    (withBroken ? .broken : [] as ExtraRows).union(withNative ? .native : [])
  }

  private var scenarios: [Scenario] {
    let isStandard =
      threads.isEmpty && waiters.isEmpty && keys == nil && distribution.isEmpty && keyType.isEmpty
      && writes.isEmpty && keyFile == nil
    if isStandard && hold == 0 {
      return Scenario.standard
    }
    let distributions: [Distribution] =
      keyFile != nil ? [.file] : distribution.isEmpty ? [.uniform] : distribution
    let types: [KeyType] = keyType.isEmpty ? [keyFile == nil ? .int : .string] : keyType
    return types.flatMap { type in
      distributions.flatMap { distribution in
        crews.flatMap { waiters, threads in
          (writes.isEmpty ? [100] : writes).map { writes in
            Scenario(
              threads: threads, waiters: waiters, keyType: type,
              keys: distribution == .single ? 1 : keys ?? 100_000,
              distribution: distribution, holdNanoseconds: hold, writes: writes)
          }
        }
      }
    }
  }

  /// What acquires, and how many of them.
  private var crews: [(Waiters, Int)] {
    (waiters.isEmpty ? [.threads] : waiters).flatMap { waiters in
      let counts = threads.isEmpty ? [1, 2, 8] : threads
      return counts.filter { $0 > 1 || waiters != .mixed }.map { (waiters, $0) }
    }
  }
}
