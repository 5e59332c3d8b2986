import LockTable
import LockTableTesting
import Testing

/// The task of a flight, and threads beside tasks.
@Suite(.watched) struct FlightTaskTests {
  @TaskLocal static var name = "none"

  @Test func taskLocalsAreTheFirstCallers() async throws {
    let flights = FlightTable<String, String>()
    let load = HeldLoad { Self.name }
    let first = Task {
      try await Self.$name.withValue("first") {
        try await flights.value(for: "k") { try await load.run() }
      }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let second = Task {
      try await Self.$name.withValue("second") {
        try await flights.value(for: "k") { try await load.run() }
      }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    #expect(try await first.value == "first")
    #expect(try await second.value == "first")
  }

  @Test func aFlightHasThePriorityOfItsFirstCaller() async throws {
    let flights = FlightTable<String, TaskPriority>()
    for priority in [TaskPriority.low, .medium, .high] {
      let task = Task.detached(priority: priority) {
        try await flights.value(for: "k") { Task.currentPriority }
      }
      // The test's own wait for the task may raise that, and so the flight.
      #expect(try await task.value >= priority)
    }
  }

  //  caller 0, low          caller 1, high
  //  begins a flight
  //                         joins: the flight's priority is high
  @Test func aCallerThatJoinsRaisesTheFlight() async throws {
    let flights = FlightTable<String, Int>()
    let begun = AsyncStream<Void>.makeStream()
    let joined = Guarded(false)
    let first = Task.detached(priority: .low) {
      try await flights.value(for: "k") {
        begun.continuation.yield()
        var turns = 0
        while Task.currentPriority < .high {
          turns += 1
          await letOthersRun()
        }
        #expect(joined.withLock { $0 })
        return turns
      }
    }
    for await _ in begun.stream { break }
    joined.withLock { $0 = true }
    let second = Task.detached(priority: .high) { try await flights.value(for: "k") { -1 } }
    #expect(try await second.value >= 0)
    #expect(try await first.value >= 0)
  }

  //  caller 0, low          a test, high
  //  begins a flight
  //                         waits for caller 0: the flight's priority is high
  @Test func aCallerThatIsRaisedRaisesTheFlight() async throws {
    let flights = FlightTable<String, Int>()
    let begun = AsyncStream<Void>.makeStream()
    let task = Task.detached(priority: .low) {
      try await flights.value(for: "k") {
        begun.continuation.yield()
        var turns = 0
        while Task.currentPriority < .high {
          turns += 1
          await letOthersRun()
        }
        return turns
      }
    }
    for await _ in begun.stream { break }
    if #available(macOS 26, *) {
      task.escalatePriority(to: .high)
      #expect(try await task.value >= 0)
    }
  }

  //  caller 0, low            caller 1, high       caller 2, low
  //  begins a flight
  //  is cancelled
  //                                                waits for its end
  //                           waits for its end
  //  its load ends
  //                                                begins the next: its priority is high
  @Test func whoWaitsForTheNextFlightRaisesIt() async throws {
    let flights = FlightTable<String, TaskPriority>()
    let old = HeldLoad { TaskPriority.low }
    let first = Task.detached(priority: .low) {
      try await flights.value(for: "k") { try await old.run() }
    }
    await old.untilBegun()
    first.cancel()
    #expect(await first.failure is CancellationError)
    @Sendable func waitUntilRaised() async -> TaskPriority {
      while Task.currentPriority < .high {
        await letOthersRun()
      }
      return Task.currentPriority
    }
    let low = Task.detached(priority: .low) {
      try await flights.value(for: "k") { await waitUntilRaised() }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let high = Task.detached(priority: .high) {
      try await flights.value(for: "k") { await waitUntilRaised() }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    old.letGo()
    #expect(try await high.value >= .high)
    #expect(try await low.value >= .high)
    #expect(flights.statistics().flights == 2)
  }

  @Test func aThreadDoesTheWorkThatOthersWaitFor() async throws {
    let flights = FlightTable<String, Int>()
    let (begun, gate) = (Gate(), Gate())
    let result = Parcel<Int>(nil)
    let worker = NativeThread {
      result.put(
        (try? flights.value(for: "k") {
          begun.open()
          gate.pass()
          return 3
        }) ?? 0)
    }
    let joiner = NativeThread {
      begun.pass()
      #expect((try? flights.value(for: "k") { -1 }) == 3)
    }
    joiner.waitUntilAsleep()
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let cancelled = Task { try await flights.value(for: "k") { -1 } }
    let task = Task { try await flights.value(for: "k") { -1 } }
    try await flights.untilWaiterCount(of: "k", reaches: 3)
    cancelled.cancel()
    #expect(await cancelled.failure is CancellationError)
    gate.open()
    #expect(try await task.value == 3)
    await onPlainThread {
      worker.join()
      joiner.join()
      #expect(result.take() == 3)
    }
    #expect(await flights.becomesEmpty)
    #expect(flights.statistics().flights == 1 && flights.statistics().joins == 3)
  }

  @Test func aThreadJoinsTheFlightOfATask() async throws {
    let flights = FlightTable<String, Int>()
    let load = HeldLoad { 4 }
    let task = Task { try await flights.value(for: "k") { try await load.run() } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let thread = NativeThread {
      #expect((try? flights.value(for: "k") { -1 }) == 4)
    }
    let late = NativeThread {
      let error = #expect(throws: LockTableError.self) {
        try flights.value(for: "k", timeout: .milliseconds(1)) { -1 }
      }
      #expect(error?.reason == .timedOut)
    }
    await onPlainThread { late.join() }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    #expect(try await task.value == 4)
    await onPlainThread { thread.join() }
  }

  @Test func theErrorOfAThreadIsThatOfAllWhoWait() async throws {
    let flights = FlightTable<String, Int>()
    let mishap = FailedLoad()
    let (begun, gate) = (Gate(), Gate())
    let worker = NativeThread {
      let error = #expect(throws: FailedLoad.self) {
        try flights.value(for: "k") { () throws -> Int in
          begun.open()
          gate.pass()
          throw mishap
        }
      }
      #expect(error === mishap)
    }
    await onPlainThread { begun.pass() }
    let task = Task { try await flights.value(for: "k") { -1 } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    gate.open()
    #expect(await task.failure as? FailedLoad === mishap)
    await onPlainThread { worker.join() }
  }
}
