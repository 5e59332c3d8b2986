import LockTable
import LockTableLeasesTesting
import LockTableTesting
import Testing

struct LeaseHistoryTests {
  let clock = ManualClock()
  let history: LeaseHistory

  init() {
    history = LeaseHistory(clock: clock)
  }

  @Test func holdsOneAfterTheOtherAreFine() {
    for token in [5, 6, 9] as [Int64] {
      let hold = history.begin("a", token: token, askedAt: history.now)
      clock.advance(by: .seconds(1))
      #expect(history.write("a", token: token))
      #expect(history.write("b", token: 100 - token) == (token == 5))
      history.end(hold)
    }
    #expect(history.violations == [] && history.overlaps == [])
    #expect(history.entries.count == 12)
  }

  @Test func aStaleWriteIsRejectedAndAnOverlapIsReported() {
    let first = history.begin("a", token: 1)
    clock.advance(by: .seconds(1))
    let second = history.begin("a", token: 2)
    clock.advance(by: .seconds(3))
    #expect(history.write("a", token: 2))
    #expect(!history.write("a", token: 1))
    history.end(first)
    clock.advance(by: .seconds(1))
    history.end(second)
    #expect(history.violations == [])
    #expect(history.overlaps.map(\.tokens) == [[1, 2]])
    #expect(history.overlaps.map(\.duration) == [.seconds(3)])
  }

  @Test func aHoldThatWasAskedForBeforeMayHaveASmallerToken() {
    let asked = history.now
    clock.advance(by: .seconds(1))
    history.end(history.begin("a", token: 2))
    clock.advance(by: .seconds(1))
    history.end(history.begin("a", token: 1, askedAt: asked))
    #expect(history.violations == [])
    history.end(history.begin("a", token: 1, askedAt: history.now))
    #expect(history.violations.count == 2)
  }

  @Test func violationsOfEachKindAreFound() {
    func entry(_ kind: LeaseHistory.Entry.Kind, _ token: Int64, _ time: Int) -> LeaseHistory.Entry {
      LeaseHistory.Entry(kind, key: "a", token: token, time: .seconds(time))
    }
    #expect(LeaseHistory.check([entry(.accepted, 2, 0), entry(.accepted, 1, 1)]).count == 1)
    #expect(LeaseHistory.check([entry(.accepted, 2, 0), entry(.rejected, 1, 1)]).isEmpty)
    #expect(LeaseHistory.check([entry(.began, 1, 0), entry(.began, 1, 1)]).count == 1)
    #expect(LeaseHistory.check([entry(.ended, 1, 0)]).count == 1)
    #expect(
      LeaseHistory.check([entry(.began, 2, 0), entry(.ended, 2, 1), entry(.began, 1, 2)]).count == 1
    )
  }
}
