import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct RunTests {
  let processes = Processes(duration: .seconds(15))

  @Test func aCallWaitsForTheBegin() async throws {
    let process = processes.makeProcess()
    let call = Ending { try await process.table.withLease("a") { $0.fencingToken } }
    try await processes.clock.untilScheduledCount(reaches: 1)
    try await process.running {
      let token = try await call.value()
      #expect(token == 64)
    }
  }

  @Test func aCallWithoutARunFailsInTime() async throws {
    let process = processes.makeProcess()
    let call = Ending { try await process.table.withLease("a") { _ in } }
    try await processes.clock.untilScheduledCount(reaches: 1)
    processes.clock.advance(by: .seconds(10))
    #expect((await call.error() as? LeaseError)?.reason == .notRunning)
    let attempt = Ending { try await process.table.withLeaseIfAvailable("a") { _ in } }
    #expect((await attempt.error() as? LeaseError)?.reason == .notRunning)
    #expect(process.table.isEmpty)
    #expect(process.table.statistics().failures == 2)
  }

  @Test func aCallThatWaitsForTheBeginCanBeCancelled() async throws {
    let process = processes.makeProcess()
    let call = Ending { try await process.table.withLease("a") { _ in } }
    try await processes.clock.untilScheduledCount(reaches: 1)
    call.cancel()
    #expect(await call.error() is CancellationError)
    #expect(processes.clock.scheduledCount == 0)
    #expect(process.table.statistics().cancellations == 1)
  }

  @Test func theEndOfARunEndsAllWaits() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      let holder = await Holder(first.table, "a")
      let calls = try await second.running {
        // One waits for the engine, one for the other.
        let calls = (0..<2).map { _ in
          Ending { try await second.table.withLease("a") { _ in } }
        }
        try await second.table.locks.untilWaiterCount(of: "a", reaches: 1)
        await until { processes.engine.waiterCount == 1 }
        return calls
      }
      for call in calls {
        #expect((await call.error() as? LeaseError)?.reason == .notRunning)
      }
      #expect(processes.engine.waiterCount == 0)
      let late = Ending { try await second.table.withLease("a") { _ in } }
      #expect((await late.error() as? LeaseError)?.reason == .notRunning)
      #expect(second.table.isEmpty)
      try await holder.release()
    }
    #expect(processes.isEmpty)
  }

  @Test func aHolderMayFinishAfterTheEnd() async throws {
    let process = processes.makeProcess()
    let run = Ending { try await process.table.run() }
    let holder = await Holder(process.table, "a")
    run.cancel()
    await until { process.table.locks.isClosed }
    processes.clock.advance(by: .seconds(4))
    #expect(holder.lease.isValid)
    #expect(!run.hasEnded)
    try await holder.release()
    try await run.value()
    #expect(processes.isEmpty)
  }

  @Test func aHolderThatDoesNotFinishLosesItsLease() async throws {
    let process = processes.makeProcess()
    let run = Ending { try await process.table.run() }
    let ended = LeaseOccasion()
    let holder = Ending {
      try await process.table.withLease("a") { lease in
        ended.come(lease)
        try? await Task.sleep(for: .seconds(1000))
      }
    }
    let lease = await ended.lease()
    run.cancel()
    await until { process.table.locks.isClosed }
    await processes.advance(until: { run.hasEnded })
    try await run.value()
    #expect(!lease.isValid)
    #expect((await holder.error() as? LeaseLostError)?.reason == .runEnded)
    #expect(processes.isEmpty)
  }

  @Test func aTableRunsAgain() async throws {
    let process = processes.makeProcess()
    var tokens: [Int64] = []
    for _ in 0..<3 {
      try await process.running {
        tokens.append(try await process.table.withLease("a") { $0.fencingToken })
      }
    }
    #expect(tokens == [64, 128, 192])
  }

  @Test func aStoreThatCannotGoOnEndsTheRun() async throws {
    let refusal = LeaseStoreError(.configuration, "no such database")
    let store = StubStore()
    store.runs = { () throws(LeaseStoreError) in throw refusal }
    let table = LeaseTable<String>(
      store: store, namespace: "test", configuration: processes.configuration)
    let error = await #expect(throws: LeaseStoreError.self) { try await table.run() }
    #expect(error == refusal)
    let call = Ending { try await table.withLease("a") { _ in } }
    let failure = await call.error() as? LeaseError
    #expect(failure?.reason == .notRunning)
    #expect(failure?.storeError == refusal)
  }

  @Test func aGuardMayOutliveTheRun() async throws {
    let process = processes.makeProcess()
    let run = Ending { try await process.table.run() }
    let held = try await process.table.acquire("a")
    run.cancel()
    await until { process.table.locks.isClosed }
    await processes.advance(until: { run.hasEnded })
    #expect(processes.isEmpty)
    let error = await loss(of: held)
    #expect(error?.reason == .runEnded)
    #expect(process.table.isEmpty)
  }
}
