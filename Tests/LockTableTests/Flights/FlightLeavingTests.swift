import LockTable
import LockTableTesting
import Testing

/// Callers that leave a flight, and what becomes of it.
@Suite(.watched) struct FlightLeavingTests {
  //  caller 0           caller 1    caller 2
  //  begins a flight
  //                     joins       joins
  //  is cancelled
  //                     gets the result
  @Test(arguments: 0..<3) func aCancelledCallerLeavesAlone(cancelled: Int) async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 7 }
    var tasks: [Task<Int, any Error>] = []
    for index in 0..<3 {
      tasks.append(Task { try await flights.value(for: "k") { try await load.run() } })
      try await flights.untilWaiterCount(of: "k", reaches: index + 1)
    }
    tasks[cancelled].cancel()
    #expect(await tasks[cancelled].failure is CancellationError)
    #expect(flights.waiterCount(of: "k") == 2 && load.cancelled == 0)
    load.letGo()
    for (index, task) in tasks.enumerated() where index != cancelled {
      #expect(try await task.value == 7)
    }
    #expect(load.cancelled == 0 && flights.statistics().cancellations == 1)
  }

  @Test func theLastWhoLeavesCancelsTheFlight() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 7 }
    let tasks = (0..<3).map { _ in
      Task { try await flights.value(for: "k") { try await load.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 3)
    for task in tasks {
      #expect(load.cancelled == 0)
      task.cancel()
      #expect(await task.failure is CancellationError)
    }
    await load.untilCancelled()
    #expect(load.cancelled == 1 && flights.isInFlight("k"))
    load.letGo()
    #expect(await flights.becomesEmpty)
    #expect(load.begun == 1)
  }

  //  caller 0           callers 1, 2, 3
  //  begins a flight
  //  is cancelled
  //                     wait: its load goes on
  //  its load ends
  //                     begin one flight, and get its result
  @Test func whoComesWhileAFlightIsCancelledBeginsTheNext() async throws {
    let flights = FlightTable<String, Int>()
    let old = HeldLoad { 1 }
    let new = HeldLoad { 2 }
    let first = Task { try await flights.value(for: "k") { try await old.run() } }
    await old.untilBegun()
    first.cancel()
    #expect(await first.failure is CancellationError)
    let others = (0..<3).map { _ in
      Task { try await flights.value(for: "k") { try await new.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 3)
    #expect(new.begun == 0)
    old.letGo()
    await new.untilBegun()
    new.letGo()
    for task in others {
      #expect(try await task.value == 2)
    }
    #expect(old.begun == 1 && old.cancelled == 1 && new.begun == 1 && new.cancelled == 0)
    #expect(flights.statistics().flights == 2 && flights.statistics().joins == 2)
    #expect(await flights.becomesEmpty)
  }

  @Test func aCancelledTaskBeginsNothing() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 1 }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await flights.value(for: "k") { try await load.run() }
    }
    #expect(await task.failure is CancellationError)
    #expect(load.begun == 0 && flights.isEmpty && flights.statistics().flights == 0)
  }

  @Test func aLoadThatCancelsItselfFailsAllWhoWait() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad<Int> { throw CancellationError() }
    let tasks = (0..<2).map { _ in
      Task { try await flights.value(for: "k") { try await load.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    for task in tasks {
      #expect(await task.failure is CancellationError && !task.isCancelled)
    }
    #expect(load.begun == 1)
  }

  @Test func aCallerThatIsLateLeavesAlone() async throws {
    let clock = ManualClock()
    let flights = FlightTable<String, Int>(configuration: .init(clock: clock))
    let load = HeldLoad { 7 }
    let first = Task { try await flights.value(for: "k") { try await load.run() } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let second = Task {
      try await flights.value(for: "k", timeout: .seconds(3600)) { try await load.run() }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    clock.advance(by: .seconds(3600))
    let error = await second.failure as? LockTableError
    #expect(error?.reason == .timedOut && error?.key as? String == "k")
    #expect(error?.limit == .seconds(3600) && error?.waited == .seconds(3600))
    load.letGo()
    #expect(try await first.value == 7)
    #expect(load.cancelled == 0 && flights.statistics().timeouts == 1)
  }

  @Test func aLateCallerThatIsTheLastCancelsTheFlight() async throws {
    let clock = ManualClock()
    let flights = FlightTable<String, Int>(configuration: .init(clock: clock))
    let load = HeldLoad { 7 }
    let task = Task {
      try await flights.value(for: "k", timeout: .seconds(1)) { try await load.run() }
    }
    await load.untilBegun()
    clock.advance(by: .seconds(1))
    #expect((await task.failure as? LockTableError)?.reason == .timedOut)
    await load.untilCancelled()
    load.letGo()
    #expect(await flights.becomesEmpty)
  }

  @Test func theCoresOwnTimerCancelsAFlightToo() async throws {
    let flights = FlightTable<String, Int>()
    var limit = Duration.milliseconds(1)
    var begun = 0
    while begun == 0 {
      let load = HeldLoad { 7 }
      let task = Task { [limit] in
        try await flights.value(for: "k", until: .now + limit) { try await load.run() }
      }
      #expect((await task.failure as? LockTableError)?.reason == .timedOut)
      // It may be late before it begins a flight, or before that runs.
      begun = load.begun
      if begun > 0 {
        await load.untilCancelled()
      }
      load.letGo()
      #expect(await flights.becomesEmpty)
      limit *= 2
    }
  }

  @Test func withoutTimeNothingBegins() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 1 }
    for timeout in [Duration.zero, .seconds(-1)] {
      let task = Task {
        try await flights.value(for: "k", timeout: timeout) { try await load.run() }
      }
      #expect((await task.failure as? LockTableError)?.reason == .timedOut)
    }
    #expect(load.begun == 0 && flights.isEmpty && flights.statistics().flights == 0)
  }

  @Test func whoWouldBeOneTooManyIsRefused() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 1 }
    let first = Task {
      try await flights.value(for: "k", maximumWaiters: 0) { try await load.run() }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let refused = Task {
      try await flights.value(for: "k", maximumWaiters: 1) { try await load.run() }
    }
    let error = await refused.failure as? LockTableError
    #expect(error?.reason == .tooManyWaiters && flights.statistics().refusals == 1)
    let second = Task {
      try await flights.value(for: "k", maximumWaiters: 2) { try await load.run() }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    #expect(try await first.value == 1)
    #expect(try await second.value == 1)
  }

  @Test func closingEndsAllWaitsAndCancelsTheirFlights() async throws {
    let flights = FlightTable<Int, Int>()
    let load = HeldLoad { 1 }
    let tasks = (0..<20).map { index in
      Task { try await flights.value(for: index % 5) { try await load.run() } }
    }
    for key in 0..<5 {
      try await flights.untilWaiterCount(of: key, reaches: 4)
    }
    flights.close()
    for task in tasks {
      #expect((await task.failure as? LockTableError)?.reason == .closed)
    }
    let late = Task { try await flights.value(for: 9) { 1 } }
    #expect((await late.failure as? LockTableError)?.reason == .closed)
    #expect(flights.isClosed && flights.count == 5)
    for _ in 0..<5 {
      await load.untilCancelled()
    }
    for _ in 0..<5 {
      load.letGo()
    }
    #expect(await flights.becomesEmpty)
    #expect(load.begun == 5 && load.cancelled == 5)
  }
}
