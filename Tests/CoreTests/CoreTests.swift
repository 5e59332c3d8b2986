import CoreScenarios
import Testing

/// Runs the C tests, one test case a scenario.
@Suite(.serialized) struct CoreTests {
  @Test(arguments: 0..<core_scenario_count())
  func scenario(index: Int) {
    let scenario = core_scenario(index).pointee
    let name = String(cString: scenario.name)
    let complaint = scenario.run().map { String(cString: $0) }
    #expect(complaint == nil, "\(name)")
  }
}
