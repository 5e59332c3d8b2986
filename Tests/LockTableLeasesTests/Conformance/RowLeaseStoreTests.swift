import Foundation
import LeaseProcessKit
import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// The store of the article holds to what the article says.
struct RowLeaseStoreTests {
  @Test(arguments: LeaseStoreConformance.checks)
  func aSmallStoreConforms(check: LeaseStoreConformance) async throws {
    let clock = ManualClock()
    let rows = Rows(clock)
    var subject = LeaseStoreConformance.Subject(
      "rows", duration: .seconds(3), clock: clock, advance: { clock.advance(by: $0) },
      makeStore: { RowLeaseStore(database: rows) })
    subject.manyNames = 200
    #expect(try await check(subject) == nil)
  }

  @Test func theArticleShowsWhatIsTested() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let package = (0..<3).reduce(folder) { url, _ in url.deletingLastPathComponent() }
    let article = try contents(
      ofFile: package.path + "/Sources/LockTableLeases/LockTableLeases.docc/WritingAStore.md")
    let tested = try contents(ofFile: folder.path + "/RowLeaseStore.swift")
    let store = try #require(tested.split(separator: "import LockTableLeases\n\n").last)
    #expect(article.contains("```swift\n\(store)```\n"))
  }
}

private final class Rows: RowDatabase {
  private struct State {
    var rows: [String: LeaseRow] = [:]
    var lastToken: Int64 = 0
  }

  private let clock: ManualClock
  private let state = Guarded(State())

  init(_ clock: ManualClock) {
    self.clock = clock
  }

  func change<Answer: Sendable>(
    _ key: String, _ body: @Sendable (inout LeaseRow?, Duration, () -> Int64) -> Answer
  ) async throws -> Answer {
    state.withValue { state in
      var (row, token) = (state.rows[key], state.lastToken)
      let answer = body(&row, clock.time) {
        token += 1
        return token
      }
      (state.rows[key], state.lastToken) = (row, token)
      return answer
    }
  }

  func rows() async throws -> (rows: [String: LeaseRow], now: Duration) {
    state.withValue { ($0.rows, clock.time) }
  }
}
