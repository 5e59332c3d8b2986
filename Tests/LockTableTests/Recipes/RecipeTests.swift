import LockTable
import Testing

// What each recipe promises.

@Suite(.watched) struct RecipeTests {
  @Test func transfersInAllDirectionsConserveTheMoney() async throws {
    let names = ["a", "b", "c"]
    let bank = Bank(store: Store(["a": 100, "b": 100, "c": 100]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<8 {
        group.addTask {
          var dice = Dice(seed)
          for _ in 0..<25 {
            let amount = Int.random(in: 0..<40, using: &dice)
            let (from, to) = (
              Int.random(in: 0..<3, using: &dice), Int.random(in: 0..<3, using: &dice)
            )
            do {
              try await bank.transfer(amount, from: names[from], to: names[to])
            } catch is Declined {}
          }
        }
        group.addTask {
          for _ in 0..<25 {
            let total = try await bank.total(names)
            #expect(total == 300)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await bank.total(names) == 300)
    #expect(bank.locks.isEmpty)
  }

  @Test func aHundredCallersLoadOnce() async throws {
    let loads = Tally()
    let halt = Halt()
    let profiles = Profiles { user in
      loads.add()
      await halt.pass()
      return "user \(user)"
    }
    let callers = (0..<100).map { _ in Task { try await profiles.profile(7) } }
    await onPlainThread { _ = profiles.locks.awaitWaiters(99, for: 7) { loads.count > 1 } }
    halt.open()
    for caller in callers {
      #expect(try await caller.value == "user 7")
    }
    #expect(loads.count == 1)
    #expect(try await profiles.profile(7) == "user 7")
    #expect(loads.count == 1)
    #expect(profiles.locks.isEmpty)
  }

  @Test func aLoadDelaysNoOtherUser() async throws {
    let begun = Gate()
    let halt = Halt()
    let profiles = Profiles { user in
      if user == 7 {
        begun.open()
        await halt.pass()
      }
      return "user \(user)"
    }
    let caller = Task { try await profiles.profile(7) }
    await onPlainThread { begun.pass() }
    #expect(try await profiles.profile(8) == "user 8")
    halt.open()
    #expect(try await caller.value == "user 7")
  }

  @Test(arguments: [true, false])
  func theNextCallerLoadsAfterOneThatFails(isCancelled: Bool) async throws {
    let loads = Tally()
    let begun = Gate()
    let halt = Halt()
    let profiles = Profiles { user in
      loads.add()
      begun.open()
      guard loads.count == 1 else { return "user \(user)" }
      await halt.pass()
      try Task.checkCancellation()
      throw Declined()
    }
    let first = Task { try await profiles.profile(7) }
    await onPlainThread { begun.pass() }
    let second = Task { try await profiles.profile(7) }
    await onPlainThread { _ = profiles.locks.awaitWaiters(1, for: 7) { loads.count > 1 } }
    if isCancelled {
      first.cancel()
    }
    halt.open()
    let outcome = await Outcome.of { _ = try await first.value }
    #expect(outcome == (isCancelled ? .cancelled : .failed("Declined()")))
    #expect(try await second.value == "user 7")
    #expect(loads.count == 2)
  }

  @Test func aTickIsSkippedWhileAReportIsMade() async throws {
    let reports = Reports()
    let begun = Gate()
    let halt = Halt()
    let first = Task {
      try await reports.tick {
        begun.open()
        await halt.pass()
      }
    }
    await onPlainThread { begun.pass() }
    #expect(try await reports.tick { Issue.record("two at a time") } == false)
    #expect(try await reports.request(limit: .zero) { Issue.record("two at a time") } == false)
    let patient = Attempt {
      let isMade = try await reports.request(limit: .seconds(3600)) {}
      #expect(isMade)
    }
    await onPlainThread {
      let waits = reports.locks.awaitWaiters(1, for: "report") { patient.outcome != nil }
      #expect(waits)
    }
    halt.open()
    #expect(try await first.value)
    await patient.task.value
    #expect(patient.outcome == .had)
    #expect(try await reports.tick {})
  }

  @Test func aCancelledTaskGivesItsSeatBack() async throws {
    let seats = Seats(store: Store())
    let paying = Gate()
    let client = Attempt {
      try await seats.book("12A") {
        paying.open()
        try await Task.sleep(for: .seconds(3600))
      }
    }
    await onPlainThread {
      paying.pass()
      let other = seats.locks.acquire("12A")  // no key is held while a client pays
      client.cancel()
      seats.locks.awaitWaiters(1, for: "12A") { client.outcome != nil }
      #expect(client.outcome == nil && seats.store.reserved == ["12A"])
      other.release()
      client.join()
    }
    #expect(client.outcome == .cancelled)
    #expect(seats.store.reserved == [])
    #expect(seats.locks.isEmpty)
  }

  @Test func aSeatIsGivenBackAfterTheTableIsClosed() async {
    let seats = Seats(store: Store())
    let client = Attempt {
      try await seats.book("12A") {
        #expect(seats.store.reserved == ["12A"])
        seats.locks.close()
        throw Declined()
      }
    }
    await client.task.value
    #expect(client.outcome == .failed("Declined()"))
    #expect(seats.store.reserved == [])
    #expect(seats.locks.isEmpty)
  }

  @Test func aSeatThatIsNotPaidForIsGivenBack() async throws {
    let seats = Seats(store: Store())
    try await seats.book("1A") {}
    await #expect(throws: Declined.self) {
      try await seats.book("12A") {
        #expect(seats.store.reserved == ["1A", "12A"])
        throw Declined()
      }
    }
    await #expect(throws: Declined.self) { try await seats.book("1A") {} }
    #expect(seats.store.reserved == ["1A"])
  }

  @Test func aKeyIsReleasedAfterTheCommit() async throws {
    let halt = Halt()
    let database = Database(["a": 100]) { await halt.pass() }
    let ledger = Ledger(database: database)
    let callers = (0..<10).map { _ in Task { try await ledger.withdraw(10, from: "a") } }
    await onPlainThread {
      _ = ledger.locks.awaitWaiters(9, for: "a") { database.connections.current > 1 }
    }
    #expect(ledger.locks.isLocked("a"))
    #expect(database.connections.current == 1)
    halt.open()
    for caller in callers {
      try await caller.value
    }
    #expect(database.balance("a") == 0)
    #expect(database.connections.maximum == 1)
    await #expect(throws: Declined.self) { try await ledger.withdraw(10, from: "a") }
  }

  @Test func aRepeatedPaymentIsChargedOnce() async throws {
    let charges = Tally()
    let halt = Halt()
    let payments = Payments(store: Store()) { amount in
      charges.add()
      if amount == 5 {
        await halt.pass()
      }
      return "receipt \(charges.count)"
    }
    let callers = (0..<20).map { _ in
      Task { try await payments.pay(5, client: 1, idempotencyKey: "k") }
    }
    await onPlainThread {
      _ = payments.locks.awaitWaiters(19, for: LockKeyPair(1, "k")) { charges.count > 1 }
    }
    #expect(try await payments.pay(6, client: 2, idempotencyKey: "k") == "receipt 2")
    halt.open()
    var receipts: Set<String> = []
    for caller in callers {
      receipts.insert(try await caller.value)
    }
    #expect(receipts.count == 1 && charges.count == 2)
    let long = String(repeating: "k", count: 65)
    await #expect(throws: Declined.self) {
      try await payments.pay(6, client: 2, idempotencyKey: long)
    }
  }

  @Test func aPaymentThatFailedIsTriedAgain() async throws {
    let charges = Tally()
    let payments = Payments(store: Store()) { _ in
      charges.add()
      if charges.count == 1 { throw Declined() }
      return "receipt"
    }
    await #expect(throws: Declined.self) {
      try await payments.pay(5, client: 1, idempotencyKey: "k")
    }
    for _ in 0..<2 {
      #expect(try await payments.pay(5, client: 1, idempotencyKey: "k") == "receipt")
    }
    #expect(charges.count == 2)
  }

  //  products 1 and 2     the whole      product 3
  //  are updated
  //                       waits
  //                                      waits
  //  end
  //                       is rebuilt, with no other inside
  //                                      is updated
  @Test func theWholeIsRebuiltAlone() async throws {
    let catalogue = Catalogue()
    let updates = Occupancy()
    let begun = Gate()
    let halt = Halt()
    let first = [1, 2].map { product in
      Task {
        try await catalogue.update(product) {
          updates.enter()
          begun.open()
          await halt.pass()
          updates.leave()
        }
      }
    }
    await onPlainThread {
      begun.pass()
      begun.pass()
    }
    #expect(updates.current == 2)
    let rebuild = Attempt {
      try await catalogue.rebuild {
        #expect(updates.current == 0)
        await Task.yield()
        #expect(updates.current == 0)
      }
    }
    await onPlainThread {
      catalogue.locks.awaitWaiters(1, for: .all) { rebuild.outcome != nil }
      #expect(rebuild.outcome == nil)
    }
    let last = Attempt {
      try await catalogue.update(3) {
        updates.enter()
        updates.leave()
      }
    }
    await onPlainThread {
      catalogue.locks.awaitWaiters(2, for: .all) { last.outcome != nil }
      #expect(last.outcome == nil)
      halt.open()
      rebuild.join()
      last.join()
    }
    #expect(rebuild.outcome == .had && last.outcome == .had)
    for task in first {
      try await task.value
    }
    #expect(updates.maximum == 2)
    #expect(catalogue.locks.isEmpty)
  }

  //  the library's thread 1     2                3
  //  begins, and holds
  //                             begins, and waits
  //                                              ends what 1 began
  //                             holds, and ends
  @Test func aKeyIsHeldFromOneCallbackToAnother() async {
    typealias Began = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutableRawPointer
    typealias Ended = @convention(c) (UnsafeMutableRawPointer) -> Void
    await onPlainThread {
      let state = Guarded<UInt>(0)
      let begin: Began = transferBegan
      let end: Ended = transferEnded
      let locks = transferLocks
      NativeThread { state.withLock { $0 = UInt(bitPattern: begin("a")) } }.join()
      #expect(locks.isLocked("a"))
      let second = NativeThread { end(begin("a")) }
      locks.awaitWaiters(1, for: "a")
      NativeThread { UnsafeMutableRawPointer(bitPattern: state.withLock(\.self)).map(end) }.join()
      second.join()
      #expect(locks.isEmpty)
    }
  }

  //  event loop            tasks
  //  a 0, b 0, a 1, …
  //                        apply them, an order's one after the other
  @Test func theEventsOfAnOrderAreAppliedInOrder() async {
    let (orders, count) = (["a", "b", "c"], Load.scaled(200))
    let applied = Guarded<[String: [Int]]>([:])
    let failures = Guarded<Set<OrderEvent>>([])
    let ended = Gate()
    let consumer = OrderConsumer { event in
      await Task.yield()
      applied.withLock { $0[event.order, default: []].append(event.number) }
      ended.open()
      if event.number % 7 == 3 { throw Declined() }
    } failed: { event, _ in
      failures.withLock { _ = $0.insert(event) }
      ended.open()
    }
    await onPlainThread {
      for number in 0..<count {
        for order in orders {
          consumer.received(OrderEvent(order: order, number: number))
        }
      }
      let failing = (0..<count).count { $0 % 7 == 3 }
      for _ in 0..<orders.count * (count + failing) {
        ended.pass()
      }
      #expect(failures.withLock { $0.count } == orders.count * failing)
    }
    for order in orders {
      #expect(applied.withLock { $0[order] } == Array(0..<count))
    }
    #expect(await consumer.locks.drained(until: .now + .seconds(60)))
  }

  @Test func anOrderWhoseEventTakesLongDelaysNoOther() async {
    let halt = Halt()
    let applied = Guarded<[OrderEvent]>([])
    let other = Gate()
    let consumer = OrderConsumer { event in
      if event.order == "slow" { await halt.pass() }
      applied.withLock { $0.append(event) }
      if event.order == "other" { other.open() }
    } failed: { event, error in
      Issue.record("\(event): \(error)")
    }
    let events = [("slow", 0), ("slow", 1), ("other", 0)].map { OrderEvent(order: $0, number: $1) }
    await onPlainThread {
      events.forEach(consumer.received)
      other.pass()
    }
    #expect(applied.withLock { $0 } == [events[2]])
    halt.open()
    #expect(await consumer.locks.drained(until: .now + .seconds(60)))
    #expect(applied.withLock { $0 } == [events[2], events[0], events[1]])
  }

  @Test func oneCallerOfThisProcessAsksTheCluster() async throws {
    let deployments = Deployments(cluster: ClusterLocks())
    let halt = Halt()
    let callers = (0..<20).map { _ in
      Task { try await deployments.deploy("web") { await halt.pass() } }
    }
    await onPlainThread {
      let callers = deployments.cluster.callers
      deployments.locks.awaitWaiters(19, for: "web") { callers.current > 1 }
    }
    #expect(deployments.cluster.callers.current == 1)
    halt.open()
    for caller in callers {
      try await caller.value
    }
    #expect(deployments.cluster.callers.maximum == 1)
  }
}
