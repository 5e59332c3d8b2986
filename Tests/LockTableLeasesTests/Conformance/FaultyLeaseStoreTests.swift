import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

struct FaultyLeaseStoreTests {
  let clock = ManualClock()
  let engine: MemoryLeaseEngine
  let store: FaultyLeaseStore
  let mine = claim("a", 1)

  init() {
    engine = MemoryLeaseEngine(clock: clock)
    store = FaultyLeaseStore(.memory(engine), clock: clock)
  }

  func ask(_ claim: LeaseClaim) -> Task<Result<LeaseAnswer, any Error>, Never> {
    Task { [store] in
      do {
        return .success(try await store.acquire(claim, for: .seconds(3), waits: true))
      } catch {
        return .failure(error)
      }
    }
  }

  @Test func theEngineKnowsNothingOfALostRequestAndAllOfALostAnswer() async throws {
    store.plan = .script([.requestLost, .answerLost], to: \.isAcquire)
    for nameCount in 0...1 {
      await #expect(throws: LeaseStoreError.self) {
        try await store.acquire(mine, for: .seconds(3), waits: true)
      }
      #expect(engine.nameCount == nameCount)
    }
    #expect(try await store.acquire(mine, for: .seconds(3), waits: true) == .granted(token: 2))
    #expect(try await store.release(mine).wasHeld)
  }

  @Test func aLateMessageComesWhenTheClockSaysSo() async throws {
    store.plan = .script([LeaseFault(request: .after(.seconds(1)), answer: .after(.seconds(2)))])
    let request = ask(mine)
    await store.untilHeldCount(reaches: 1)
    #expect(engine.nameCount == 0)
    clock.advance(by: .seconds(1))
    try await clock.untilScheduledCount(reaches: 1)
    #expect(engine.nameCount == 1)
    clock.advance(by: .seconds(2))
    #expect(try await request.value.get() == .granted(token: 1))
  }

  @Test func messagesComeInTheOrderThatATestGives() async throws {
    store.plan = .held
    let requests = [ask(mine), ask(claim("a", 2))]
    await store.untilHeldCount(reaches: 2)
    let second = try #require(
      store.held.first { message in
        guard case .request(let call) = message.kind else { return false }
        return call.claims != [mine]
      })
    store.plan = .none
    await store.deliver(second.number)
    while engine.nameCount == 0 {
      try? await Task.sleep(for: .milliseconds(1))
    }
    // The answers are held as well, when they come.
    let deliveries = Task { [store] in
      while !Task.isCancelled {
        await store.deliverAll()
        try? await Task.sleep(for: .milliseconds(1))
      }
    }
    defer { deliveries.cancel() }
    guard case .held(let obstacle) = try await requests[0].value.get() else {
      Issue.record("the request that came second was granted")
      return
    }
    #expect(obstacle.owner == claim("a", 2).owner)
    #expect(try await requests[1].value.get() == .granted(token: 1))
  }

  @Test func aLostMessageFailsItsCallAndACopyIsCarriedOutAsWell() async throws {
    store.plan = .script([.held])
    let request = ask(mine)
    await store.untilHeldCount(reaches: 1)
    let number = store.held[0].number
    store.duplicate(number)
    store.lose(number)
    await #expect(throws: LeaseStoreError.self) { try await request.value.get() }
    #expect(engine.nameCount == 0)
    await store.deliverAll()
    #expect(engine.nameCount == 1 && store.held.isEmpty)
  }

  @Test func aCancelledRequestIsCarriedOutBeforeTheRelease() async throws {
    store.plan = .script([.held])
    let request = ask(mine)
    await store.untilHeldCount(reaches: 1)
    request.cancel()
    let error = try await #require(throws: LeaseStoreError.self) { try await request.value.get() }
    #expect(error.kind == .cancelled)
    guard case .orphan = store.held[0].kind else {
      Issue.record("the request is gone, or somebody waits for it")
      return
    }
    #expect(try await store.release(mine).wasHeld)
    #expect(engine.lastToken == 1 && engine.nameCount == 0 && store.held.isEmpty)
  }

  @Test func aCopyComesAfterItsTimeWithTheNextCall() async throws {
    store.plan = .script([LeaseFault(copy: .after(.seconds(1)))], to: \.isRelease)
    _ = try await store.acquire(mine, for: .seconds(3), waits: false)
    _ = try await store.release(mine)
    _ = try await store.acquire(mine, for: .seconds(3), waits: false)
    #expect(try await store.holdings(in: "n").count == 1)
    clock.advance(by: .seconds(1))
    #expect(try await store.holdings(in: "n").isEmpty)
  }

  @Test func anOutageLosesWhatIsOnItsWayAndWhatIsReported() async throws {
    let changes = Changes()
    let run = Task { [store] in try await store.run(as: process(2), report: changes.add) }
    try await changes.wait(for: 1)
    let theirs = claim("a", 2)
    _ = try await store.acquire(mine, for: .seconds(3), waits: true)
    _ = try await store.acquire(theirs, for: .seconds(3), waits: true)
    store.plan = .script([LeaseFault(answer: .held)])
    let request = ask(claim("b", 1))
    await store.untilHeldCount(reaches: 1)
    store.interrupt()
    await #expect(throws: LeaseStoreError.self) { try await request.value.get() }
    await #expect(throws: LeaseStoreError.self) { try await store.release(mine) }
    _ = try await store.base.release(mine)
    store.connect()
    #expect(changes.texts == ["connected", "interrupted the connection is broken", "connected"])
    #expect(try await store.acquire(theirs, for: .seconds(3), waits: true) == .granted(token: 3))
    run.cancel()
    try await run.value
  }

  @Test func aTheftGoesBehindTheOwnersBack() async throws {
    let changes = Changes()
    let run = Task { [store] in try await store.run(as: process(1), report: changes.add) }
    try await changes.wait(for: 1)
    _ = try await store.acquire(mine, for: .seconds(3), waits: true)
    let thief = try #require(try await store.steal(mine.name, for: .seconds(3), reporting: true))
    #expect(changes.texts == ["connected", "lost n/a"])
    #expect(try await store.renew([mine], for: .seconds(3)) == [.lost])
    #expect(try await store.release(mine) == LeaseRelease(wasHeld: false))
    #expect(try await store.release(thief).wasHeld)
    _ = try await store.acquire(mine, for: .seconds(3), waits: true)
    #expect(try await store.takeAway(mine.name) == mine)
    #expect(try await store.takeAway(mine.name) == nil)
    #expect(engine.nameCount == 0)
    run.cancel()
    try await run.value
  }

  @Test func theSameSeedGivesTheSameFaults() {
    func faults(_ seed: UInt64) -> [LeaseFault] {
      let plan = LeaseFaultPlan.random(seed: seed, longest: .seconds(1))
      return (0..<200).map { _ in plan(.release(mine)) }
    }
    #expect(faults(1) == faults(1))
    #expect(faults(1) != faults(2))
    #expect(Set(faults(1)).count > 20)
  }
}
