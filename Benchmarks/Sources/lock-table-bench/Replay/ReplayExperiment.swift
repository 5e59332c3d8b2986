/// Real keys, in the order in which they came.
struct ReplayExperiment: Experiment {
  var file: ReplayFile
  var threads = 4
  var holdNanoseconds: UInt64 = 1_000
  /// How many of the hottest keys are shown.
  var top = 10
  var effort = Effort(seconds: 0.2, rounds: 5)

  let name = "replay"

  var summary: String {
    """
    The keys of \(file.path): \(grouped(file.lines.count)) lines, \(grouped(file.keys.count)) distinct \
    keys\(file.skipped == 0 ? "" : ", \(grouped(file.skipped)) empty lines skipped"). The lines are dealt \
    to \(threads) thread(s) one by one; each acquires its keys in the file's order, holds them for \
    \(grouped(Int(holdNanoseconds))) ns, and starts over at the end. Medians of \(effort.words).
    """
  }

  func run(in session: Session) throws {
    let floor = session.floor
    let workload = Workload(file.order(threads: threads), holdNanoseconds: holdNanoseconds)
    let rows = Row<String>.all(threads: threads)
    let (observed, machine) = session.classified {
      observe(rows, workload, effort) { session.show($0) }
    }
    let context = ReplayContext(experiment: self, floor: floor, machine: machine)
    try session.emit(context.records(rows, observed))
    session.show("heat")
    let (heat, violations) = measureHeat(workload, seconds: effort.seconds * Double(effort.rounds))
    session.count(lockTableViolations: violations)
    try session.emit(hottest(heat))
  }

  /// The most wanted keys and the most waited for, the latter first.
  private func hottest(_ heat: [KeyHeat]) -> [Record] {
    let counts = file.counts
    let wanted = heat.indices.sorted { counts[$0] > counts[$1] }.prefix(top)
    let waited = heat.indices.filter { heat[$0].contended > 0 }
      .sorted { heat[$0].waitedNanoseconds > heat[$1].waitedNanoseconds }.prefix(top)
    let chosen = waited + wanted.filter { !waited.contains($0) }
    return chosen.map { index in
      .heat(
        HeatRecord(
          key: file.keys[index], lines: counts[index],
          share: Double(counts[index]) / Double(file.lines.count),
          acquisitions: heat[index].acquisitions, contended: heat[index].contended,
          waitedNanoseconds: heat[index].waitedNanoseconds,
          longestWaitNanoseconds: heat[index].longestWaitNanoseconds))
    }
  }
}

/// What all rows of a replay have in common.
private struct ReplayContext {
  let experiment: ReplayExperiment
  let floor: QuickFloor
  let machine: MachineClass

  func records(_ rows: [Row<String>], _ observed: [Observations]) -> [Record] {
    let subjects = zip(rows, observed).map {
      Subject(name: $0.name, role: $0.role, violations: $1.violations)
    }
    guard let table = subjects.firstIndex(where: { $0.role == .lockTable }) else { return [] }
    return rows.indices.compactMap { index in
      let times = observed[index].nanoseconds
      guard let nanoseconds = Spread(times) else { return nil }
      return .replay(
        ReplayRecord(
          subject: subjects[index], file: experiment.file.path, threads: experiment.threads,
          lines: experiment.file.lines.count, distinctKeys: experiment.file.keys.count,
          holdNanoseconds: experiment.holdNanoseconds, nanosecondsPerOperation: nanoseconds,
          operationsPerSecond: 1e9 / nanoseconds.median,
          ratioToLockTable: Ratio(
            times, over: observed[table].nanoseconds,
            refusal: Ratio.Refusal(subjects[index], subjects[table], machine)),
          latency: Percentiles(observed[index].latencies),
          timesRMWPair: nanoseconds.median / floor.rmwPair, machine: machine))
    }
  }
}
