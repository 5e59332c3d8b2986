import ArgumentParser
import Histogram

struct FairnessExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "fairness",
    abstract: "Each thread's share of a key that all want, and the longest wait.",
    discussion: """
      LockTable has two policies: .adaptive, the default, lets a running thread barge in and still sees to it \
      that none starves; .fifo keeps strict arrival order, and pays with a wake-up for each hand-off.
      """)
  static let standardEffort = Effort(seconds: 0.1, rounds: 5)

  @Option(help: "The number of threads.")
  var threads = 4
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("How long the key is held, computing.", valueName: "nanoseconds"))
  var hold: [UInt64] = [0, 1_000, 100_000]
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--threads", [threads], in: 2...Limit.threads.upperBound)
    try require("--hold", hold, in: Limit.hold)
  }

  var summary: String {
    """
    \(threads) threads acquire one key over and over, in \(measuring.effort.words). The least and the \
    greatest share of a thread, and the longest that one waited in a round; medians of the rounds. With more \
    threads than cores the system's scheduler decides as much as the lock does.
    """
  }

  func run(in session: Session) throws {
    for hold in hold {
      let scenario = Scenario(threads: threads, holdNanoseconds: hold)
      let rows = Row.all(scenario).filter { $0.role != .loop }
      let (observed, machine) = session.classified {
        observe(rows, [.schedule(.closed)], measuring.effort) {
          session.show("held for \(hold) ns, \($0)")
        }
      }
      try session.emit(observed.compactMap { record($0, hold, session.floor, machine) })
    }
  }

  private func record(
    _ observed: Observations, _ hold: UInt64, _ floor: QuickFloor, _ machine: MachineClass
  ) -> FairnessRecord? {
    let evenness = observed.shares.map { shares in
      Double(shares.min() ?? 0) / Double(max(shares.max() ?? 0, 1))
    }
    guard let evenness = Spread(evenness), let longest = Spread(observed.tail(\.max)) else {
      return nil
    }
    // The round in the middle by its evenness stands for all.
    let order = evenness.rounds.indices.sorted { evenness.rounds[$0] < evenness.rounds[$1] }
    let shares = observed.shares[order[order.count / 2]].sorted()
    let total = Double(max(shares.reduce(0, +), 1))
    return FairnessRecord(
      subject: observed.subject, threads: threads, holdNanoseconds: hold,
      shares: shares.map { Double($0) / total }, evenness: evenness, longestWait: longest,
      p99: observed.latencies.valueAtPercentile(99), operationsPerSecond: median(observed.rates),
      longestWaitTimesHandOff: floor.handOff.map { longest.median / $0 }, machine: machine)
  }
}
