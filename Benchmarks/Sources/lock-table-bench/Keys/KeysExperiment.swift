import ArgumentParser
import SinglePaths

struct KeysExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "What each kind of key costs.",
    discussion: """
      One thread locks one key over and over, while no other is held. What is no LockKey costs its Hasher as \
      well, which a column shows.
      """)
  static let standardEffort = Effort(seconds: 0, rounds: 9)

  @Option(help: "How often each is measured.")
  var rounds = Self.standardEffort.rounds
  @OptionGroup var output: OutputOptions

  func validate() throws { try require("--rounds", [rounds], in: Limit.rounds) }

  var summary: String {
    """
    withLock of one thread for each kind of key, beside a pthread_mutex that is locked and unlocked; medians of \
    \(rounds) rounds, in which the rows take turns. Those of ten keys are means over \(KeyKind.tablesOfTen) tables.
    """
  }

  func run(in session: Session) throws {
    session.show("kinds of keys")
    let kinds = KeyKind.all
    let pair = Loop.mutexPair
    let times = LoopTimes(
      [pair] + kinds.flatMap { [$0.loop] + ($0.hasher.map { [$0] } ?? []) },
      rounds: rounds, turns: 3, count: 20_000, onPool: false)
    try session.emit(
      kinds.compactMap { kind in
        Spread(times[kind.loop]).map {
          KeyRecord(
            name: kind.name, nanoseconds: $0, pairs: Ratio(times[kind.loop], over: times[pair]),
            hasherPairs: kind.hasher.flatMap { Ratio(times[$0], over: times[pair]) })
        }
      })
  }
}
