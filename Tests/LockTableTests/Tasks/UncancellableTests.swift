import LockTable
import Testing

/// The forms that hold the key in any case.
@Suite(.watched) struct UncancellableTests {
  @Test(arguments: UncancellableForm.allCases)
  func aCancelledTaskRunsItsBody(form: UncancellableForm) async {
    let locks = LockTable<String>()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await form.run("k", of: locks) { (locks.count, Task.isCancelled) }
    }
    #expect(await task.value == (1, true))
    #expect(locks.isEmpty)
  }

  //  holder      task              next
  //  holds k
  //              waits
  //                                waits
  //              is cancelled, and stays
  //  releases
  //              holds k
  //                                holds k
  @Test(arguments: UncancellableForm.allCases, LockTableConfiguration.Fairness.both)
  func aTaskThatIsCancelledWhileItWaitsStaysInItsPlace(
    form: UncancellableForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = locks.acquire("k")
      let task = executor.start {
        await form.run("k", of: locks) { order.withLock { $0.append(1) } }
      }
      let next = executor.start {
        try await locks.withLock("k") { order.withLock { $0.append(2) } }
      }
      task.cancel()
      executor.drain()
      #expect(task.outcome == nil && order.withLock(\.self) == [])
      holder.release()
      executor.drain()
      #expect(task.outcome == .had && next.outcome == .had)
      #expect(order.withLock(\.self) == [1, 2])
      #expect(locks.statistics().cancellations == 0)
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: UncancellableForm.allCases)
  func aTaskThatWasCancelledBeforeItWaitsWaits(form: UncancellableForm) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let runs = Tally()
      let holder = locks.acquire("k")
      let task = executor.start {
        withUnsafeCurrentTask { $0?.cancel() }
        await form.run("k", of: locks) { runs.add() }
      }
      #expect(task.outcome == nil && runs.count == 0)
      holder.release()
      executor.drain()
      #expect(task.outcome == .had && runs.count == 1)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task 0     task 1, uncancellable
  //  holds k
  //              waits: the queue is full
  //                         waits all the same
  @Test(arguments: UncancellableForm.allCases, LockTableConfiguration.Fairness.both)
  func aFullQueueDoesNotRefuseIt(
    form: UncancellableForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(
        .init(fairness: fairness, maximumWaitersPerKey: 1))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let first = executor.start { try await locks.withLock("k") {} }
      let task = executor.start { await form.run("k", of: locks) {} }
      let third = executor.start { try await locks.withLock("k") {} }
      #expect(first.outcome == nil && task.outcome == nil && third.outcome == .crowded)
      holder.release()
      executor.drain()
      #expect(first.outcome == .had && task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  /// The clean-up of a cancelled task, as the documentation has it.
  @Test func aCancelledTaskCleansUp() async {
    let locks = LockTable<String>()
    let undone = Tally()
    let task = Task {
      do {
        try await locks.withLock("k") {
          withUnsafeCurrentTask { $0?.cancel() }
          try Task.checkCancellation()
        }
      } catch {
        await locks.withUncancellableLock("k") { undone.add() }
      }
    }
    await task.value
    #expect(undone.count == 1)
    #expect(locks.isEmpty)
  }

  @Test func readersAreInsideTogether() async {
    let locks = LockTable<String>()
    let count = await locks.withUncancellableSharedLock("k") {
      await locks.withUncancellableSharedLock("k") {
        await locks.withUncancellableLock(exclusive: ["l", "m"], shared: ["k"]) {
          locks.snapshot().keys.map(\.holderCount).max()
        }
      }
    }
    #expect(count == 3)
    #expect(locks.isEmpty)
  }

  //  holder      task
  //  holds 3
  //              holds those before 3, waits for it
  //              is cancelled, and stays
  //  releases
  //              holds all
  @Test func aMultiKeyCallWaitsForItsKeys() async {
    await onPlainThread {
      let locks = LockTable<Int>.unmonitored()
      let executor = SteppedExecutor()
      let counts = Guarded<[Int]>([])
      for held in 0..<8 {
        let holder = locks.acquire(held)
        let task = executor.start {
          await locks.withUncancellableLock(all: 0..<8) {
            counts.withLock { $0.append(locks.count) }
          }
        }
        task.cancel()
        executor.drain()
        #expect(task.outcome == nil)
        holder.release()
        executor.drain()
        #expect(task.outcome == .had)
        #expect(locks.isEmpty)
      }
      #expect(counts.withLock(\.self) == Array(repeating: 8, count: 8))
    }
  }

  @Test(arguments: UncancellableForm.allCases)
  func aKeyIsReleasedWhenABodyThrows(form: UncancellableForm) async {
    struct Mishap: Error {}
    let locks = LockTable<String>()
    do {
      try await form.run("k", of: locks) { () async throws(Mishap) in
        await Task.yield()
        throw Mishap()
      }
      Issue.record("it did not throw")
    } catch {
      #expect(locks.isEmpty)
    }
  }

  @MainActor @Test(arguments: UncancellableForm.allCases)
  func aBodyStaysOnItsActor(form: UncancellableForm) async {
    let locks = LockTable<String>()
    var runs = 0
    await form.run("k", of: locks) {
      MainActor.preconditionIsolated()
      runs += 1
    }
    MainActor.preconditionIsolated()
    let holder = Parcel(locks.acquireIfAvailable("k"))
    let task = Task { @MainActor in
      await form.run("k", of: locks) {
        MainActor.preconditionIsolated()
        runs += 1
      }
      MainActor.preconditionIsolated()
    }
    while locks.statistics().parks == 0 {
      await letOthersRun()
    }
    holder.take()?.release()
    await task.value
    #expect(runs == 2)
    #expect(locks.isEmpty)
  }

  @Test func theCompilerKnowsThatOnlyTheBodyThrows() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Ticket: ~Copyable {}
      enum Refusal: Error { case refused }

      func quiet(_ locks: LockTable<String>) async -> Ticket {
        await locks.withUncancellableLock("a") {}
        await locks.withUncancellableSharedLock("a") { await Task.yield() }
        await locks.withUncancellableLock(all: ["a", "b"]) {}
        return await locks.withUncancellableLock(exclusive: ["a"], shared: []) { Ticket() }
      }

      func typed(_ locks: LockTable<String>) async throws(Refusal) -> Int {
        try await locks.withUncancellableLock("a") { () async throws(Refusal) -> Int in
          throw .refused
        }
      }

      func thread(_ locks: LockTable<String>) {
        locks.withUncancellableLock("a") {}  // error: async
      }

      @MainActor final class View {
        var state = 0
        func update(_ locks: LockTable<String>) async {
          await locks.withUncancellableLock("a") { state += 1 }
          await locks.withUncancellableSharedLock("a") { state += 1 }
          await locks.withUncancellableLock(all: ["a"]) { state += 1 }
        }
      }
      """, .types)
  }
}

enum UncancellableForm: CaseIterable, Sendable {
  case scoped, shared, multiKey, multiKeyShared, exclusiveByMode, sharedByMode

  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  nonisolated(nonsending) func run<Key, Result, Failure: Error>(
    _ key: Key, of locks: LockTable<Key>,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    switch self {
    case .scoped: try await locks.withUncancellableLock(key, body)
    case .shared: try await locks.withUncancellableSharedLock(key, body)
    case .multiKey: try await locks.withUncancellableLock(all: [key], body)
    case .multiKeyShared: try await locks.withUncancellableLock(exclusive: [], shared: [key], body)
    case .exclusiveByMode: try await locks.withUncancellableLock(key, mode: .exclusive, body)
    case .sharedByMode: try await locks.withUncancellableLock(key, mode: .shared, body)
    }
  }
}
