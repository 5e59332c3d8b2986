import Histogram

/// Who gets a key that all want all the time.
struct FairnessExperiment: Experiment {
  var threads = 4
  var holds: [UInt64] = [0, 1_000, 100_000]
  var effort = Effort(seconds: 0.1, rounds: 5)

  let name = "fairness"

  var summary: String {
    """
    \(threads) threads acquire one key over and over, in \(effort.words). The least and the greatest share of a thread, and the longest that one \
    waited in a round; medians of the rounds. With more threads than cores the system's scheduler decides as \
    much as the lock does.
    """
  }

  func run(in session: Session) throws {
    let floor = session.floor
    let rows = Row<Int>.all(threads: threads).filter { $0.role != .loop }
    for hold in holds {
      let scenario = Scenario(threads: threads, holdNanoseconds: hold)
      let workload = Workload(KeyOrder<Int>(scenario), holdNanoseconds: hold)
      let (observed, machine) = session.classified {
        observe(rows, workload, .closed, effort) { session.show("held for \(hold) ns, \($0)") }
      }
      try session.emit(
        zip(rows, observed).compactMap { row, observed in
          record(row.subject(observed), observed, hold, floor, machine).map(Record.fairness)
        })
    }
  }

  private func record(
    _ subject: Subject, _ observed: TimedObservations, _ hold: UInt64, _ floor: QuickFloor,
    _ machine: MachineClass
  ) -> FairnessRecord? {
    let evenness = observed.shares.map { shares in
      Double(shares.min() ?? 0) / Double(max(shares.max() ?? 0, 1))
    }
    guard let evenness = Spread(evenness), let longest = Spread(observed.maxima) else { return nil }
    // The round in the middle by its evenness stands for all.
    let order = evenness.rounds.indices.sorted { evenness.rounds[$0] < evenness.rounds[$1] }
    let shares = observed.shares[order[order.count / 2]].sorted()
    let total = Double(max(shares.reduce(0, +), 1))
    return FairnessRecord(
      subject: subject, threads: threads, holdNanoseconds: hold,
      shares: shares.map { Double($0) / total }, evenness: evenness, longestWait: longest,
      p99: observed.latencies.valueAtPercentile(99), operationsPerSecond: median(observed.rates),
      longestWaitTimesHandOff: floor.handOff.map { longest.median / $0 }, machine: machine)
  }
}
