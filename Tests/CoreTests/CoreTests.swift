import CoreScenarios
import Testing

/// Runs the C tests, one test case a scenario.
@Suite(.serialized) struct CoreTests {
  struct Scenario: CustomTestStringConvertible {
    let index: Int

    static let all = (0..<core_scenario_count()).map(Scenario.init)

    var testDescription: String { String(cString: core_scenario(index).pointee.name) }
  }

  /// Nothing refers to a scenario, so a linker that takes objects out of an archive would drop it.
  @Test func scenariosAreLinked() {
    #expect(Scenario.all.count > 300)
  }

  @Test(arguments: Scenario.all)
  func scenario(_ scenario: Scenario) {
    let complaint = core_scenario_run(scenario.index).map { String(cString: $0) }
    #expect(complaint == nil)
  }
}
