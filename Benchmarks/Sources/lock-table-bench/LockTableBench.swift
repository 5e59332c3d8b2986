import ArgumentParser

@main
struct LockTableBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock-table-bench",
    abstract: "Measures LockTable beside what one would write without it.",
    discussion: """
      Without a subcommand it is 'compare', whose options it takes. Every subcommand prints tables, or with \
      '--json' one JSON object a line, whose "kind" says what it is.
      """,
    subcommands: [
      CompareCommand.self,
      LatencyCommand.self,
      ScaleCommand.self,
      ChurnCommand.self,
      FairnessCommand.self,
      ReplayCommand.self,
      TargetsCommand.self,
      FloorCommand.self,
      ServerCommand.self,
      ReportCommand.self,
    ],
    defaultSubcommand: CompareCommand.self)
}
