import ArgumentParser
import LockTable
import SinglePaths

struct FlightsExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "flights",
    abstract: "What one load costs that all callers share.",
    discussion: """
      A caller alone, whose load returns at once, and many that come while the load is under way. The other \
      rows are dictionaries of tasks, as one would write them: their callers can't leave.
      """)
  static let standardEffort = Effort(seconds: 0, rounds: 15)

  @Option(help: "How often each is measured.")
  var rounds = Self.standardEffort.rounds
  @Option(help: "How many callers share a load.")
  var callers = 1_000
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--rounds", [rounds], in: Limit.rounds)
    try require("--callers", [callers], in: 2...100_000)
  }

  var summary: String {
    """
    One task that asks for a key whose load returns at once; then \(grouped(callers)) tasks of a group that ask \
    for one key while its load is under way; medians of \(rounds) rounds, in which the rows take turns.
    """
  }

  func run(in session: Session) throws {
    session.show("one caller")
    let flights = FlightTable<Int, Int>()
    try emit(
      [
        Loop("a Task", inTask: { for i in 0..<$0 { _ = await Task { i }.value } }),
        Loop(
          "FlightTable", inTask: { for i in 0..<$0 { _ = try await flights.value(for: 1) { i } } }),
        alone("an actor of tasks", ActorFlight()), alone("a Mutex of tasks", MutexFlight()),
      ], callers: 1, count: 10_000, in: session)
    session.show("\(callers) callers")
    try emit(
      [
        Loop(
          "Tasks that call nobody",
          inTask: { [callers] in
            for _ in 0..<$0 / callers { try await storm(callers) { _ in } }
          }),
        Loop(
          "FlightTable",
          inTask: { [callers] in
            for _ in 0..<$0 / callers {
              try await storm(callers) { gate in
                _ = try await flights.value(for: 1) {
                  for await _ in gate {}
                  return 1
                }
              }
            }
          }),
        shared("an actor of tasks", ActorFlight()), shared("a Mutex of tasks", MutexFlight()),
      ], callers: callers, count: 10 * callers, in: session)
  }

  /// The yardsticks are the first loop and the third.
  private func emit(_ loops: [Loop], callers: Int, count: Int, in session: Session) throws {
    let times = LoopTimes(loops, rounds: rounds, turns: 3, count: count, onPool: true)
    try session.emit(
      loops.compactMap { loop in
        Spread(times[loop]).map {
          FlightRecord(
            callers: callers, name: loop.name, nanoseconds: $0,
            tasks: Ratio(times[loop], over: times[loops[0]]),
            actors: Ratio(times[loop], over: times[loops[2]]))
        }
      })
  }

  private func alone(_ name: String, _ flight: some SingleFlight) -> Loop {
    Loop(name, inTask: { for i in 0..<$0 { _ = try await flight.value(for: 1) { i } } })
  }

  private func shared(_ name: String, _ flight: some SingleFlight) -> Loop {
    Loop(
      name,
      inTask: { [callers] in
        for _ in 0..<$0 / callers {
          try await storm(callers) { gate in
            _ = try await flight.value(for: 1) {
              for await _ in gate {}
              return 1
            }
          }
        }
      })
  }
}

/// So many tasks of a group, which call as they begin. The last of the group opens the gate, for which
/// the load waits.
private nonisolated(nonsending) func storm(
  _ callers: Int, call: @escaping @Sendable (_ gate: AsyncStream<Void>) async throws -> Void
) async throws {
  let (gate, end) = AsyncStream<Void>.makeStream()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<callers { group.addTask { try await call(gate) } }
    group.addTask { end.finish() }
    try await group.waitForAll()
  }
}
