import Foundation
import LockTable
import LockTableLeases
import LockTableLeasesTesting
import Testing

/// `LEASE_SEED=1 LEASE_SEEDS=10000 LEASE_DEVIATIONS=2 swift test --filter LeaseExploration` explores further.
///
/// One after the other: each keeps a core busy, and the threads of tasks would get little of it.
@Suite(.serialized) struct LeaseExplorationTests {
  let explorer = LeaseExplorer()
  let seeds = UInt64(ProcessInfo.processInfo.environment["LEASE_SEEDS"] ?? "") ?? 60
  let firstSeed = UInt64(ProcessInfo.processInfo.environment["LEASE_SEED"] ?? "") ?? 0
  let deviations = Int(ProcessInfo.processInfo.environment["LEASE_DEVIATIONS"] ?? "") ?? 1

  @Test(arguments: LeaseScenario.small)
  func noScheduleOfASmallScenarioBreaksAPromise(scenario: LeaseScenario) async {
    let finding = await onOwnThread { explorer.exhaust(scenario, deviations: deviations) }
    #expect(finding == nil, "\(explorer.details(of: finding, in: scenario))")
  }

  @Test(arguments: LeaseScenario.small + LeaseScenario.large)
  func noScheduleThatIsDrawnBreaksAPromise(scenario: LeaseScenario) async {
    let finding = await onOwnThread {
      explorer.sample(scenario, seeds: firstSeed..<(firstSeed + seeds))
    }
    #expect(finding == nil, "\(explorer.details(of: finding, in: scenario))")
  }

  /// Schedules that reach nothing find nothing.
  @Test func schedulesThatAreDrawnReachAllEnds() async {
    let ends = await onOwnThread {
      LeaseScenario.large.flatMap { scenario in
        (0..<160).flatMap { explorer.run(scenario, Schedule(seed: $0)).outcomes }
      }
    }
    for end in [
      " had ", "was cancelled", "notRenewed", "taken", "notConfirmed", "runEnded", "timedOut",
      "storeUnavailable", "notRunning",
    ] {
      #expect(ends.contains { $0.contains(end) }, "no call had the end \(end)")
    }
  }

  @Test(arguments: LyingStore.Lie.allCases)
  func aStoreThatLiesIsFound(lie: LyingStore.Lie) async {
    let explorer = LeaseExplorer(wrap: { LyingStore(base: $0, lie: lie) })
    let found = await onOwnThread {
      LeaseScenario.large.contains { explorer.sample($0, seeds: 0..<400) != nil }
    }
    #expect(found)
  }

  @Test(arguments: LeaseScenario.large)
  func aSeedAndItsScriptGiveTheSameRun(scenario: LeaseScenario) async {
    let runs = await onOwnThread {
      let first = explorer.run(scenario, Schedule(seed: 7))
      let second = explorer.run(scenario, Schedule(seed: 7))
      return [first, second, explorer.run(scenario, Schedule(first.schedule.asScript))]
    }
    #expect(runs[1].outcomes == runs[0].outcomes && runs[1].stepCount == runs[0].stepCount)
    #expect(runs[2].outcomes == runs[0].outcomes && runs[2].stepCount == runs[0].stepCount)
  }
}
