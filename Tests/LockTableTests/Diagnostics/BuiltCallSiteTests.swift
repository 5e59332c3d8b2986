import LockTable
import LockTableTesting
import Testing

/// Where a hold or a wait began, in tables that are built on one of locks: the call that its user
/// wrote, whatever has run on the thread since.
@Suite(.watched) struct BuiltCallSiteTests {
  private static let configuration = LockTableConfiguration(diagnostics: .init())
  private let other = LockTable<String>.diagnosed()

  @Test func aRemovalTellsNoOtherCall() async {
    let table = MutexTable<String, Int>(configuration: Self.configuration)
    await onPlainThread { [other] in
      let executor = SteppedExecutor()
      let sites = Guarded<[String?]>([])
      table.withLock("k") { value in value = 1 }
      @Sendable func note() {
        let holder = table.snapshot().keys.first?.holders.first
        sites.withLock { $0.append(holder?.callSite) }
      }
      table.removeAll { _ in
        note()
        return false
      }
      other.withLock("o") {}
      let removal = Attempt(on: executor) {
        await table.removeAll { _ in
          note()
          return true
        }
      }
      executor.drain(until: { removal.outcome != nil })
      #expect(sites.withLock(\.self) == [nil, nil])
    }
  }

  @Test func aQuestionForTheCapacityTellsNothing() {
    let table = SemaphoreTable<String>(
      permits: { [other] _ in other.withLock("o") { 2 } }, configuration: Self.configuration)
    let permit = table.acquirePermit("k", file: "Server/Fetch.swift", line: 31)
    let holder = table.snapshot().keys.first?.holders.first
    #expect(holder?.callSite == "Server/Fetch.swift:31")
    permit.release()
  }

  @Test func aReaderThatMakesAStateTellsItsCall() async {
    let table = StateTable<String, Int>(
      configuration: Self.configuration, isMonitored: false, whileInUse: { _ in 1 })
    await onPlainThread { [other] in
      let executor = SteppedExecutor()
      let first = table.locks.acquire("k")
      let reader = Attempt(on: executor) {
        try await table.withSharedLock("k", file: "Server/Read.swift", line: 31) { _ in }
      }
      executor.drain()
      let turn = table.locks.enqueue("k")
      first.release()
      other.withLock("o") {}
      executor.drain()
      let entry = table.snapshot().keys.first
      #expect(entry?.mode == .exclusive && entry?.waiterCount == 1)
      #expect(entry?.waiters.first?.callSite == "Server/Read.swift:31")
      turn.cancel()
      executor.drain(until: { reader.outcome != nil })
      #expect(reader.outcome == .had)
    }
  }

  @Test func aReaderThatMakesAStateAtOnceTellsItsCall() async {
    let table = StateTable<String, Int>(
      configuration: Self.configuration, isMonitored: false, whileInUse: { _ in 1 })
    await onPlainThread { [other] in
      let executor = SteppedExecutor()
      let first = table.locks.acquire("k")
      let site = Guarded<String?>(nil)
      let reader = Attempt(on: executor) {
        try await table.withSharedLock("k", file: "Server/Read.swift", line: 31) { _ in
          site.withLock { $0 = table.snapshot().keys.first?.holders.first?.callSite }
        }
      }
      executor.drain()
      first.release()
      other.withLock("o") {}
      executor.drain(until: { reader.outcome != nil })
      #expect(reader.outcome == .had)
      #expect(site.withLock(\.self) == "Server/Read.swift:31")
    }
  }

  @Test func aFlightTellsTheCallThatBeganIt() async throws {
    let (executor, flights) = (
      SteppedExecutor(), FlightTable<String, Int>(configuration: Self.configuration)
    )
    let driver = executor.drive()
    let (old, new) = (HeldLoad { 1 }, HeldLoad { 2 })
    let first = Task { try await flights.value(for: "k") { try await old.run() } }
    await old.untilBegun()
    first.cancel()
    #expect(await first.failure is CancellationError)
    let second = Task(executorPreference: executor) {
      try await flights.value(for: "k", file: "Server/Load.swift", line: 31) {
        try await new.run()
      }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    await Attempt(on: executor) { [other] in try await other.withLock("o") {} }.task.value
    old.letGo()
    await new.untilBegun()
    let entry = flights.snapshot().keys.first
    #expect(entry?.waiters.first?.callSite == "Server/Load.swift:31")
    #expect(entry?.holders.first?.callSite == "Server/Load.swift:31")
    new.letGo()
    #expect(try await second.value == 2)
    await onPlainThread { executor.stop(driver) }
  }
}
