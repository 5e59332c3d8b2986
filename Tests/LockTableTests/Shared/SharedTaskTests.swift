import LockTable
import Testing

/// Shared mode for tasks: the same queue, form by form.
@Suite(.watched) struct SharedTaskTests {
  @Test(arguments: SharedForm.allCases, LockTableConfiguration.Fairness.both)
  func readersAreInsideTogether(form: SharedForm, fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let (occupancy, halt) = (Occupancy(), Halt())
      let writer = locks.acquire("k")
      let readers = (0..<40).map { _ in
        executor.start {
          try await form.run("k", of: locks) {
            occupancy.enter()
            await halt.pass()
            occupancy.leave()
          }
        }
      }
      #expect(readers.outcomes == [nil])
      writer.release()
      executor.drain()
      #expect(occupancy.current == 40)
      #expect(locks.withLockIfAvailable("k") {} == nil)
      halt.open()
      executor.drain()
      #expect(readers.outcomes == [.had])
      #expect(locks.isEmpty)
    }
  }

  //  reader   writer             readers
  //  holds k
  //           waits
  //                              wait behind it
  //           leaves: cancelled,
  //           or too late
  //                              hold k at once
  @Test(arguments: SharedForm.allCases, LockTableConfiguration.Fairness.both)
  func aWriterThatLeavesLetsTheReadersBehindItIn(
    form: SharedForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let reader = locks.acquireShared("k")
      let cancelled = executor.start { try await locks.withLock("k") {} }
      let behind = (0..<20).map { _ in executor.start { try await form.run("k", of: locks) {} } }
      #expect(behind.outcomes == [nil])
      cancelled.cancel()
      executor.drain()
      #expect(cancelled.outcome == .cancelled)
      #expect(behind.outcomes == [.had])

      // Again with a longer limit, if the others did not come to stand behind it within this one.
      var (limit, stoodBehind) = (Duration.milliseconds(5), false)
      while !stoodBehind {
        let late = executor.start { [limit] in try await locks.withLock("k", timeout: limit) {} }
        let others = (0..<20).map { _ in executor.start { try await form.run("k", of: locks) {} } }
        stoodBehind = locks.snapshot().keys.first?.waiterCount == 21
        limit *= 2
        while others.outcomes != [.had] || late.outcome == nil {
          executor.waitForJob()
          executor.drain()
        }
        #expect(late.outcome == .timedOut)
      }
      reader.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: SharedForm.allCases)
  func aReaderThatIsCancelledLeavesNothing(form: SharedForm) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let writer = locks.acquire("k")
      let reader = executor.start { try await form.run("k", of: locks) {} }
      reader.cancel()
      executor.drain()
      #expect(reader.outcome == .cancelled)
      writer.release()
      #expect(locks.isEmpty)
    }
  }

  //  reader r          writer     reader r again
  //  holds k
  //                    waits
  //                               tries: refused; waits for a while: too late
  //  releases
  //                    holds k
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aReaderThatComesAgainWaitsBehindTheWriter(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let reader = locks.acquireShared("k")
      let writer = executor.start { try await locks.withLock("k") {} }
      #expect(locks.withSharedLockIfAvailable("k") {} == nil)
      let again = Outcome.ofThread { try locks.withSharedLock("k", timeout: .milliseconds(5)) {} }
      #expect(again == .timedOut)
      #expect(writer.outcome == nil)
      reader.release()
      executor.drain()
      #expect(writer.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  reader    child      its parent
  //  holds k
  //            waits
  //                       waits behind it
  //                       is cancelled, and with it the child: by the runtime, holding locks of both
  //            leaves, which lets the parent in, or the parent leaves first
  @Test func aParentMayWaitBehindItsChild() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      for _ in 0..<Load.scaled(500) {
        let executor = SteppedExecutor()
        let reader = locks.acquireShared("k")
        let parent = executor.start {
          async let child: Void = locks.withLock("k") {}
          await Task.yield()
          let held = try await locks.acquireShared("k")
          held.release()
          try await child
        }
        #expect(parent.outcome == nil)
        #expect(locks.snapshot().keys.first?.waiterCount == 2)
        parent.cancel()
        executor.drain()
        #expect(parent.outcome == .cancelled)
        reader.release()
        #expect(locks.isEmpty)
      }
    }
  }

  /// Two readers that want to write wait for each other: both have to give up.
  @Test func aSharedHoldIsNeverUpgraded() async {
    await onPlainThread {
      let locks = LockTable<String>()
      let (one, two) = (Parcel(locks.acquireShared("k")), Parcel(locks.acquireShared("k")))
      let attempts = (0..<2).map { _ in
        Attempt { try await locks.withLock("k", timeout: .milliseconds(5)) {} }
      }
      attempts.forEach { $0.join() }
      #expect(attempts.outcomes == [.timedOut])
      one.take()?.release()
      two.take()?.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: SharedForm.allCases) @MainActor
  func aReaderStaysOnItsActor(form: SharedForm) async throws {
    let locks = LockTable<String>()
    try await form.run("k", of: locks) { MainActor.preconditionIsolated() }
    MainActor.preconditionIsolated()
    let writer = locks.acquireIfAvailable("k")
    let parcel = Parcel(writer)
    let reader = Task { @MainActor in
      try await form.run("k", of: locks) { MainActor.preconditionIsolated() }
      MainActor.preconditionIsolated()
    }
    // Each form waits.
    while locks.statistics().parks == 0 {
      await letOthersRun()
    }
    parcel.take()?.release()
    try await reader.value
    #expect(locks.isEmpty)
  }
}
