import LockTable
import Testing

/// Whose state the work may use because it runs where it lives.
private actor Resident {
  nonisolated let executor: SteppedExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private(set) var visits = 0

  init(_ executor: SteppedExecutor) {
    self.executor = executor
  }

  /// Returns how many jobs it took to get the key.
  func visit(_ turn: LockTable<String>.Turn) async throws -> Int {
    let before = executor.jobCount
    let held = try await turn.acquired()
    preconditionIsolated()
    let hops = executor.jobCount - before
    held.release()
    return hops
  }

  func visitForScope(_ turn: LockTable<String>.Turn) async throws {
    try await turn.withLock {
      preconditionIsolated()
      visits += 1
    }
    preconditionIsolated()
  }
}

@Suite(.watched) struct TurnTests {
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aTurnForAFreeKeyHasItAtOnce(fairness: LockTableConfiguration.Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let turn = locks.enqueue("k")
    #expect(turn.key == "k")
    #expect(locks.isLocked("k"))
    #expect(locks.ownerIfAvailable(of: "k") == nil)
    #expect(locks.statistics().acquisitions == 0, "nobody has claimed it")
    let held = try await turn.acquired()
    let isHold = held.isHold(of: "k", in: locks)
    #expect(isHold)
    #expect(locks.statistics().acquisitions == 1)
    #expect(locks.statistics().contendedAcquisitions == 0)
    held.release()
    #expect(locks.isEmpty)
    withExtendedLifetime(turn) {}
    #expect(locks.isEmpty)
  }

  //  producer                 tasks
  //  enqueues 0, 1, 2, …
  //  starts tasks in any order
  //                           each waits for its turn, on any thread
  @Test(arguments: LockTableConfiguration.Fairness.both, [true, false])
  func turnsHaveTheKeyInTheOrderOfTheirCalls(
    fairness: LockTableConfiguration.Fairness, isHeld: Bool
  ) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let executor = ScatteringExecutor(threads: 3)
    let order = Guarded<[Int]>([])
    let holder = isHeld ? LockOwner(try await locks.acquire("k")) : LockOwner()
    let turns = (0..<100).map { _ in locks.enqueue("k") }
    await executor.whileRunning {
      var dice = Dice(18)
      let tasks = turns.enumerated().shuffled(using: &dice).map { number, turn in
        Task(executorPreference: executor) {
          let held = try await turn.acquired()
          order.withLock { $0.append(number) }
          held.release()
        }
      }
      holder.release()
      for task in tasks {
        await #expect(throws: Never.self) { try await task.value }
      }
    }
    #expect(order.withLock { $0 } == Array(0..<100))
    #expect(locks.isEmpty)
  }

  @Test func turnsOfDifferentKeysDoNotWaitForEachOther() async throws {
    let locks = LockTable<Int>()
    let first = locks.enqueue(1)
    let second = locks.enqueue(2)
    let held = try await second.acquired()
    let other = try await first.acquired()
    #expect(locks.count == 2)
    held.release()
    other.release()
    #expect(locks.isEmpty)
  }

  //  holder      task              producer          newcomer
  //  holds k
  //              waits
  //  releases    is woken, k free
  //                                enqueues: waits
  //                                                  barges in front of both
  //              waits
  //                                                  releases
  //              has k             has it next
  @Test func aTurnDoesNotBarge() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let order = Guarded<[String]>([])
      let holder = locks.acquire("k")
      let task = executor.start {
        try await locks.withLock("k") { order.withLock { $0.append("task") } }
      }
      holder.release()
      #expect(!locks.isLocked("k"), "the task was woken, and does not run yet")
      let turn = locks.enqueue("k")
      #expect(!locks.isLocked("k"), "the turn waits behind the task")
      let newcomer = locks.ownerIfAvailable(of: "k")
      #expect(newcomer != nil)
      executor.drain()
      let owner = executor.start {
        try await turn.withLock { order.withLock { $0.append("turn") } }
      }
      #expect(task.outcome == nil && owner.outcome == nil)
      newcomer?.release()
      executor.drain()
      #expect(task.outcome == .had && owner.outcome == .had)
      #expect(order.withLock { $0 } == ["task", "turn"])
      #expect(locks.isEmpty)
    }
  }

  //  holder      turn              newcomer
  //  holds k
  //              waits
  //  releases    has k
  //                                does not get it
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aTurnThatNobodyAwaitsHasTheKeyWhenItsTimeComes(
    fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>(configuration: .init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let turn = locks.enqueue("k")
      let thread = NativeThread { locks.withLock("k") {} }
      locks.awaitWaiters(2, for: "k")
      holder.release()
      #expect(locks.ownerIfAvailable(of: "k") == nil)
      // Longer than the monitor gives a task to whom it would have granted the key.
      thread.waitUntilAsleep()
      #expect(locks.isLocked("k") && locks.countWaiters(of: "k") == 1)
      let jobs = executor.jobCount
      let owner = executor.start {
        let held = try await turn.acquired()
        #expect(executor.jobCount == jobs + 1, "it was started, and not suspended")
        held.release()
      }
      #expect(owner.outcome == .had)
      thread.join()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func threadsTasksAndTurnsAreOneQueue(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = locks.acquire("k")
      let first = locks.enqueue("k")
      let thread = NativeThread {
        locks.withLock("k") { order.withLock { $0.append(2) } }
      }
      locks.awaitWaiters(2, for: "k")
      let last = locks.enqueue("k")
      let lastOwner = executor.start {
        try await last.withLock { order.withLock { $0.append(3) } }
      }
      let firstOwner = executor.start {
        try await first.withLock { order.withLock { $0.append(1) } }
      }
      #expect(locks.countWaiters(of: "k") == 3)
      holder.release()
      executor.drain(until: { firstOwner.outcome != nil && lastOwner.outcome != nil })
      thread.join()
      #expect(order.withLock { $0 } == [1, 2, 3])
      #expect(locks.isEmpty)
    }
  }

  @Test func aTurnStaysOnTheActorOfItsOwner() async {
    await onPlainThread {
      let locks = LockTable<String>()
      let executor = SteppedExecutor(isSerial: true)
      let resident = Resident(executor)
      let free = locks.enqueue("free")
      let holder = locks.acquire("k")
      let waiting = locks.enqueue("k")
      let hops = Parcel<Int>(nil)
      let task = Attempt {
        hops.put(try await resident.visit(free))
        try await resident.visitForScope(waiting)
        let visits = await resident.visits
        #expect(visits == 1)
      }
      let driver = executor.drive()
      holder.release()
      task.join()
      executor.stop(driver)
      #expect(task.outcome == .had)
      #expect(hops.take() == 0)
      #expect(locks.isEmpty)
    }
  }

  @Test func theScopedFormReleasesWhateverTheBodyDoes() async throws {
    struct Failed: Error {}
    let locks = LockTable<String>()
    let turn = locks.enqueue("k")
    await #expect(throws: Failed.self) {
      try await turn.withLock { () throws(Failed) in
        #expect(locks.isLocked("k"))
        throw Failed()
      }
    }
    #expect(locks.isEmpty)
    let answer = try await locks.enqueue("k").withLock { 42 }
    #expect(answer == 42 && locks.isEmpty)
  }

  @Test func theGuardOutlivesTheTurnAndTheTable() async throws {
    weak var weakTable: LockTable<String>?
    let owner: LockOwner
    do {
      let locks = LockTable<String>()
      weakTable = locks
      let turn = locks.enqueue("k")
      owner = LockOwner(try await turn.acquired())
    }
    #expect(weakTable == nil)
    owner.release()
  }

  @Test func aTurnKeepsItsTable() async throws {
    let turn = LockTable<String>(name: "short-lived").enqueue("k")
    let held = try await turn.acquired()
    held.release()
  }

  /// A key with a reference: what an entry keeps of it ends with the last use.
  @Test(arguments: [true, false]) func noCopyOfTheKeyIsLeft(isClaimed: Bool) async throws {
    final class Part: Sendable {}
    struct Name: Hashable, Sendable {
      let part: Part
      static func == (a: Self, b: Self) -> Bool { a.part === b.part }
      func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(part)) }
    }
    let locks = LockTable<Name>()
    weak var weakPart: Part?
    do {
      let part = Part()
      weakPart = part
      let turn = locks.enqueue(Name(part: part))
      if isClaimed {
        try await turn.withLock {}
      }
    }
    #expect(weakPart == nil)
    #expect(locks.isEmpty)
  }

  @Test func aSecondCallTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let turn = LockTable<String>().enqueue("k")
      let held = try await turn.acquired()
      _ = try? await turn.acquired()
      held.release()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("a turn was awaited twice"))
  }

  /// The same producers, keys, drops, cancellations and limits at once, beside threads and tasks.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aStormLeavesNothing(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let witness = Witness(count: 3)
    let had = Tally()
    await withTaskGroup { group in
      for producer in 0..<4 {
        group.addTask {
          var dice = Dice(producer)
          for _ in 0..<Load.scaled(500) {
            await Self.play(locks, witness, had, &dice)
          }
        }
      }
    }
    #expect(witness.total == had.count)
    #expect(had.count > 0)
    #expect(locks.isEmpty)
    #expect(locks.statistics().waiters == 0)
  }

  private static func play(
    _ locks: LockTable<Int>, _ witness: Witness, _ had: Tally, _ dice: inout Dice
  ) async {
    let key = Int.random(in: 0..<3, using: &dice)
    switch Int.random(in: 0..<6, using: &dice) {
    case 0: _ = locks.enqueue(key)
    case 1:
      try? await locks.withLock(key) {
        witness.add(at: key)
        had.add()
      }
    case 2:
      let turn = locks.enqueue(key)
      let task = Task {
        try await turn.withLock {
          had.add(); witness.add(at: key)
        }
      }
      task.cancel()
      _ = await task.result
    case 3:
      let turn = locks.enqueue(key, timeout: .microseconds(20))
      try? await turn.withLock {
        had.add(); witness.add(at: key)
      }
    case 4:
      let turn = locks.enqueue(key)
      let task = Task {
        try await turn.withLock {
          had.add(); witness.add(at: key)
        }
      }
      turn.cancel()
      _ = await task.result
    default:
      let turn = locks.enqueue(key)
      try? await turn.withLock {
        had.add(); witness.add(at: key)
      }
    }
  }
}
