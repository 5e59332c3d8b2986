import LockTable
import LockTableLeases
import LockTableLeasesTesting
import Testing

struct LeaseExplorationTests {
  let explorer = LeaseExplorer(isVerbose: true)

  @Test(arguments: LeaseScenario.small)
  func noScheduleOfASmallScenarioBreaksAPromise(scenario: LeaseScenario) async {
    let (count, finding) = await onOwnThread { explorer.exhaust(scenario, deviations: 1) }
    print("EXHAUSTED", scenario, count)
    #expect(finding == nil)
  }

  @Test(arguments: LeaseScenario.small + LeaseScenario.large)
  func noScheduleThatIsDrawnBreaksAPromise(scenario: LeaseScenario) async {
    let finding = await onOwnThread { explorer.sample(scenario, seeds: 0..<100) }
    #expect(finding == nil)
  }

  @Test func aSeedAndItsScriptGiveTheSameRun() async {
    let scenario = LeaseScenario.large[0]
    let runs = await onOwnThread {
      let first = explorer.run(scenario, Schedule(seed: 7))
      let second = explorer.run(scenario, Schedule(seed: 7))
      return [first, second, explorer.run(scenario, Schedule(first.schedule.asScript))]
    }
    #expect(runs[1].outcomes == runs[0].outcomes && runs[1].stepCount == runs[0].stepCount)
    #expect(runs[2].outcomes == runs[0].outcomes && runs[2].stepCount == runs[0].stepCount)
  }
}
