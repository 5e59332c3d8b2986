import LockTableLeases
import LockTableLeasesTesting
import Testing

/// The directory store against what every store promises.
@Suite(.timeLimit(.minutes(15)))
struct DirectoryConformanceTests {
  @Test(arguments: LeaseStoreConformance.checks, [true, false])
  func aStoreInADirectoryConforms(
    check: LeaseStoreConformance, hearsEvents: Bool
  ) async throws {
    // A store that only looks now and then can't know what came first.
    guard hearsEvents || check.name != "changesAreReportedInOrder" else { return }
    let directory = try ScratchDirectory()
    var subject = LeaseStoreConformance.Subject("directory", duration: .milliseconds(100)) {
      directory.store(hearsEvents: hearsEvents)
    }
    // Each takes a file descriptor.
    subject.manyNames = 200
    // Other tests may keep all threads busy.
    subject.patience = .seconds(200)
    let finding = try await check(subject)
    #expect(finding == nil)
    #expect(directory.files.filter { $0 != "tokens" } == [])
  }
}
