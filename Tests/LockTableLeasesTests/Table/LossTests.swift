import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// Contract: a loss is noticed in three ways, cancels the body and nothing else, and is reported also
/// if the body has returned.
@Suite(.timeLimit(.minutes(15))) struct LossTests {
  let processes = Processes(duration: .seconds(15))

  /// Holds until it is cancelled.
  private func holder(
    _ process: TableProcess, _ started: LeaseOccasion, returning value: Int = 7
  ) -> Ending<Int> {
    Ending {
      try await process.table.withLease("a") { lease in
        started.come(lease)
        try? await Task.sleep(for: .seconds(1000))
        #expect(Task.isCancelled)
        #expect(!lease.isValid)
        return value
      }
    }
  }

  @Test func aLeaseThatIsNotRenewedIsLostAfterTwoThirds() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let started = LeaseOccasion()
      let holder = holder(process, started)
      let lease = await started.lease()
      process.store.interrupt()
      // The deadline has a call of its own.
      try await processes.clock.untilScheduledCount(reaches: 2)
      processes.clock.advance(by: .milliseconds(9_999))
      #expect(lease.isValid)
      processes.clock.advance(by: .milliseconds(1))
      #expect(!lease.isValid)
      let error = try #require(await holder.error() as? LeaseLostError)
      #expect(error.reason == .notRenewed)
      #expect(error.value as? Int == 7)
      #expect(error.fencingToken == lease.fencingToken)
      process.store.connect()
    }
  }

  @Test func aRenewalThatSaysSoEndsTheLease() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let started = LeaseOccasion()
      let holder = holder(process, started)
      let lease = await started.lease()
      _ = try await process.store.takeAway(name("a"))
      #expect(lease.isValid)
      try await processes.clock.untilScheduledCount(reaches: 2)
      processes.clock.advance(by: .seconds(5))
      let error = try #require(await holder.error() as? LeaseLostError)
      #expect(error.reason == .taken)
    }
  }

  @Test func aReportEndsTheLease() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let started = LeaseOccasion()
      let holder = holder(process, started)
      _ = await started.lease()
      _ = try await process.store.takeAway(name("a"), reporting: true)
      let error = try #require(await holder.error() as? LeaseLostError)
      #expect(error.reason == .taken)
      #expect(process.table.isEmpty)
    }
  }

  @Test func aReleaseThatFindsNothingIsALoss() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let error = await #expect(throws: LeaseLostError.self) {
        try await process.table.withLease("a") { _ in
          _ = try await process.store.takeAway(name("a"))
          return 3
        }
      }
      #expect(error?.reason == .taken)
      #expect(error?.value as? Int == 3)
    }
  }

  @Test func whatTheBodyThrewIsAttached() async throws {
    struct Broken: Error {}
    let process = processes.makeProcess()
    try await process.running {
      let error = await #expect(throws: LeaseLostError.self) {
        try await process.table.withLease("a") { _ in
          _ = try await process.store.takeAway(name("a"), reporting: true)
          throw Broken()
        }
      }
      #expect(error?.bodyError is Broken)
    }
  }

  @Test func onlyTheBodyIsCancelled() async throws {
    let process = processes.makeProcess()
    try await process.running {
      _ = await #expect(throws: LeaseLostError.self) {
        try await process.table.withLease("a") { _ in
          _ = try await process.store.takeAway(name("a"), reporting: true)
          #expect(Task.isCancelled)
        }
      }
      #expect(!Task.isCancelled)
    }
  }

  @Test func renewalsKeepALease() async throws {
    let process = processes.makeProcess()
    try await process.running {
      try await process.table.withLease("a") { lease in
        for _ in 1...10 {
          try await processes.clock.untilScheduledCount(reaches: 2)
          let before = lease.validUntil
          processes.clock.advance(by: .seconds(5))
          await until { lease.validUntil != before }
          #expect(lease.validUntil == before + .seconds(5))
        }
      }
    }
  }

  @Test func anOutageThatEndsInTimeLosesNothing() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let events = process.table.events
      try await process.table.withLease("a") { lease in
        process.store.interrupt()
        processes.clock.advance(by: .seconds(9))
        #expect(lease.isValid)
        process.store.connect()
        await until { process.table.statistics().renewals > 0 }
        processes.clock.advance(by: .seconds(3))
        #expect(lease.isValid)
      }
      var kinds: [String] = []
      for await event in events {
        switch event {
        case .suspended: kinds.append("suspended")
        case .resumed: kinds.append("resumed")
        case .lost: kinds.append("lost")
        }
        if kinds.count == 2 { break }
      }
      #expect(kinds == ["suspended", "resumed"])
    }
  }
}
