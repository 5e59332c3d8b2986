import LockTable
import LockTableTesting
import Testing

/// What diagnostics show of flights.
@Suite(.watched) struct FlightDiagnosticsTests {
  private static func flights(
    onDeadlock: LockTableConfiguration.Diagnostics.DeadlockPolicy = .report
  ) -> FlightTable<String, Int> {
    FlightTable(
      name: "profiles",
      configuration: .init(
        diagnostics: .init(deadlockDelay: .milliseconds(2), onDeadlock: onDeadlock)))
  }

  @Test func aSnapshotShowsWhatWorksAndWhoWaits() async throws {
    let flights = Self.flights()
    let load = HeldLoad { 1 }
    let tasks = (0..<2).map { _ in
      Task { try await flights.value(for: "k") { try await load.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    await load.untilBegun()
    let entry = try #require(flights.snapshot().keys.first)
    #expect(entry.key == "k" && entry.tableName == "profiles" && entry.mode == .exclusive)
    #expect(entry.holders.count == 1 && entry.waiters.count == 2)
    let holder = try #require(entry.holders.first?.acquirer)
    #expect(!entry.waiters.contains { $0.acquirer == holder })
    load.letGo()
    for task in tasks {
      #expect(try await task.value == 1)
    }
    #expect(await flights.becomesEmpty)
  }

  @Test func whoWaitsForItsOwnFlightIsNoDeadlock() async throws {
    let flights = Self.flights(onDeadlock: .failYoungest)
    let load = HeldLoad { 1 }
    let task = Task { try await flights.value(for: "k") { try await load.run() } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    await load.untilBegun()
    await onPlainThread { flights.locks.awaitAnInspection(by: "spare") }
    load.letGo()
    #expect(try await task.value == 1)
    #expect(flights.locks.statistics().suspectedDeadlocks == 0)
  }

  //  caller           flight of a       flight of b
  //  begins a
  //                   begins b
  //                                     joins a
  @Test func flightsThatWaitForEachOtherAreADeadlock() async throws {
    let flights = Self.flights(onDeadlock: .failYoungest)
    let task = Task {
      try await flights.value(for: "a") {
        try await flights.value(for: "b") { try await flights.value(for: "a") { 1 } }
      }
    }
    let error = await task.failure as? LockTableError
    #expect(error?.reason == .deadlock && error?.key as? String == "a")
    #expect(await flights.becomesEmpty)
  }
}
