import ArgumentParser
import LockTable
import SinglePaths

struct TurnsExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "turns",
    abstract: "What it costs to keep the order of callbacks, key by key.",
    discussion: """
      A callback that can't wait brings work, which runs in tasks: in order for one key, together for \
      different ones. The other rows are what one would write for that.
      """)
  static let standardEffort = Effort(seconds: 0, rounds: 15)

  @Option(help: "How often each is measured.")
  var rounds = Self.standardEffort.rounds
  @Option(help: "How many pieces of work come in a burst.")
  var burst = 1_000
  @Option(help: "How many keys they are for.")
  var keys = 100
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--rounds", [rounds], in: Limit.rounds)
    try require("--burst", [burst], in: 1...100_000)
    try require("--keys", [keys], in: 1...100_000)
  }

  var summary: String {
    """
    Bursts of \(grouped(burst)) pieces of work that do nothing, for one key and for \(grouped(keys)); medians of \
    \(rounds) rounds, in which the rows take turns.
    """
  }

  func run(in session: Session) throws {
    for keys in [1, keys] {
      session.show(keys == 1 ? "one key" : "\(keys) keys")
      let loops = [
        loop("Tasks in no order", AnyOrder(), keys: keys), loop("turns", Turns(), keys: keys),
        loop("a chain of tasks", Chains(), keys: keys),
        loop("a stream for each key", Streams(), keys: keys),
      ]
      let times = LoopTimes(loops, rounds: rounds, turns: 3, count: 10 * burst, onPool: true)
      try session.emit(
        loops.compactMap { loop in
          Spread(times[loop]).map {
            TurnRecord(
              keys: keys, name: loop.name, nanoseconds: $0,
              tasks: Ratio(times[loop], over: times[loops[0]]),
              chains: Ratio(times[loop], over: times[loops[2]]))
          }
        })
    }
  }

  private func loop(_ name: String, _ work: some OrderedWork, keys: Int) -> Loop {
    Loop(
      name,
      inTask: { [burst] in
        for _ in 0..<$0 / burst { await submitAll(burst, keys: keys, to: work) }
      })
  }
}
