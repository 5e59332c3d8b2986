import ArgumentParser

struct ChurnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "churn",
    abstract: "Keys that are never seen again: time, allocations, and memory.",
    discussion: """
      What a server does whose keys are request or session identifiers. A lock that keeps what it has once \
      made grows without end; that shows in the bytes left for each key. Allocations are counted by a \
      malloc of the program's own, which calls the C library's.
      """)

  @Option(parsing: .upToNextOption, help: "Types of keys. (default: int string)")
  var keyType: [KeyType] = []

  @Option(help: "The number of threads.")
  var threads = 2

  @Option(help: "How long each row runs in a round.")
  var seconds = 0.25

  @Option(help: "How often each row is measured.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(threads: [threads])
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
  }

  func run() throws {
    try output.run(
      ChurnExperiment(
        keyTypes: keyType.isEmpty ? [.int, .string] : keyType, threads: threads,
        effort: Effort(seconds: seconds, rounds: rounds)))
  }
}
