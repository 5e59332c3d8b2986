import Foundation
import LockTable
import LockTableLeases
import Testing

@Suite(.timeLimit(.minutes(15)))
struct DirectoryLeaseStoreTests {
  let directory: ScratchDirectory
  let one = Claimant("1111111111111111")
  let other = Claimant("2222222222222222")

  init() throws {
    directory = try ScratchDirectory()
  }

  @Test func aNameHasOneHolderAndTokensRise() async throws {
    let (here, there) = (directory.store(), directory.store())
    let first = try #require(try await here.acquire(one.claim("a")).token)
    let refused = try await there.acquire(other.claim("a"))
    #expect(refused.obstacle?.owner == (try one.claim("a").owner))
    #expect(try await here.release(one.claim("a")) == LeaseRelease(wasHeld: true))
    let second = try #require(try await there.acquire(other.claim("a")).token)
    #expect(second > first)
    #expect(first > 0 && second < 1 << 57)
    #expect(try await there.release(other.claim("a")).wasHeld)
    #expect(directory.files == ["tokens"])
  }

  @Test func twoOwnersOfOneStoreExcludeEachOther() async throws {
    let store = directory.store()
    #expect(try await store.acquire(one.claim("a", 1)).token != nil)
    #expect(try await store.acquire(one.claim("a", 2), waits: true).token == nil)
    #expect(
      try await store.release(one.claim("a", 1)) == LeaseRelease(wasHeld: true, isWanted: true))
    #expect(try await store.acquire(one.claim("a", 2), waits: true).token != nil)
    #expect(try await store.release(one.claim("a", 2)) == LeaseRelease(wasHeld: true))
    #expect(directory.files == ["tokens"])
  }

  @Test func aRepeatedRequestFindsItsGrant() async throws {
    let store = directory.store()
    let token = try #require(try await store.acquire(one.claim("a")).token)
    let again = try #require(try await store.acquire(one.claim("a")).token)
    #expect(again >= token)
    #expect(try await store.release(one.claim("a")).wasHeld)
    #expect(try await !store.release(one.claim("a")).wasHeld)
  }

  @Test func aReleaseOfAnotherOwnerFindsNothing() async throws {
    let store = directory.store()
    _ = try await store.acquire(one.claim("a", 1))
    #expect(try await !store.release(one.claim("a", 2)).wasHeld)
    #expect(try await store.release(one.claim("a", 1)).wasHeld)
  }

  @Test func aWaiterThatLeavesLeavesNothing() async throws {
    let (here, there) = (directory.store(), directory.store())
    _ = try await here.acquire(one.claim("a"))
    #expect(try await there.acquire(other.claim("a"), waits: true).token == nil)
    #expect(try await there.release(other.claim("a")) == LeaseRelease(wasHeld: false))
    #expect(try await here.release(one.claim("a")) == LeaseRelease(wasHeld: true))
    #expect(directory.files == ["tokens"])
  }

  @Test func aWaiterThatLeavesAfterTheReleaseDeletesTheFile() async throws {
    let (here, there) = (directory.store(), directory.store())
    _ = try await here.acquire(one.claim("a"))
    _ = try await there.acquire(other.claim("a"), waits: true)
    #expect(try await here.release(one.claim("a")).isWanted)
    #expect(directory.files == ["orders,a", "tokens"])
    _ = try await there.release(other.claim("a"))
    #expect(directory.files == ["tokens"])
  }

  @Test(arguments: [true, false])
  func aReleaseIsReportedToAWaiter(hearsEvents: Bool) async throws {
    let (here, there) = (directory.store(), directory.store(hearsEvents: hearsEvents))
    let claim = try other.claim("a")
    try await withRun(of: there, as: other.process) { reports in
      for _ in 0..<20 {
        _ = try await here.acquire(one.claim("a"))
        reports.clear()
        #expect(try await there.acquire(claim, waits: true).token == nil)
        _ = try await here.release(one.claim("a"))
        try await reports.first(where: Reports.isFree(claim.name))
        #expect(try await there.acquire(claim, waits: true).token != nil)
        #expect(try await there.release(claim).wasHeld)
      }
    }
    #expect(directory.files == ["tokens"])
  }

  @Test func aHolderWhoseFileIsDeletedHasLost() async throws {
    let (here, there) = (directory.store(), directory.store())
    let claim = try one.claim("a")
    try await withRun(of: here, as: one.process) { reports in
      _ = try await here.acquire(claim)
      try FileManager.default.removeItem(atPath: directory.path + "/orders,a")
      #expect(try await there.acquire(other.claim("a")).token != nil)
      try await reports.first(where: Reports.isLost(claim))
      #expect(try await here.renew([claim], for: .seconds(1)) == [.lost])
      #expect(try await here.release(claim) == LeaseRelease(wasHeld: false))
      #expect(directory.files == ["orders,a", "tokens"])
      #expect(try await there.release(other.claim("a")).wasHeld)
    }
  }

  @Test func aHolderWhoseFileIsReplacedHasLost() async throws {
    let store = directory.store()
    let claim = try one.claim("a")
    try await withRun(of: store, as: one.process) { reports in
      _ = try await store.acquire(claim)
      let other = directory.path + "/other"
      #expect(FileManager.default.createFile(atPath: other, contents: nil))
      #expect(rename(other, directory.path + "/orders,a") == 0)
      try await reports.first(where: Reports.isLost(claim))
      #expect(try await !store.release(claim).wasHeld)
    }
  }

  @Test func afterTooManyEventsAllIsLookedAt() async throws {
    let (here, there) = (directory.store(), directory.store())
    let (held, waiting) = (try other.claim("held"), try other.claim("a"))
    _ = try await here.acquire(one.claim("a"))
    _ = try await there.acquire(waiting, waits: true)
    _ = try await there.acquire(held)
    _ = try await here.release(one.claim("a"))
    try FileManager.default.removeItem(atPath: directory.path + "/orders,held")
    var news = DirectoryNews()
    var looks = DirectoryLooks(hearsEvents: true)
    #expect(there.state.withValue { $0.changes(after: news, &looks) }.isEmpty)
    news.isIncomplete = true
    let changes = there.state.withValue { $0.changes(after: news, &looks) }
    #expect(changes.contains(where: Reports.isLost(held)))
    #expect(changes.contains(where: Reports.isFree(waiting.name)))
  }

  @Test func aLossBeforeTheRunIsReported() async throws {
    let store = directory.store()
    let claim = try one.claim("a")
    _ = try await store.acquire(claim)
    try FileManager.default.removeItem(atPath: directory.path + "/orders,a")
    try await withRun(of: store, as: one.process) { reports in
      try await reports.first(where: Reports.isLost(claim))
    }
  }

  @Test func whileNobodyWaitsNothingIsDue() async throws {
    let store = directory.store()
    _ = try await store.acquire(one.claim("a", 1))
    var looks = DirectoryLooks(hearsEvents: true)
    func look() {
      _ = store.state.withValue { $0.changes(after: DirectoryNews(), &looks) }
    }
    look()
    #expect(looks.next == nil)
    _ = try await store.acquire(one.claim("a", 2), waits: true)
    look()
    let next = try #require(looks.next)
    #expect(next <= .now + .seconds(1))
    _ = try await store.release(one.claim("a", 2))
    look()
    #expect(looks.next == nil)
  }

  @Test func aHolderWhoseFileIsMovedHasLost() async throws {
    let store = directory.store()
    let claim = try one.claim("a")
    _ = try await store.acquire(claim)
    #expect(try await store.renew([claim], for: .seconds(1)) == [.renewed(isWanted: false)])
    try FileManager.default.moveItem(
      atPath: directory.path + "/orders,a", toPath: directory.path + "/elsewhere")
    #expect(try await store.renew([claim], for: .seconds(1)) == [.lost])
    // The same owner may ask again.
    let token = try await store.acquire(claim).token
    #expect(token != nil)
    #expect(try await store.release(claim).wasHeld)
  }

  @Test func aWaiterWhoseFileIsDeletedAsksForTheNewOne() async throws {
    let (here, there) = (directory.store(), directory.store())
    let claim = try other.claim("a")
    try await withRun(of: there, as: other.process) { reports in
      _ = try await here.acquire(one.claim("a"))
      _ = try await there.acquire(claim, waits: true)
      reports.clear()
      try FileManager.default.removeItem(atPath: directory.path + "/orders,a")
      try await reports.first(where: Reports.isFree(claim.name))
      #expect(try await there.acquire(claim, waits: true).token != nil)
      #expect(try await !here.release(one.claim("a")).wasHeld)
      #expect(try await there.release(claim).wasHeld)
    }
  }

  @Test func holdingsSayWhoHoldsWhatAndWhetherOthersWait() async throws {
    let (here, there) = (directory.store(), directory.store())
    _ = try await here.acquire(one.claim("a", 3))
    _ = try await there.acquire(other.claim("b%/,", 4))
    _ = try await there.acquire(other.claim("a", 5), waits: true)
    let third = directory.store()
    #expect(
      try await third.holdings(in: "orders") == [
        LeaseHolding(
          name: one.claim("a").name, owner: one.claim("a", 3).owner, waiterCount: 1),
        LeaseHolding(
          name: other.claim("b%/,").name, owner: other.claim("b%/,", 4).owner, waiterCount: 0),
      ])
    #expect(try await third.holdings(in: "order") == [])
  }

  @Test func aRunDeletesTheFilesThatNobodyNeeds() async throws {
    let store = directory.store()
    _ = try await store.acquire(one.claim("held"))
    for name in ["orders,left", "orders,held", "elsewhere"] {
      let path = directory.path + "/" + name
      if name != "orders,held" {
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
      }
    }
    let there = directory.store()
    try await withRun(of: there, as: other.process) { _ in
      while directory.files != ["elsewhere", "orders,held", "tokens"] {
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    #expect(try await store.release(one.claim("held")).wasHeld)
  }

  @Test func aStoreMayBeRunAgainButNotTwiceAtATime() async throws {
    let store = directory.store()
    for _ in 0..<3 {
      try await withRun(of: store, as: one.process) { _ in
        await #expect(throws: LeaseStoreError.self) {
          try await store.run(as: one.process) { _ in }
        }
      }
    }
  }

  @Test func aDeletedTokenFileIsMadeAnew() async throws {
    let (here, there) = (directory.store(), directory.store())
    let first = try #require(try await here.acquire(one.claim("a", 1)).token)
    let second = try #require(try await there.acquire(other.claim("b", 1)).token)
    try FileManager.default.removeItem(atPath: directory.path + "/tokens")
    let third = try #require(try await here.acquire(one.claim("c", 2)).token)
    let fourth = try #require(try await there.acquire(other.claim("d", 2)).token)
    #expect(first < second && second < third && third < fourth)
  }

  @Test func aStoreThatEndsReleasesWhatItHolds() async throws {
    var store: DirectoryLeaseStore? = directory.store()
    _ = try await store?.acquire(one.claim("a"))
    store = nil
    #expect(directory.files == ["tokens"])
  }
}
