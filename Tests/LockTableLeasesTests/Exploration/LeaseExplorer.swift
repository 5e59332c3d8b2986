import LockTable
import LockTableLeases
import LockTableLeasesTesting

/// Runs scenarios by schedules, and says what was wrong.
struct LeaseExplorer: Sendable {
  struct Finding: Sendable, CustomStringConvertible {
    var scenario: String
    var violations: [String]
    /// What makes the run again.
    var script: [Int]
    var seed: UInt64?
    var description: String {
      """
      \(scenario)\(seed.map { ", seed \($0)" } ?? ""), script \(script): \
      \(violations.joined(separator: "; "))
      """
    }
  }

  struct Run: Sendable {
    var schedule: Schedule
    var finding: Finding?
    var outcomes: [String]
    var stepCount: Int
  }

  var mostSteps = 4_000
  /// Whether each step is written down.
  var isVerbose = false
  var wrap: @Sendable (any LeaseStore) -> any LeaseStore = { $0 }

  /// Runs one schedule. To be called on a thread that may be stepped on.
  func run(_ scenario: LeaseScenario, _ schedule: Schedule, seed: UInt64? = nil) -> Run {
    let world = LeaseWorld(scenario, isVerbose: isVerbose, wrap: wrap)
    var schedule = schedule
    world.begin()
    var count = 0
    while !world.isOver && count < mostSteps {
      let steps = world.steps
      guard !steps.isEmpty else { break }
      count += 1
      let step = steps[schedule.choose(steps.map(\.weight))]
      if isVerbose { world.note("\(count): \(world.words(for: step))") }
      world.take(step)
      world.checkHolds()
    }
    world.end()
    let outcome = world.state.withValue { $0 }
    let violations = outcome.violations + world.record.violations + world.historyViolations
    let finding =
      violations.isEmpty
      ? nil
      : Finding(
        scenario: scenario.description, violations: violations, script: schedule.asScript,
        seed: seed)
    return Run(
      schedule: schedule, finding: finding, outcomes: outcome.outcomes, stepCount: outcome.step)
  }

  /// Runs all schedules that differ from the calm one in at most so many choices, up to so many runs.
  func exhaust(_ scenario: LeaseScenario, deviations: Int, most: Int = .max) -> Finding? {
    var count = 0
    var level: [[Int]] = [[]]
    for depth in 0...deviations {
      var next: [[Int]] = []
      for script in level {
        guard count < most else { return nil }
        let run = run(scenario, Schedule(script))
        count += 1
        if let finding = run.finding { return finding }
        if depth < deviations { next += run.schedule.deviations }
      }
      level = next
    }
    return nil
  }

  /// Makes the run of a finding again, and says what happened in it.
  func details(of finding: Finding?, in scenario: LeaseScenario) -> String {
    guard let finding else { return "" }
    var explorer = self
    explorer.isVerbose = true
    let again = explorer.run(scenario, Schedule(finding.script))
    return "\(finding)\n" + again.outcomes.joined(separator: "\n")
  }

  /// Runs schedules that are drawn.
  func sample(_ scenario: LeaseScenario, seeds: Range<UInt64>) -> Finding? {
    for seed in seeds {
      if let finding = run(scenario, Schedule(seed: seed), seed: seed).finding { return finding }
    }
    return nil
  }
}

extension LeaseWorld {
  /// Ends all faults, and lets all that runs come to its end: first the calls, then the tables.
  func end() {
    let end = clock.time + scenario.duration * 40
    heal()
    calm(until: end) { isOver }
    if !isOver {
      let running = state.withValue { $0.running.sorted() }
      find("the callers \(running) did not end, although nothing is wrong any more")
    }
    checkOverlaps()
    checkThefts()
    for table in tables.indices {
      calm(until: clock.time + scenario.duration * 4) { tables[table].isEmpty }
      if !tables[table].isEmpty {
        find("table \(table) is not empty, although nobody uses it")
      }
    }
    for run in state.withValue({ $0.runs }) { run?.cancel() }
    let ended = Guarded(0)
    for run in state.withValue({ $0.runs }) {
      executor.runNow {
        await run?.value
        ended.withValue { $0 += 1 }
      }
    }
    calm(until: clock.time + scenario.duration * 4) { ended.withValue { $0 } == tables.count }
    if ended.withValue({ $0 }) != tables.count { find("a run did not end after its cancellation") }
    // A run does not wait for ever for an engine that does not answer. The rest is given back soon.
    calm(until: clock.time + scenario.duration * 2) {
      engine.nameCount == 0 && engine.waiterCount == 0
    }
    checkEngine()
    finish()
  }

  /// Lets no task be left. Where a promise was broken, calls may wait for what does not come.
  private func finish() {
    for call in state.withValue({ $0.calls }) { call?.cancel() }
    calm(until: clock.time + scenario.duration * 40) { false }
    if executor.jobCount > 0 || clock.nextTime != nil {
      find("something goes on, although all calls and runs are cancelled")
    }
  }

  private func heal() {
    if state.withValue({ $0.isInOutage }) { connect(0) }
    for store in stores {
      executor.runNow { await store.endFaults() }
    }
    let thieves = state.withValue { $0.thieves }
    executor.runNow { [self] in
      for thief in thieves { _ = try? await stores[0].base.release(thief) }
    }
  }

  /// Runs jobs, and the clock when there are none, until that is so.
  private func calm(until end: Duration, _ isSo: () -> Bool) {
    while !isSo() && clock.time < end {
      if isVerbose {
        note("calm: \(executor.jobCount) jobs, \(clock.time), held \(stores.map { $0.held.count })")
      }
      if executor.jobCount > 0 {
        executor.run(0)
      } else if clock.nextTime != nil {
        advance()
      } else {
        return
      }
      checkHolds()
    }
  }

  /// What was granted was given back, and so was each place in line. What a table has tried to give
  /// back in vain for as long as it may last is over by itself.
  private func checkEngine() {
    guard state.withValue({ $0.outageTime < scenario.duration / 3 }) else { return }
    // Of a claim that the engine calls lost, a table says no more. After a theft a late copy of its
    // request may come yet, and be granted for once.
    let tried = releases.withValue { $0 }.union(state.withValue { $0.stolen })
    let hasUntried = !engine.claims.allSatisfy { tried.contains($0.owner) }
    if hasUntried || engine.waiterCount > 0 {
      var kept = "\(engine)"
      for (number, table) in tables.enumerated() {
        kept.replace(table.process.id, with: "table \(number)")
      }
      find("the engine keeps \(kept)")
    }
  }
}
