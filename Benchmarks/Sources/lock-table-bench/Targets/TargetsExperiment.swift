import ArgumentParser

struct TargetsExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "targets",
    abstract: "The ratios that LockTable is meant to keep, and whether it does here.",
    discussion: """
      Each is a ratio to something that was measured in the same rounds. A missed bound is no failure of the \
      command: on a machine that others use as well, some will be.
      """)
  static let standardEffort = Effort(seconds: 0.1, rounds: 9)

  @OptionGroup var measuring: EffortOptions<Self>
  @Option(help: "Measure only the groups of rows whose names contain this, such as 'tasks'.")
  var only: String?
  @OptionGroup var output: OutputOptions

  var summary: String {
    """
    Ratios that LockTable is meant to keep, each within one run: \(measuring.effort.words). A bound is met or missed if \
    the whole spread is on one side of it. Times are not compared with those of other machines or runs.
    """
  }

  func run(in session: Session) throws {
    let groups: [(String, () -> [TargetRecord])] = [
      ("single paths", singlePaths), ("two threads", twoThreads),
      ("hot key, 2 threads", { hotKey(threads: 2) }),
      ("hot key, 8 threads", { hotKey(threads: 8) }),
      ("tasks", inTasks), ("contended tasks", contendedTasks),
      ("contended tasks without membarrier()", withoutFences), ("fences", fences),
      ("live keys", liveKeys),
      ("held keys", heldKeys),
      ("kinds of keys", kindsOfKeys),
      ("readers", readers),
      ("permits", permits),
      ("values", values),
    ]
    var targets: [TargetRecord] = []
    for (title, measure) in groups + [("memory", { [memory()] })] where isWanted(title) {
      session.show(title)
      targets += classified(session, measure)
    }
    try session.emit(targets)
  }

  private func isWanted(_ title: String) -> Bool {
    guard let only else { return true }
    return title.contains(only)
  }

  /// How long a row may take whose rounds go on until they agree.
  var patience: Double { 100 * measuring.effort.seconds }

  /// So often at most, if the machine is another one after the rounds than it was before.
  private static var attempts: Int { 3 }

  /// Ratios of rounds that were not measured on one class of machine are not to be quoted, which is known
  /// only afterwards.
  private func classified(_ session: Session, _ measure: () -> [TargetRecord]) -> [TargetRecord] {
    var targets: [TargetRecord] = []
    for _ in 0..<Self.attempts {
      let machine: MachineClass
      (targets, machine) = session.classified(measure)
      if machine.isSteady { return targets }
    }
    return targets.map {
      var target = $0
      target.ratio?.refusal = .classesDiffer
      target.verdict = target.verdict.map { _ in .undecided }
      return target
    }
  }

  private func memory() -> TargetRecord {
    let bytes = Row.all(Scenario(threads: 1)).first { $0.role == .lockTable }?.measureMemory?()
    return TargetRecord(
      "memory of a held int key", "bytes", value: bytes?.perHeldKey, .atMost(96))
  }
}
