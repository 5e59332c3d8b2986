import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

@Suite(.timeLimit(.minutes(15))) struct LeaseGuardTests {
  let processes = Processes(duration: .seconds(15))

  @Test func aGuardHoldsUntilItIsReleased() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let held = try await process.table.acquire("a")
      #expect(held.lease.isValid)
      #expect(try await process.table.acquireIfAvailable("a") == nil)
      try await held.release()
      #expect(processes.isEmpty)
      #expect(process.table.isEmpty)
      let second = try await process.table.acquireIfAvailable("a")
      try await second?.release()
    }
  }

  @Test func aGuardThatIsDroppedGivesItsLeaseBack() async throws {
    let process = processes.makeProcess()
    try await process.running {
      do {
        _ = try await process.table.acquire("a")
      }
      await until { processes.isEmpty }
      await until { process.table.isEmpty }
    }
  }

  @Test func aGuardThatIsDroppedHandsItsLeaseOn() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let call: Ending<Int64>
      do {
        let held = try await process.table.acquire("a")
        call = Ending { try await process.table.withLease("a") { $0.fencingToken } }
        try await process.table.locks.untilWaiterCount(of: "a", reaches: 1)
        _ = consume held
      }
      #expect(try await call.value() == 65)
    }
    #expect(processes.isEmpty)
  }

  @Test func aGuardTellsOfALoss() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let held = try await process.table.acquire("a")
      let lease = held.lease
      _ = try await process.store.takeAway(name("a"), reporting: true)
      #expect(!lease.isValid)
      let error = await loss(of: held)
      #expect(error?.reason == .taken)
      #expect(process.table.statistics().losses == 1)
    }
  }

  @Test func aReleaseGoesOnInATaskThatIsCancelled() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let call = Ending {
        let held = try await process.table.acquire("a")
        withUnsafeCurrentTask { $0?.cancel() }
        try await held.release()
      }
      try await call.value()
      #expect(processes.isEmpty)
    }
  }

  @Test func aReleaseIsTriedForAsLongAsTheLeaseIsCertain() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.plan = .script([.requestLost, .requestLost], to: \.isRelease)
      let held = try await process.table.acquire("a")
      let release = Ending { [held = Parcel(held)] in try await held.take()?.release() }
      for _ in 0..<2 { try await processes.letRetry(beside: 2) }
      try await release.value()
      #expect(processes.isEmpty)
    }
  }

  @Test func aReleaseThatIsNotConfirmedIsALoss() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let held = try await process.table.acquire("a")
      process.store.interrupt()
      let release = Ending { [held = Parcel(held)] in try await held.take()?.release() }
      try await processes.clock.untilScheduledCount(reaches: 3)
      processes.clock.advance(by: .seconds(10))
      #expect((await release.error() as? LeaseLostError)?.reason == .notConfirmed)
      process.store.connect()
      await until { processes.isEmpty }
    }
  }

  @Test func aReleaseWhoseAnswerWasLostIsNotConfirmed() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let held = try await process.table.acquire("a")
      process.store.plan = .script([.answerLost], to: \.isRelease)
      let release = Ending { [held = Parcel(held)] in try await held.take()?.release() }
      try await processes.letRetry(beside: 2)
      #expect((await release.error() as? LeaseLostError)?.reason == .notConfirmed)
    }
  }
}

/// Releases a guard, and returns the error.
func loss(of held: consuming LeaseTable<String>.Guard) async -> LeaseLostError? {
  do throws(LeaseLostError) {
    try await held.release()
    return nil
  } catch {
    return error
  }
}

/// What a task takes over from another, once.
final class Parcel: Sendable {
  private let content: Guarded<Holding?>

  private final class Holding: @unchecked Sendable {
    // Sound to share: it is taken once, under a mutex.
    var held: LeaseTable<String>.Guard?

    init(_ held: consuming LeaseTable<String>.Guard) {
      self.held = consume held
    }
  }

  init(_ held: consuming LeaseTable<String>.Guard) {
    content = Guarded(Holding(held))
  }

  func take() -> LeaseTable<String>.Guard? {
    let holding = content.withValue { $0.take() }
    return holding?.held.take()
  }
}

@Suite(.timeLimit(.minutes(15))) struct SeveralKeysTests {
  let processes = Processes(duration: .seconds(15))

  @Test func leasesComeInTheOrderOfTheKeys() async throws {
    let process = processes.makeProcess()
    try await process.running {
      try await process.table.withLeases(all: ["c", "a", "b", "a"]) { leases in
        #expect(leases.map(\.key) == ["c", "a", "b", "a"])
        #expect(leases.allSatisfy { $0.isValid })
        #expect(processes.engine.nameCount == 3)
        // Acquired in the order of their names.
        #expect(leases[1].fencingToken < leases[2].fencingToken)
        #expect(leases[2].fencingToken < leases[0].fencingToken)
      }
      #expect(process.table.isEmpty)
    }
    #expect(processes.isEmpty)
  }

  @Test func callersThatNameTheKeysInOppositeOrdersDoNotWaitForEachOther() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let rounds = Guarded(0)
        let calls = (0..<20).map { index in
          Ending {
            let process = index % 2 == 0 ? first : second
            let keys = index % 4 < 2 ? ["a", "b", "c"] : ["c", "b", "a"]
            try await process.table.withLeases(all: keys) { _ in
              let before = rounds.withValue { $0 }
              await Task.yield()
              rounds.withValue { $0 = before + 1 }
            }
          }
        }
        for call in calls {
          try await call.value()
        }
        #expect(rounds.withValue { $0 } == 20)
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func anAttemptGivesBackWhatItHas() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let holder = await Holder(first.table, "b")
        #expect(try await second.table.withLeasesIfAvailable(all: ["a", "b"]) { _ in true } == nil)
        let call = Ending {
          try await second.table.withLeases(all: ["a", "b"], timeout: .seconds(1)) { _ in }
        }
        await until { processes.engine.waiterCount == 1 }
        processes.clock.advance(by: .seconds(1))
        #expect((await call.error() as? LeaseError)?.reason == .timedOut)
        await until { second.table.isEmpty }
        #expect(processes.engine.nameCount == 1)
        try await holder.release()
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func theLossOfOneCancelsTheBody() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let error = await #expect(throws: LeaseLostError.self) {
        try await process.table.withLeases(all: ["a", "b"]) { leases in
          _ = try await process.store.takeAway(name("b"), reporting: true)
          #expect(Task.isCancelled)
          #expect(leases[0].isValid)
          #expect(!leases[1].isValid)
          return leases.count
        }
      }
      #expect(error?.key == "b")
      #expect(error?.value as? Int == 2)
    }
    #expect(processes.isEmpty)
  }

  @Test func aGuardOfSeveralKeysReleasesAll() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let held = try await process.table.acquire(all: ["b", "a"])
      #expect(held.leases.map(\.key) == ["b", "a"])
      #expect(try await process.table.acquireIfAvailable(all: ["a"]) == nil)
      try await held.release()
      #expect(processes.isEmpty)
      do {
        _ = try await process.table.acquire(all: ["b", "a"], timeout: .seconds(1))
      }
      await until { processes.isEmpty }
      await until { process.table.isEmpty }
      try await process.table.withLeases(all: []) { #expect($0.isEmpty) }
    }
  }
}
