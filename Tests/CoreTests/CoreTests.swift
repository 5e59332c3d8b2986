import CoreScenarios
import Foundation
import Testing

/// Runs the C tests.
@Suite struct CoreTests {
  /// Nothing refers to a scenario, so a linker that takes objects out of an archive would drop it.
  @Test func scenariosAreLinked() {
    #expect(core_scenario_count() > 300)
  }

  /// In a process of their own. The process has one timer and one allocator, which the scenarios test,
  /// and other tests use both at the same time. They repeat less than where they run without Swift:
  /// what they find at random they would find there.
  @Test func scenarios() async {
    await #expect(processExitsWith: .success) {
      core_scenario_repeat_less()
      var hasFailed = false
      for index in 0..<core_scenario_count() {
        guard let complaint = core_scenario_run(index) else { continue }
        let name = String(cString: core_scenario(index).pointee.name)
        try FileHandle.standardError.write(
          contentsOf: Data("\(name): \(String(cString: complaint))\n".utf8))
        hasFailed = true
      }
      exit(hasFailed ? EXIT_FAILURE : EXIT_SUCCESS)
    }
  }
}
