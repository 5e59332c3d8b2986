import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

struct MemoryConformanceTests {
  @Test(arguments: LeaseStoreConformance.checks)
  func aStoreInMemoryConforms(check: LeaseStoreConformance) async throws {
    #expect(try await check(.memory { MemoryLeaseStore($0) }) == nil)
  }

  @Test(arguments: LeaseStoreConformance.checks)
  func aStoreWithoutFaultsConforms(check: LeaseStoreConformance) async throws {
    #expect(try await check(.memory { FaultyLeaseStore(.memory($0)) }) == nil)
  }

  @Test(arguments: LeaseStoreConformance.checks)
  func aStoreWithLateAnswersConforms(check: LeaseStoreConformance) async throws {
    let late = LeaseFaultPlan { _ in
      LeaseFault(request: .after(.microseconds(50)), answer: .after(.microseconds(50)))
    }
    #expect(
      try await check(.memory(manyNames: 100) { FaultyLeaseStore(.memory($0), plan: late) }) == nil)
  }

  @Test func theSystemsClockWillDo() async throws {
    let engine = MemoryLeaseEngine()
    var subject = LeaseStoreConformance.Subject("memory", duration: .milliseconds(100)) {
      MemoryLeaseStore(engine)
    }
    subject.hasLine = true
    subject.manyNames = 50
    #expect(try await LeaseStoreConformance.findings(in: subject) == [])
  }
}

extension LeaseStoreConformance.Subject {
  /// Stores on one engine in memory, whose clock the checks advance.
  static func memory(
    manyNames: Int = 1_100,
    _ makeStore: @escaping @Sendable (MemoryLeaseEngine) -> any LeaseStore
  ) -> Self {
    let clock = ManualClock()
    let engine = MemoryLeaseEngine(clock: clock)
    var subject = Self(
      "memory", duration: .seconds(3), clock: clock, advance: { clock.advance(by: $0) },
      makeStore: { makeStore(engine) })
    subject.hasLine = true
    subject.manyNames = manyNames
    subject.restart = {}
    return subject
  }
}
