import LockTable
import LockTableTesting
import Testing

/// What code that is generic over the protocol does, with each form.
private struct Forms<Locks: KeyedLocking<String>> {
  let locks: Locks
  let hour = Duration.seconds(3600)

  /// Runs `body` in each scoped form, which is called in a line of its own. Returns how many there
  /// are.
  func run(_ body: () -> Void) async throws -> Int {
    var count = 0
    func note() {
      count += 1
      body()
    }
    let (none, keys): ([String], [String]) = ([], ["k"])
    try await locks.withLock("k") { note() }
    try await locks.withLock("k", timeout: hour) { note() }
    try await locks.withLock("k", until: .now + hour) { note() }
    await locks.withLockIfAvailable("k") { note() }
    await locks.withUncancellableLock("k") { note() }
    try await locks.withLock("k", mode: .shared) { note() }
    try await locks.withLock("k", mode: .shared, timeout: hour) { note() }
    try await locks.withLock("k", mode: .shared, until: .now + hour) { note() }
    await locks.withLockIfAvailable("k", mode: .shared) { note() }
    await locks.withUncancellableLock("k", mode: .shared) { note() }
    try await locks.withSharedLock("k") { note() }
    try await locks.withSharedLock("k", timeout: hour) { note() }
    try await locks.withSharedLock("k", until: .now + hour) { note() }
    await locks.withSharedLockIfAvailable("k") { note() }
    await locks.withUncancellableSharedLock("k") { note() }
    try await locks.withLock(all: keys) { note() }
    try await locks.withLock(all: keys, timeout: hour) { note() }
    try await locks.withLock(all: keys, until: .now + hour) { note() }
    await locks.withLockIfAvailable(all: keys) { note() }
    await locks.withUncancellableLock(all: keys) { note() }
    try await locks.withLock(exclusive: none, shared: keys) { note() }
    try await locks.withLock(exclusive: none, shared: keys, timeout: hour) { note() }
    try await locks.withLock(exclusive: none, shared: keys, until: .now + hour) { note() }
    await locks.withLockIfAvailable(exclusive: none, shared: keys) { note() }
    await locks.withUncancellableLock(exclusive: none, shared: keys) { note() }
    return count
  }

  /// Each form that can be refused, for callers that join at most so many waiters.
  func attempts(maximumWaiters most: Int) -> [@Sendable () async throws -> Void] {
    let (none, keys): ([String], [String]) = ([], ["k"])
    return [
      { try await locks.withLock("k", maximumWaiters: most) {} },
      { try await locks.withLock("k", timeout: hour, maximumWaiters: most) {} },
      { try await locks.withLock("k", until: .now + hour, maximumWaiters: most) {} },
      { try await locks.withSharedLock("k", maximumWaiters: most) {} },
      { try await locks.withSharedLock("k", timeout: hour, maximumWaiters: most) {} },
      { try await locks.withSharedLock("k", until: .now + hour, maximumWaiters: most) {} },
      { try await locks.withLock(all: keys, maximumWaiters: most) {} },
      { try await locks.withLock(all: keys, timeout: hour, maximumWaiters: most) {} },
      { try await locks.withLock(all: keys, until: .now + hour, maximumWaiters: most) {} },
      { try await locks.withLock(exclusive: none, shared: keys, maximumWaiters: most) {} },
      {
        try await locks.withLock(
          exclusive: none, shared: keys, timeout: hour, maximumWaiters: most
        ) {}
      },
      {
        try await locks.withLock(
          exclusive: none, shared: keys, until: .now + hour, maximumWaiters: most
        ) {}
      },
      { _ = try await locks.owner(of: "k", maximumWaiters: most) },
      { _ = try await locks.owner(of: "k", timeout: hour, maximumWaiters: most) },
      { _ = try await locks.owner(of: "k", until: .now + hour, maximumWaiters: most) },
    ]
  }

  /// An owner by each form, one after the other.
  func own(_ body: (LockOwner) -> Void) async throws {
    func use(_ owner: LockOwner?) {
      guard let owner else { return }
      body(owner)
      owner.release()
    }
    use(try await locks.owner(of: "k"))
    use(try await locks.owner(of: "k", mode: .shared))
    use(try await locks.owner(of: "k", timeout: hour))
    use(try await locks.owner(of: "k", mode: .shared, timeout: hour))
    use(try await locks.owner(of: "k", until: .now + hour))
    use(try await locks.owner(of: "k", mode: .shared, until: .now + hour))
    use(locks.ownerIfAvailable(of: "k"))
    use(locks.ownerIfAvailable(of: "k", mode: .shared))
  }
}

private func forms(of locks: some KeyedLocking<String>) -> Forms<some KeyedLocking<String>> {
  Forms(locks: locks)
}

/// Has state of its own, and locks from where that lives.
@MainActor
private final class Screen {
  private(set) var visits = 0

  func visit(_ locks: some KeyedLocking<String>) async throws -> Int {
    try await locks.withLock("k") {
      visits += 1
      await Task.yield()
      visits += 1
    }
    return try await locks.withLock(all: ["k", "l"], timeout: .seconds(3600)) { visits }
  }

  func visit(any locks: any KeyedLocking<String>) async throws -> Int {
    try await locks.withLock("k", mode: .shared) {
      visits += 1
      await Task.yield()
      visits += 1
    }
    await locks.withUncancellableLock("k") { MainActor.assertIsolated() }
    let owner = try await locks.owner(of: "k")
    defer { owner.release() }
    return await locks.withLockIfAvailable(all: ["l"]) { visits } ?? -1
  }
}

private struct Ticket: ~Copyable {
  let number: Int
}

private struct Refused: Error {}

@Suite(.watched) struct KeyedLockingTests {
  @Test func genericCodeLocksInEachForm() async throws {
    let locks = LockTable<String>()
    let count = try await forms(of: locks).run { #expect(locks.isLocked("k")) }
    #expect(count == 25)
    var owners = 0
    try await forms(of: locks).own { owner in
      #expect(owner.isHold(of: "k", in: locks))
      owners += 1
    }
    #expect(owners == 8)
    #expect(locks.isEmpty)
  }

  @Test func theModeAndTheLimitArrive() async throws {
    let table = ClockedTable<String>()
    let locks: any KeyedLocking<String> = table.locks
    let reader = try await locks.owner(of: "k", mode: .shared)
    #expect(try await locks.withLock("k", mode: .shared) { true })
    #expect(try await locks.withSharedLock("k") { true })
    #expect(locks.ownerIfAvailable(of: "k") == nil)
    #expect(locks.ownerIfAvailable(of: "k", mode: .shared) != nil)
    let failures = [
      Attempt { try await locks.withLock("k", timeout: .seconds(2)) {} },
      Attempt { _ = try await locks.owner(of: "k", timeout: .seconds(3)) },
      Attempt { try await locks.withLock(all: ["k"], timeout: .seconds(4)) {} },
    ]
    try await table.locks.untilWaiterCount(of: "k", reaches: 3)
    table.clock.advance(by: .seconds(2))
    #expect(table.locks.waiterCount(of: "k") == 2)
    table.clock.advance(by: .seconds(1))
    #expect(table.locks.waiterCount(of: "k") == 1)
    table.clock.advance(by: .seconds(1))
    for failure in failures {
      await failure.task.value
    }
    #expect(failures.outcomes == [.timedOut])
    reader.release()
    table.expectUnused()
  }

  @Test func theLimitOfWaitersArrives() async throws {
    let locks = LockTable<String>()
    let owner = LockOwner(try await locks.acquire("k"))
    let waiter = Attempt { try await locks.withLock("k") {} }
    try await locks.untilWaiterCount(of: "k", reaches: 1)
    for attempt in forms(of: locks).attempts(maximumWaiters: 1) {
      #expect(await Outcome.of(attempt) == .crowded)
    }
    let others = forms(of: locks).attempts(maximumWaiters: 20).map { Attempt($0) }
    try await locks.untilWaiterCount(of: "k", reaches: 1 + others.count)
    owner.release()
    for attempt in others + [waiter] {
      await attempt.task.value
    }
    #expect(others.outcomes == [.had] && waiter.outcome == .had)
    #expect(locks.isEmpty)
    for attempt in forms(of: NoLocks()).attempts(maximumWaiters: 0) {
      #expect(await Outcome.of(attempt) == .had)
    }
  }

  @Test func theCallersPlaceArrives() async throws {
    let locks = LockTable<String>.diagnosed()
    var sites: [String] = []
    func note() {
      sites.append(locks.snapshot().keys.first?.holders.first?.callSite ?? "none")
    }
    _ = try await forms(of: locks).run(note)
    try await forms(of: locks).own { _ in note() }
    #expect(Set(sites).count == 33 && sites.count == 33)
    #expect(sites.allSatisfy { $0.hasPrefix("LockTableTests/KeyedLockingTests.swift:") })
    #expect(locks.becomesEmpty)
  }

  @Test func bodiesRunOnTheActorOfTheCaller() async throws {
    let screen = Screen()
    let locks = LockTable<String>()
    #expect(try await screen.visit(locks) == 2)
    #expect(try await screen.visit(any: locks) == 4)
    #expect(try await screen.visit(NoLocks()) == 6)
    #expect(try await screen.visit(any: NoLocks()) == 8)
    #expect(locks.isEmpty)
  }

  @Test func bodiesReturnAndThrowWhatTheyLike() async throws {
    func check(_ locks: some KeyedLocking<Int>) async throws {
      let ticket = try await locks.withLock(1) { Ticket(number: 7) }
      #expect(ticket.number == 7)
      if let other = await locks.withLockIfAvailable(1, { Ticket(number: 8) }) {
        #expect(other.number == 8)
      } else {
        Issue.record("a free key was not available")
      }
      await #expect(throws: Refused.self) { try await locks.withLock(1) { throw Refused() } }
      do throws(Refused) {
        try await locks.withUncancellableLock(1) { () async throws(Refused) in throw Refused() }
        Issue.record("nothing was thrown")
      } catch {}
    }
    let locks = LockTable<Int>()
    try await check(locks)
    #expect(locks.isEmpty)
    try await check(NoLocks())
  }
}

@Suite(.watched) struct NoLocksTests {
  @Test func nothingIsLocked() async throws {
    let locks = NoLocks<String>()
    // With a table, the inner ones would wait for ever.
    let runs = try await locks.withLock("k") {
      try await forms(of: locks).run {}
    }
    #expect(runs == 25)
    let table = LockTable<String>()
    var owners = 0
    try await forms(of: locks).own { owner in
      #expect(!owner.isHold(of: "k", in: table) && !owner.isReleased)
      owners += 1
    }
    #expect(owners == 8)
  }

  @Test func aFailureIsThrownWhereATableWouldThrowIt() async throws {
    let locks = NoLocks<String>(failure: LockTableError(.tooManyWaiters, key: "k"))
    var runs = 0
    func expectCrowded(_ body: () async throws -> Void) async {
      do {
        try await body()
        Issue.record("nothing was thrown")
      } catch {
        #expect(Outcome(error) == .crowded)
      }
    }
    await expectCrowded { try await locks.withLock("k") { runs += 1 } }
    await expectCrowded { try await locks.withLock("k", timeout: .zero) { runs += 1 } }
    await expectCrowded { try await locks.withSharedLock("k", until: .now) { runs += 1 } }
    await expectCrowded { try await locks.withLock(all: ["k"]) { runs += 1 } }
    await expectCrowded { try await locks.withLock(all: ["k"], timeout: .zero) { runs += 1 } }
    await expectCrowded { try await locks.withLock(all: ["k"], until: .now) { runs += 1 } }
    await expectCrowded { _ = try await locks.owner(of: "k") }
    await expectCrowded { _ = try await locks.owner(of: "k", timeout: .zero) }
    await expectCrowded { _ = try await locks.owner(of: "k", until: .now) }
    #expect(await locks.withLockIfAvailable("k") { runs += 1 } == nil)
    #expect(await locks.withLockIfAvailable(all: ["k"]) { runs += 1 } == nil)
    #expect(locks.ownerIfAvailable(of: "k") == nil)
    #expect(runs == 0)
    await locks.withUncancellableLock("k") { runs += 1 }
    await locks.withUncancellableLock(all: ["k"]) { runs += 1 }
    #expect(runs == 2)
  }

  @Test func aDoubleHasToHaveAllForms() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Incomplete: KeyedLocking {  // error: does not conform to protocol 'KeyedLocking'
        typealias Key = String
        func ownerIfAvailable(
          of key: Key, mode: LockMode, file: StaticString, line: UInt
        ) -> LockOwner? { nil }
      }
      """, .types)
  }
}
