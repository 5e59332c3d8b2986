import CoreScenarios
import LeaseProcessKit
import Testing

/// Runs the C tests.
@Suite struct CoreTests {
  /// Nothing refers to a scenario, so a linker that takes objects out of an archive would drop it.
  @Test func scenariosAreLinked() {
    #expect(core_scenario_count() > 300)
  }

  /// In a process of their own. The process has one timer and one allocator, which the scenarios test,
  /// and other tests use both at the same time. They repeat less than where they run without Swift:
  /// what they find at random they would find there. (It is no exit test: while one runs, a thread of
  /// tasks is blocked.)
  @Test func scenarios() async throws {
    let runner = try HelperProcess(
      program: "CoreScenarioRunner", [], environment: ["LOCKTABLE_TESTS": "light"])
    let status = try await runner.end()
    #expect(status == 0, "the output says which scenarios failed")
  }
}
