import LockTable
import Testing

/// Callers that wait while their table is closed, and those that hold.
@Suite(.watched) struct ClosingTests {
  //  holder       first     task, in `form`   last, uncancellable
  //  holds k
  //               waits
  //                         waits
  //                                           waits
  //  closes the table
  //               fails     fails
  //  releases
  //                                           holds k
  private func refuseWaiting(
    _ fairness: LockTableConfiguration.Fairness,
    _ run: @escaping @Sendable (LockTable<String>) async throws -> Void
  ) {
    let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
    let executor = SteppedExecutor()
    let holder = locks.acquire("k")
    let first = executor.start { try await locks.withLock("k") {} }
    let task = executor.start { try await run(locks) }
    let last = executor.start { await locks.withUncancellableLock("k") {} }
    #expect(first.outcome == nil && task.outcome == nil && last.outcome == nil)
    locks.close()
    executor.drain()
    #expect(first.outcome == .closed && task.outcome == .closed && last.outcome == nil)
    let isHolder = holder.isHold(of: "k", in: locks)
    #expect(isHolder && locks.count == 1)
    holder.release()
    executor.drain()
    #expect(last.outcome == .had)
    #expect(locks.isEmpty)
    #expect(locks.statistics().closedFailures == 2)
  }

  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aWaitingTaskFails(form: Form, fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      refuseWaiting(fairness) { try await form.run("k", of: $0) {} }
      refuseWaiting(fairness) { try await form.run("k", of: $0, limit: .seconds(Int64.max)) {} }
    }
  }

  @Test(arguments: SharedForm.allCases, LockTableConfiguration.Fairness.both)
  func aWaitingReaderFails(form: SharedForm, fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      refuseWaiting(fairness) { try await form.run("k", of: $0) {} }
    }
  }

  @Test(arguments: ModeForm.allCases, LockMode.both)
  func aTaskThatWaitsInAModeFails(form: ModeForm, mode: LockMode) async {
    await onPlainThread {
      refuseWaiting(.fifo) { try await form.run("k", mode, of: $0) {} }
    }
  }

  @Test(arguments: UncancellableForm.allCases, LockTableConfiguration.Fairness.both)
  func aTaskThatCannotFailGoesOn(
    form: UncancellableForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { await form.run("k", of: locks) {} }
      locks.close()
      executor.drain()
      #expect(task.outcome == nil)
      holder.release()
      executor.drain()
      #expect(task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  /// Ways for a thread to wait that can fail.
  private static let timed: [@Sendable (LockTable<String>, Duration) throws -> Void] = [
    { locks, limit in try locks.withLock("k", timeout: limit) {} },
    { locks, limit in try locks.withSharedLock("k", timeout: limit) {} },
    { locks, limit in try locks.acquire("k", timeout: limit).release() },
    { locks, limit in try locks.acquireShared("k", timeout: limit).release() },
    { locks, limit in try locks.acquire("k", mode: .shared, timeout: limit).release() },
    { locks, limit in try locks.withLock(all: ["a", "k", "z"], timeout: limit) {} },
    { locks, limit in try locks.acquire(all: ["z", "k", "a"], timeout: limit).release() },
    { locks, limit in
      try locks.withLock(exclusive: ["a"], shared: ["k"], timeout: limit) {}
    },
  ]

  @Test(
    .enabled(if: NativeThread.sleepersAreVisible),
    arguments: LockTableConfiguration.Fairness.both)
  func waitingThreadsFailIfTheyCan(fairness: LockTableConfiguration.Fairness) async {
    for limit in [Duration.seconds(3600), .seconds(Int64.max)] {
      await onPlainThread {
        let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
        let outcomes = Guarded<[Outcome]>([])
        let hads = Tally()
        let holder = locks.acquire("k")
        let refused = Self.timed.map { call in
          NativeThread {
            let outcome = Outcome.ofThread { try call(locks, limit) }
            outcomes.withLock { $0.append(outcome) }
          }
        }
        let others = [
          NativeThread { locks.withLock("k") { hads.add() } },
          NativeThread { locks.withSharedLock("k") { hads.add() } },
          NativeThread { locks.withLock(all: ["k", "l"]) { hads.add() } },
        ]
        for thread in refused + others {
          thread.waitUntilAsleep()
        }
        locks.close()
        for thread in refused {
          thread.join()
        }
        #expect(outcomes.withLock { $0.count } == Self.timed.count)
        #expect(outcomes.withLock { Set($0) } == [.closed])
        #expect(hads.count == 0)
        holder.release()
        for thread in others {
          thread.join()
        }
        #expect(hads.count == 3)
        #expect(locks.isEmpty)
      }
    }
  }

  /// It waits for the second of its keys, and gives the first back.
  @Test(arguments: KeyWay.allCases)
  func aCallThatWaitsForOneOfItsKeysFailsAsAWhole(way: KeyWay) async {
    struct Body: BodyForKeys {
      func run<Key: Hashable & Sendable>(_ keys: [Key]) async {
        await onPlainThread {
          for held in keys {
            let locks = LockTable<Key>.unmonitored()
            let executor = SteppedExecutor()
            let holder = locks.acquire(held)
            let task = executor.start { try await locks.withLock(all: keys) {} }
            let other = executor.start { await locks.withUncancellableLock(all: keys) {} }
            locks.close()
            executor.drain()
            #expect(task.outcome == .closed && other.outcome == nil)
            holder.release()
            executor.drain()
            #expect(other.outcome == .had)
            #expect(locks.isEmpty)
          }
        }
      }
    }
    await way.run(Body())
  }

  /// A task that was cancelled first says so.
  @Test func theFirstReasonCounts() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let cancelled = executor.start { try await locks.withLock("k") {} }
      let closed = executor.start { try await locks.withLock("k") {} }
      cancelled.cancel()
      locks.close()
      closed.cancel()
      executor.drain()
      #expect(cancelled.outcome == .cancelled && closed.outcome == .closed)
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  /// Tasks and threads come and go while the table is closed: each that can fail does in the end.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func closingMeetsAllOtherCalls(fairness: LockTableConfiguration.Fairness) async {
    for round in 0..<Load.scaled(20) {
      let locks = LockTable<Int>(configuration: .init(fairness: fairness))
      let witness = Witness(count: 3)
      let others = Tally()
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for index in 0..<6 {
          group.addTask {
            var dice = Dice(round * 100 + index)
            while true {
              let key = Int.random(in: 0..<3, using: &dice)
              let outcome = await Outcome.of {
                try await locks.withLock(key, timeout: .seconds(3600)) { witness.add(at: key) }
              }
              guard outcome == .had else { return outcome }
              await Task.yield()
            }
          }
        }
        for index in 0..<2 {
          group.addTask {
            var dice = Dice(round * 100 + 50 + index)
            while !locks.isClosed {
              let key = Int.random(in: 0..<3, using: &dice)
              await locks.withUncancellableLock(key) { witness.add(at: key) }
              others.add()
              await Task.yield()
            }
            return .closed
          }
        }
        while others.count < round {
          await letOthersRun()
        }
        locks.close()
        return await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(outcomes == [Outcome.closed])
      #expect(locks.isEmpty)
    }
  }
}
