import LockTable
import LockTableTesting
import Testing

/// Limits that a manual clock measures.
@Suite(.watched) struct PermitClockTests {
  @Test(arguments: [1, 2]) func aWaitEndsAtItsLimit(count: Int) async throws {
    let clock = ManualClock()
    let table = SemaphoreTable<String>(permits: 2, configuration: .init(clock: clock))
    let holder = try await table.acquirePermits(2, of: "k")
    let outcome = Guarded<Outcome?>(nil)
    let thread = NativeThread {
      let result = Outcome.ofThread {
        try table.withPermits(count, of: "k", timeout: .seconds(60)) {}
      }
      outcome.withLock { $0 = result }
    }
    try await table.untilWaiterCount(of: "k", reaches: 1)
    let task = Attempt { try await table.withPermits(count, of: "k", timeout: .seconds(90)) {} }
    try await table.untilWaiterCount(of: "k", reaches: 2)
    clock.advance(by: .seconds(60))
    await onPlainThread { thread.join() }
    #expect(outcome.withLock(\.self) == .timedOut)
    #expect(table.waiterCount(of: "k") == 1 && task.outcome == nil)
    clock.advance(by: .seconds(30))
    _ = await task.task.value
    #expect(task.outcome == .timedOut)
    holder.release()
    #expect(table.isEmpty && clock.scheduledCount == 0)
  }

  @Test(arguments: [1, 2]) func permitsThatAreReleasedBeforeAreHad(count: Int) async throws {
    let clock = ManualClock()
    let table = SemaphoreTable<String>(permits: { _ in 2 }, configuration: .init(clock: clock))
    let holder = try await table.acquirePermits(2, of: "k")
    let out = Guarded(0)
    let thread = NativeThread {
      try? table.withPermits(count, of: "k", timeout: .seconds(60)) {
        out.withLock { $0 = table.permitsOut(of: "k") }
      }
    }
    try await table.untilWaiterCount(of: "k", reaches: 1)
    holder.release()
    await onPlainThread { thread.join() }
    #expect(out.withLock(\.self) == count)
    #expect(table.isEmpty && clock.scheduledCount == 0)
  }
}
