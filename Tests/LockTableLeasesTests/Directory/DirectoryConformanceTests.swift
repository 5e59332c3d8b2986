import LockTableLeases
import LockTableLeasesTesting
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized)
struct DirectoryConformanceTests {
  @Test(arguments: LeaseStoreConformance.checks)
  func aDirectoryHoldsToWhatStoresPromise(_ check: LeaseStoreConformance) async throws {
    let directory = try ScratchDirectory()
    var subject = LeaseStoreConformance.Subject("directory", duration: .milliseconds(300)) {
      directory.store()
    }
    // Each name that is in use is an open file.
    subject.manyNames = 300
    subject.patience = .seconds(60)
    #expect(try await check(subject) == nil)
    #expect(directory.files == ["tokens"] || directory.files.isEmpty)
  }
}
