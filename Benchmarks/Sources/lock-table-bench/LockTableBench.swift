import ArgumentParser

@main
struct LockTableBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock-table-bench",
    abstract: "Measures LockTable and what one would write without it.",
    discussion: """
      Without a subcommand it is 'compare', whose options it takes. Every subcommand prints tables, or with \
      '--json' one JSON object a line, whose "kind" says what it is.
      """,
    subcommands: [
      CompareExperiment.self,
      LatencyExperiment.self,
      ScaleExperiment.self,
      ChurnExperiment.self,
      FairnessExperiment.self,
      ReplayExperiment.self,
      TargetsExperiment.self,
      KeysExperiment.self,
      FlightsExperiment.self,
      TurnsExperiment.self,
      LeasesExperiment.self,
      FloorExperiment.self,
      ServerExperiment.self,
      ReportCommand.self,
      ChildRounds.self,
      LeaseChild.self,
    ],
    defaultSubcommand: CompareExperiment.self)
}
