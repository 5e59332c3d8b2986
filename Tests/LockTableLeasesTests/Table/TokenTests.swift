import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// Contract: of two holders the later one has the larger token, and a row of hand-overs ends.
@Suite(.timeLimit(.minutes(15))) struct TokenTests {
  let processes = Processes(duration: .seconds(15))

  /// The tokens of callers that wait for one key, in the order in which they get it.
  private func tokens(
    of count: Int, in process: TableProcess, whileHeld: () async throws -> Void = {}
  ) async throws -> [Int64] {
    let tokens = Guarded<[Int64]>([])
    let holder = await Holder(process.table, "a")
    let others = (0..<count).map { _ in
      Ending {
        try await process.table.withLease("a") { lease in
          tokens.withValue { $0.append(lease.fencingToken) }
        }
      }
    }
    try await process.table.locks.untilWaiterCount(of: "a", reaches: count)
    try await whileHeld()
    try await holder.release()
    for other in others {
      try await other.value()
    }
    return tokens.withValue { $0 }
  }

  @Test func aRowOfHandOversEnds() async throws {
    var processes = processes
    processes.configuration.maximumHandOffs = 3
    let process = processes.makeProcess()
    try await process.running {
      let tokens = try await tokens(of: 7, in: process)
      #expect(tokens == [65, 66, 128, 129, 130, 192, 193])
      #expect(process.table.statistics().handOffs == 5)
    }
    #expect(processes.isEmpty)
  }

  @Test func aRowOfHandOversEndsAfterAThirdOfTheDuration() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let tokens = try await tokens(of: 2, in: process) {
        processes.clock.advance(by: .seconds(5))
      }
      #expect(tokens == [128, 129])
    }
  }

  @Test func theOtherProcessGetsItsTurn() async throws {
    var processes = processes
    processes.configuration.maximumHandOffs = 4
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let order = Guarded<[Int]>([]), engine = processes.engine
        let holder = await Holder(first.table, "a")
        let calls = (0..<16).map { index in
          Ending {
            let (mine, theirs) = index < 8 ? (1, 2) : (2, 1)
            try await (index < 8 ? first : second).table.withLease("a") { _ in
              // The other process is in line, if anybody of it is left.
              await until {
                order.withValue { $0.count { $0 == theirs } } == 8
                  || engine.waiterCount == 1
              }
              order.withValue { $0.append(mine) }
            }
          }
        }
        try await first.table.locks.untilWaiterCount(of: "a", reaches: 8)
        try await second.table.locks.untilWaiterCount(of: "a", reaches: 7)
        await until { processes.engine.waiterCount == 1 }
        try await holder.release()
        for call in calls {
          try await call.value()
        }
        #expect(
          order.withValue { $0 } == [1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 2, 2, 2, 2, 1])
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func tokensThatHaveFallenAreRefused() async throws {
    let store = StubStore()
    let tokens = Guarded<[Int64]>([5, 4, 5, 6])
    store.answers = { _ in .granted(token: tokens.withValue { $0.removeFirst() }) }
    let process = LeaseTable<String>(
      store: store, namespace: "test", configuration: processes.configuration)
    let run = Ending { try await process.run() }
    #expect(try await process.withLease("a") { $0.fencingToken } == 5 << 6)
    for key in ["a", "b"] {
      let call = Ending { try await process.withLease(key) { _ in } }
      let error = try #require(await call.error() as? LeaseError)
      #expect(error.reason == .storeRefuses)
      #expect(error.storeError?.message.contains("after 5") == true)
    }
    #expect(try await process.withLease("a") { $0.fencingToken } == 6 << 6)
    run.cancel()
    try await run.value()
    // What was refused was given back.
    #expect(store.log.count { $0.hasPrefix("release") } == 4)
  }

  @Test func aTokenThatIsTooLargeIsRefused() async throws {
    processes.engine.skipTokens(to: 1 << 57 - 2)
    let process = processes.makeProcess()
    try await process.running {
      let token = try await process.table.withLease("a") { $0.fencingToken }
      #expect(token == (1 << 57 - 1) << 6)
      let call = Ending { try await process.table.withLease("a") { _ in } }
      #expect((await call.error() as? LeaseError)?.reason == .storeRefuses)
    }
    #expect(processes.isEmpty)
  }
}
