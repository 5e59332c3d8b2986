import LockTable
import LockTableLeases
import LockTableTesting
import Testing

struct MemoryLeaseStoreTests {
  let clock = ManualClock()
  let engine: MemoryLeaseEngine
  let first: MemoryLeaseStore
  let second: MemoryLeaseStore

  init() {
    engine = MemoryLeaseEngine(clock: clock)
    first = MemoryLeaseStore(engine)
    second = MemoryLeaseStore(engine)
  }

  @Test func aNameHasOneOwner() async throws {
    let (mine, theirs) = (claim("a", 1), claim("a", 2))
    #expect(try await first.acquire(mine, for: .seconds(3), waits: false) == .granted(token: 1))
    let obstacle = LeaseObstacle(owner: mine.owner, remaining: .seconds(3))
    #expect(try await second.acquire(theirs, for: .seconds(3), waits: false) == .held(obstacle))
    #expect(try await first.release(mine) == LeaseRelease(wasHeld: true))
    #expect(try await second.acquire(theirs, for: .seconds(3), waits: false) == .granted(token: 2))
  }

  @Test func aRepeatedRequestFindsItsOwnGrant() async throws {
    let mine = claim("a", 1)
    #expect(try await first.acquire(mine, for: .seconds(3), waits: true) == .granted(token: 1))
    #expect(try await first.acquire(mine, for: .seconds(3), waits: true) == .granted(token: 2))
    #expect(try await first.release(mine) == LeaseRelease(wasHeld: true))
    #expect(try await first.release(mine) == LeaseRelease(wasHeld: false))
    #expect(engine.nameCount == 0)
  }

  @Test func aNameGoesToTheFirstInLineAndItsProcessIsTold() async throws {
    let changes = Changes()
    let process = process(2)
    let run = Task { [second] in try await second.run(as: process, report: changes.add) }
    try await changes.wait(for: 1)
    let claims = [claim("a", 1), claim("a", 2), claim("a", 3)]
    for claim in claims {
      _ = try await first.acquire(claim, for: .seconds(3), waits: true)
    }
    #expect(engine.waiterCount == 2)
    #expect(try await first.release(claims[0]) == LeaseRelease(wasHeld: true, isWanted: true))
    #expect(changes.texts == ["connected", "mayBeFree n/a"])
    guard case .held = try await first.acquire(claims[2], for: .seconds(3), waits: true) else {
      Issue.record("the second in line came first")
      return
    }
    #expect(
      try await second.acquire(claims[1], for: .seconds(3), waits: true) == .granted(token: 2))
    run.cancel()
    try await run.value
    _ = try await second.release(claims[1])
    _ = try await second.release(claims[2])
    #expect(changes.texts.count == 2 && engine.nameCount == 0)
  }

  @Test func whatIsOverGoesToTheNextThatAsksOrToTheFirstInLine() async throws {
    let claims = [claim("a", 1), claim("a", 2), claim("a", 3), claim("a", 4)]
    _ = try await first.acquire(claims[0], for: .seconds(3), waits: false)
    clock.advance(by: .seconds(3))
    #expect(try await first.holdings(in: "n").isEmpty)
    #expect(try await first.renew([claims[0]], for: .seconds(3)) == [.renewed(isWanted: false)])
    clock.advance(by: .seconds(3))
    #expect(
      try await first.acquire(claims[1], for: .seconds(3), waits: true) == .granted(token: 2))
    #expect(try await first.renew([claims[0]], for: .seconds(3)) == [.lost])
    _ = try await first.acquire(claims[2], for: .seconds(3), waits: true)
    clock.advance(by: .seconds(3))
    // The one that asks now is not the first in line. That has 200 ms to confirm.
    let obstacle = LeaseObstacle(owner: claims[2].owner, remaining: .milliseconds(200))
    #expect(
      try await first.acquire(claims[3], for: .seconds(3), waits: true) == .held(obstacle))
    clock.advance(by: .milliseconds(200))
    #expect(
      try await first.acquire(claims[3], for: .seconds(3), waits: true) == .granted(token: 3))
    #expect(engine.nameCount == 1 && engine.waiterCount == 0)
  }
}
