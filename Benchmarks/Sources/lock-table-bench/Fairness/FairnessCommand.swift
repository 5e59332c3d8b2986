import ArgumentParser

struct FairnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fairness",
    abstract: "Each thread's share of a key that all want, and the longest wait.",
    discussion: """
      LockTable has two policies: .adaptive, the default, lets whoever comes first have the key and sees to it \
      that nobody starves; .fifo keeps strict arrival order, and pays with a wake-up for each hand-over.
      """)

  @Option(help: "The number of threads.")
  var threads = 4

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "How long the key is held, computing. (default: 0 1000 100000)", valueName: "nanoseconds"))
  var hold: [UInt64] = []

  @Option(help: "How long each row runs in a round.")
  var seconds = 0.1

  @Option(help: "How often each row is measured.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (2...4096).contains(threads) else {
      throw ValidationError("'--threads' has to be from 2 to 4096: one thread alone has all.")
    }
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    try EffortLimit.validate(hold: hold)
  }

  func run() throws {
    try output.run(
      FairnessExperiment(
        threads: threads, holds: hold.isEmpty ? [0, 1_000, 100_000] : hold,
        effort: Effort(seconds: seconds, rounds: rounds)))
  }
}
