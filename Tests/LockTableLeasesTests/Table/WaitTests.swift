import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// Contract: a wait that is cancelled or too late leaves nothing at the engine, wherever it was.
@Suite(.timeLimit(.minutes(15))) struct WaitTests {
  let processes = Processes(duration: .seconds(15))

  @Test func aCallThatIsLateLeavesNothing() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let holder = await Holder(first.table, "a")
        let call = Ending {
          try await second.table.withLease("a", timeout: .seconds(3)) { _ in }
        }
        await until { processes.engine.waiterCount == 1 }
        processes.clock.advance(by: .seconds(3))
        let error = try #require(await call.error() as? LeaseError)
        #expect(error.reason == .timedOut)
        #expect(error.limit == .seconds(3))
        #expect(error.waited == .seconds(3))
        #expect(error.holder?.process == first.table.process)
        await until { processes.engine.waiterCount == 0 }
        await until { second.table.isEmpty }
        try await holder.release()
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func aCallThatWaitsInItsProcessIsLate() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let holder = await Holder(process.table, "a")
      let call = Ending {
        try await process.table.withLease("a", timeout: .seconds(3)) { _ in }
      }
      try await process.table.locks.untilWaiterCount(of: "a", reaches: 1)
      processes.clock.advance(by: .seconds(3))
      let error = try #require(await call.error() as? LeaseError)
      #expect(error.reason == .timedOut)
      #expect(error.holder?.process == process.table.process)
      try await holder.release()
      #expect(process.table.isEmpty)
    }
  }

  @Test func aTimeoutOfZeroAsksOnce() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        try await second.table.withLease("a", timeout: .zero) { _ in }
        let holder = await Holder(first.table, "a")
        let call = Ending { try await second.table.withLease("a", timeout: .zero) { _ in } }
        #expect((await call.error() as? LeaseError)?.reason == .timedOut)
        #expect(processes.engine.waiterCount == 0)
        try await holder.release()
      }
    }
  }

  @Test func aCallThatIsCancelledWhileItWaitsForTheEngineLeavesNothing() async throws {
    let (first, second) = (processes.makeProcess(), processes.makeProcess())
    try await first.running {
      try await second.running {
        let holder = await Holder(first.table, "a")
        let call = Ending { try await second.table.withLease("a") { _ in } }
        await until { processes.engine.waiterCount == 1 }
        call.cancel()
        #expect(await call.error() is CancellationError)
        await until { processes.engine.waiterCount == 0 }
        await until { second.table.isEmpty }
        try await holder.release()
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func aCallThatIsCancelledInItsProcessLeavesNothing() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let holder = await Holder(process.table, "a")
      let call = Ending { try await process.table.withLease("a") { _ in } }
      try await process.table.locks.untilWaiterCount(of: "a", reaches: 1)
      call.cancel()
      #expect(await call.error() is CancellationError)
      #expect(process.table.locks.waiterCount(of: "a") == 0)
      try await holder.release()
    }
    #expect(processes.isEmpty)
  }

  @Test func aRequestThatIsCancelledOnItsWayLeavesNothing() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.plan = .script([LeaseFault(request: .held)], to: \.isAcquire)
      let call = Ending { try await process.table.withLease("a") { _ in } }
      await process.store.untilHeldCount(reaches: 1)
      call.cancel()
      #expect(await call.error() is CancellationError)
      await until { process.table.isEmpty }
      await process.store.deliverAll()
    }
    #expect(processes.isEmpty)
  }

  @Test func anAnswerThatIsCancelledOnItsWayLeavesNothing() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.plan = .script([LeaseFault(answer: .held)], to: \.isAcquire)
      let call = Ending { try await process.table.withLease("a") { _ in } }
      await process.store.untilHeldCount(reaches: 1)
      #expect(processes.engine.nameCount == 1)
      call.cancel()
      #expect(await call.error() is CancellationError)
      await until { processes.isEmpty }
    }
  }

  @Test func aTaskThatIsCancelledBeforehandRunsNoBody() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let call = Ending {
        withUnsafeCurrentTask { $0?.cancel() }
        try await process.table.withLease("a") { _ in _ = Issue.record("the body ran") }
      }
      #expect(await call.error() is CancellationError)
      await until { process.table.isEmpty }
    }
    #expect(processes.isEmpty)
  }

  @Test func aCallerThatLeavesPassesItsPlaceOn() async throws {
    let (first, second, third) = (
      processes.makeProcess(), processes.makeProcess(), processes.makeProcess()
    )
    try await first.running {
      try await second.running {
        try await third.running {
          let holder = await Holder(first.table, "a")
          let order = Guarded<[String]>([])
          let early = Ending { try await second.table.withLease("a") { _ in } }
          await until { processes.engine.waiterCount == 1 }
          let late = Ending {
            try await third.table.withLease("a") { _ in order.withValue { $0.append("third") } }
          }
          await until { processes.engine.waiterCount == 2 }
          let heir = Ending {
            try await second.table.withLease("a") { _ in order.withValue { $0.append("second") } }
          }
          try await second.table.locks.untilWaiterCount(of: "a", reaches: 1)
          let requests = second.table.statistics().requests
          early.cancel()
          #expect(await early.error() is CancellationError)
          // Its heir has asked again, for the same owner: there are two in line as before.
          await until { second.table.statistics().requests > requests }
          #expect(processes.engine.waiterCount == 2)
          try await holder.release()
          try await heir.value()
          try await late.value()
          #expect(order.withValue { $0 } == ["second", "third"])
        }
      }
    }
    #expect(processes.isEmpty)
  }

  @Test func anAnswerThatWasLostIsAskedForAgain() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.plan = .script([.answerLost, .requestLost], to: \.isAcquire)
      let call = Ending { try await process.table.withLease("a") { $0.fencingToken } }
      for _ in 0..<2 { try await processes.letRetry(beside: 0) }
      // The first request was granted, and so was the third one.
      let token = try await call.value()
      #expect(token == 2 << 6)
    }
    #expect(processes.isEmpty)
  }

  @Test func anEngineThatDoesNotAnswerIsUnavailable() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.interrupt()
      let call = Ending {
        try await process.table.withLease("a", timeout: .seconds(3)) { _ in }
      }
      try await processes.clock.untilScheduledCount(reaches: 2)
      processes.clock.advance(by: .seconds(3))
      let error = try #require(await call.error() as? LeaseError)
      #expect(error.reason == .storeUnavailable)
      #expect(error.storeError?.kind == .transient)
      let attempt = Ending { try await process.table.withLeaseIfAvailable("a") { _ in } }
      #expect((await attempt.error() as? LeaseError)?.reason == .storeUnavailable)
      process.store.connect()
    }
  }

  @Test func aRequestThatHangsIsLateToo() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.plan = .script([.held], to: \.isAcquire)
      let call = Ending {
        try await process.table.withLease("a", timeout: .seconds(3)) { _ in }
      }
      await process.store.untilHeldCount(reaches: 1)
      processes.clock.advance(by: .seconds(3))
      #expect((await call.error() as? LeaseError)?.reason == .storeUnavailable)
      await until { process.table.isEmpty }
    }
    #expect(processes.isEmpty)
  }

  @Test func aRefusalThatWaitingDoesNotMendIsThrownAtOnce() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let refusal = LeaseStoreError(.configuration, "no rights", code: "42501")
      process.store.interrupt(refusal)
      let call = Ending { try await process.table.withLease("a") { _ in } }
      let error = try #require(await call.error() as? LeaseError)
      #expect(error.reason == .storeRefuses)
      #expect(error.storeError == refusal)
      process.store.connect()
    }
    #expect(processes.isEmpty)
  }

  @Test func aCallGoesOnWhenTheEngineIsBack() async throws {
    let process = processes.makeProcess()
    try await process.running {
      process.store.interrupt()
      let call = Ending { try await process.table.withLease("a") { _ in } }
      await until { process.table.statistics().requests == 1 }
      process.store.connect()
      try await call.value()
    }
  }

  @Test func aQueueThatIsFullRefuses() async throws {
    var processes = processes
    processes.configuration.maximumWaitersPerKey = 1
    let process = processes.makeProcess()
    try await process.running {
      let holder = await Holder(process.table, "a")
      let waiter = Ending { try await process.table.withLease("a") { _ in } }
      try await process.table.locks.untilWaiterCount(of: "a", reaches: 1)
      let call = Ending { try await process.table.withLease("a") { _ in } }
      #expect((await call.error() as? LeaseError)?.reason == .tooManyWaiters)
      try await holder.release()
      try await waiter.value()
    }
  }

  @Test func aKeyThatIsTooLongIsRefused() async throws {
    let process = processes.makeProcess()
    try await process.running {
      let key = String(repeating: "a", count: 300)
      let call = Ending { try await process.table.withLease(key) { _ in } }
      #expect((await call.error() as? LeaseError)?.reason == .keyTooLong)
      #expect(process.table.statistics().failures == 1)
      #expect(process.table.isEmpty)
    }
  }
}
