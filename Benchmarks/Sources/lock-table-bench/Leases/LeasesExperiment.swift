import ArgumentParser

struct LeasesExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "leases",
    abstract: "What locks beyond one process cost, in a directory and on PostgreSQL.",
    discussion: """
      Each is a ratio to something that was measured in the same rounds: what the store can't do without, in a \
      loop in C. A missed bound is no failure of the command. PostgreSQL is measured on the server that you give.
      """)
  static let standardEffort = Effort(seconds: 3, rounds: 9)

  @Option(
    help:
      "Measure PostgreSQL too: libpq's connection string, such as 'host=… dbname=…'. It is printed: leave the password to PGPASSFILE."
  )
  var postgres: String?
  @Option(help: "Make the directories of leases in this one, instead of the system's for such.")
  var directory: String?
  @Option(help: "How often each is measured; a third as often what takes '--seconds'.")
  var rounds = Self.standardEffort.rounds
  @Option(help: "How long two processes want one key.")
  var seconds = Self.standardEffort.seconds
  @Option(help: "A twenty-fifth of how many leases of PostgreSQL a round has.")
  var postgresCount = 10
  @Option(help: "Measure only the groups of rows whose names contain this, such as 'directory'.")
  var only: String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--rounds", [rounds], in: Limit.rounds)
    try require("--seconds", [seconds], in: Limit.seconds)
    try require("--postgres-count", [postgresCount], in: 1...100_000)
    if postgres != nil, !LeasePlace.hasPostgres {
      throw ValidationError(LeasePlace.needsTrait)
    }
  }

  var summary: String {
    """
    One task that has a key nobody else wants; tasks of one process that hand a key on; two processes of \
    \(work.tasks) tasks each that have one key for \(work.hold / 1_000) µs, for \(decimal(seconds, 2)) s. Medians of \
    \(rounds) rounds, in which the rows take turns. The directory's leases end with their process: nothing renews them.
    """
  }

  func run(in session: Session) throws {
    var targets: [any Record] = []
    for (title, measure) in groups(session) where only.map(title.contains) ?? true {
      session.show(title)
      let records = try measure()
      targets += records.filter { $0 is TargetRecord }
      try session.emit(records.filter { !($0 is TargetRecord) })
    }
    try session.emit(targets)
  }

  private func groups(_ session: Session) -> [(String, () throws -> [any Record])] {
    var groups: [(String, () throws -> [any Record])] = [
      ("acquire and release: directory", directoryRows),
      ("hand-off in a process", localHandOffs),
      (
        "two processes: directory",
        { try withDirectories(1) { try processes(.directory($0[0]), in: session) } }
      ),
    ]
    #if Postgres
      if let postgres {
        groups += [
          ("acquire and release: PostgreSQL", { try postgresRows(postgres) }),
          ("renewals: PostgreSQL", { try renewals(postgres) }),
          ("two processes: PostgreSQL", { try processes(.postgres(postgres), in: session) }),
        ]
      }
    #endif
    return groups
  }
}
