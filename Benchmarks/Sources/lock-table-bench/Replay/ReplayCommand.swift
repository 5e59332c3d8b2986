import ArgumentParser

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Real keys from a file or a log, in their own order, and the hottest of them.",
    discussion: """
      A line of the file is a key, or with '--column' a part of a line is: of an access log, say, the \
      client's address is '--column 1'. Columns are separated by spaces and tabs unless '--separator' says \
      otherwise. Lines that stand close together are acquired at about the same time. Empty lines are skipped; \
      a line that lacks the column is an error.
      """)

  @Argument(help: "The file.", completion: .file())
  var file: String

  @Option(help: "The column that is the key, counted from 1. (default: the whole line)")
  var column: Int?

  @Option(help: "A character, or 'tab'. (default: any number of spaces and tabs)")
  var separator: String?

  @Option(help: "The number of threads that the lines are dealt to.")
  var threads = 4

  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 1_000

  @Option(help: "How many of the hottest keys are shown.")
  var top = 10

  @Option(help: "How long each row runs in a round.")
  var seconds = 0.2

  @Option(help: "How often each row is measured.")
  var rounds = 5

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try EffortLimit.validate(threads: [threads])
    try EffortLimit.validate(seconds: seconds, rounds: rounds)
    try EffortLimit.validate(hold: [hold])
    guard column ?? 1 >= 1 else {
      throw ValidationError("'--column' counts from 1.")
    }
    guard separator == nil || column != nil else {
      throw ValidationError("'--separator' needs '--column'.")
    }
    guard separator == nil || separator == "tab" || separator?.count == 1 else {
      throw ValidationError("'--separator' has to be one character, or 'tab'.")
    }
    guard (0...1_000).contains(top) else {
      throw ValidationError("'--top' has to be from 0 to 1000.")
    }
  }

  func run() throws {
    let separator = separator == "tab" ? "\t" : separator?.first
    let column = column.map { ReplayFile.Column(number: $0, separator: separator) }
    try output.run(
      ReplayExperiment(
        file: try ReplayFile(path: file, column: column), threads: threads, holdNanoseconds: hold,
        top: top, effort: Effort(seconds: seconds, rounds: rounds)))
  }
}
