import ArgumentParser

struct FloorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "floor",
    abstract: "What this machine can do at all: atomics, a mutex, hand-offs, hashing.",
    discussion: """
      No lock can be faster than the atomic operation that takes it, and no hand-over than the system's own. \
      The other subcommands quote themselves in these figures.
      """)

  @Option(help: "How often each is measured.")
  var rounds = 9

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(rounds: rounds)
  }

  func run() throws {
    try output.run(FloorExperiment(rounds: rounds))
  }
}
