import LockTable
import LockTableTesting
import Testing

/// Who gets which result.
@Suite(.watched) struct FlightTests {
  @Test(arguments: [1, 2, 40]) func oneLoadRunsForAllWhoArriveMeanwhile(callers: Int) async throws {
    let flights = FlightTable<String, Cargo>()
    let load = HeldLoad { Cargo() }
    let tasks = (0..<callers).map { _ in
      Task { try await flights.value(for: "k") { try await load.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: callers)
    #expect(flights.isInFlight("k") && !flights.isInFlight("other") && flights.count == 1)
    load.letGo()
    let first = try await tasks[0].value
    for task in tasks {
      #expect(try await task.value === first)
    }
    #expect(load.begun == 1 && load.cancelled == 0)
    #expect(await flights.becomesEmpty)
    let statistics = flights.statistics()
    #expect(statistics.flights == 1 && statistics.joins == callers - 1)
  }

  @Test func allGetTheSameErrorAndItIsNotKept() async throws {
    let flights = FlightTable<String, Int>()
    let mishap = FailedLoad()
    let load = HeldLoad<Int> { throw mishap }
    let tasks = (0..<3).map { _ in
      Task { try await flights.value(for: "k") { try await load.run() } }
    }
    try await flights.untilWaiterCount(of: "k", reaches: 3)
    load.letGo()
    for task in tasks {
      #expect(await task.failure as? FailedLoad === mishap)
    }
    #expect(await flights.becomesEmpty)
    #expect(try await flights.value(for: "k") { 2 } == 2)
  }

  @Test func aResultHasNoLifetime() async throws {
    let flights = FlightTable<String, Cargo>()
    let loads = Tally()
    weak var cargo: Cargo?
    do {
      let value = try await flights.value(for: "k") {
        loads.add()
        return Cargo()
      }
      cargo = value
      #expect(cargo != nil)
    }
    #expect(await flights.becomesEmpty)
    // The flight's task has a reference until it has ended.
    while cargo != nil {
      await letOthersRun()
    }
    _ = try await flights.value(for: "k") {
      loads.add()
      return Cargo()
    }
    #expect(loads.count == 2 && flights.statistics().flights == 2)
  }

  @Test func whatALoadRefersToGoesWhenItHasRun() async throws {
    let flights = FlightTable<String, Int>()
    weak var captured: Cargo?
    do {
      let cargo = Cargo()
      captured = cargo
      _ = try await flights.value(for: "k") { [cargo] () async in withExtendedLifetime(cargo) { 1 }
      }
    }
    while captured != nil {
      await letOthersRun()
    }
    // Of a load that is not used, when the call returns.
    let load = HeldLoad { 2 }
    let first = Task { try await flights.value(for: "k") { try await load.run() } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let second = Task {
      weak var unused: Cargo?
      func join() async throws -> Int {
        let cargo = Cargo()
        unused = cargo
        return try await flights.value(for: "k") { [cargo] () async in
          withExtendedLifetime(cargo) { 3 }
        }
      }
      let value = try await join()
      #expect(unused == nil)
      return value
    }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    #expect(try await first.value == 2)
    #expect(try await second.value == 2)
  }

  @Test func keysFlyApart() async throws {
    let flights = FlightTable<Int, Int>()
    let load = HeldLoad { -1 }
    let held = Task { try await flights.value(for: 0) { try await load.run() } }
    try await flights.untilWaiterCount(of: 0, reaches: 1)
    for key in 1...100 {
      #expect(try await flights.value(for: key) { key * 2 } == key * 2)
    }
    load.letGo()
    #expect(try await held.value == -1)
  }

  @Test func eachKindOfKeyIsOneKey() async throws {
    func check<Key: Hashable & Sendable>(_ key: Key, _ same: Key) async throws {
      let flights = FlightTable<Key, Cargo>()
      let load = HeldLoad { Cargo() }
      let first = Task { try await flights.value(for: key) { try await load.run() } }
      try await flights.untilWaiterCount(of: key, reaches: 1)
      let second = Task { try await flights.value(for: same) { try await load.run() } }
      try await flights.untilWaiterCount(of: key, reaches: 2)
      load.letGo()
      let (one, two) = (try await first.value, try await second.value)
      #expect(one === two && load.begun == 1)
      #expect(await flights.becomesEmpty)
    }
    try await check(7, 7)
    try await check("caf\u{e9}", "cafe\u{301}")
    try await check(String(repeating: "k", count: 2000), String(repeating: "k", count: 2000))
    try await check(["a", "b"], ["a", "b"])
    try await check(Pair(name: "n", number: 1), Pair(name: "n", number: 1))
  }

  private struct Pair: Hashable, Sendable {
    var name: String
    var number: Int
  }

  @Test func valuesOfAnySizeAreHandedOver() async throws {
    struct Large: Sendable, Equatable {
      var words: (UInt64, UInt64, UInt64, UInt64, UInt64)
      var text: String

      static func == (left: Large, right: Large) -> Bool {
        left.words == right.words && left.text == right.text
      }
    }
    let large = Large(words: (1, 2, 3, 4, 5), text: String(repeating: "t", count: 100))
    #expect(try await FlightTable<Int, Large>().value(for: 1) { large } == large)
    try await FlightTable<Int, Void>().value(for: 1) {}
    #expect(try await FlightTable<Int, Int?>().value(for: 1) { nil } == nil)
    #expect(try await FlightTable<Int, Bool>().value(for: 1) { true })
  }

  @Test func whoOnlyJoinsBeginsNothing() async throws {
    let flights = FlightTable<String, Int>()
    #expect(try await flights.valueIfInFlight(for: "k") == nil)
    let load = HeldLoad { 5 }
    let first = Task { try await flights.value(for: "k") { try await load.run() } }
    try await flights.untilWaiterCount(of: "k", reaches: 1)
    let second = Task { try await flights.valueIfInFlight(for: "k") }
    try await flights.untilWaiterCount(of: "k", reaches: 2)
    load.letGo()
    #expect(try await first.value == 5)
    #expect(try await second.value == 5)
    #expect(flights.statistics().flights == 1 && flights.statistics().joins == 1)
  }

  @Test func aFlightOutlivesItsTable() async throws {
    var flights: FlightTable<String, Cargo>? = FlightTable()
    let load = HeldLoad { Cargo() }
    let task = Task { [flights] in try await flights?.value(for: "k") { try await load.run() } }
    try await flights?.untilWaiterCount(of: "k", reaches: 1)
    task.cancel()
    #expect(await task.failure is CancellationError)
    weak let table = flights
    flights = nil
    while table != nil {
      await letOthersRun()
    }
    await load.untilCancelled()
    load.letGo()
    #expect(load.begun == 1)
  }

  @MainActor @Test func theCallerStaysOnItsActor() async throws {
    let flights = FlightTable<String, Int>()
    var steps = 0
    for _ in 0..<100 {
      _ = try await flights.value(for: "k") { 1 }
      MainActor.assertIsolated()
      steps += 1
    }
    #expect(steps == 100)
  }

  @Test func statisticsSayWhatWasCounted() async throws {
    let flights = FlightTable<Int, Int>(name: "profiles")
    _ = try await flights.value(for: 1) { 1 }
    #expect(await flights.becomesEmpty)
    let statistics = flights.statistics()
    #expect(statistics.description.hasPrefix("flights: 1\njoins: 0\ntimeouts: 0\n"))
    #expect(statistics.keys == 0 && statistics.waiters == 0 && flights.name == "profiles")
    #expect(flights.snapshot().keys.isEmpty)
  }
}
