import ArgumentParser

struct TargetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "targets",
    abstract: "The ratios that LockTable is meant to keep, and whether it does here.",
    discussion: """
      Each is a ratio to something that was measured in the same rounds. A missed bound is no failure of the \
      command: on a machine that others use as well, some will be.
      """)

  @Option(help: "How long each row runs in a round.")
  var seconds = 0.1

  @Option(help: "How often each row is measured.")
  var rounds = 9

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
  }

  func run() throws {
    try output.run(TargetsExperiment(effort: Effort(seconds: seconds, rounds: rounds)))
  }
}
