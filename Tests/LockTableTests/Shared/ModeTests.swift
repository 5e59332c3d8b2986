import LockTable
import Testing

/// The forms that take the mode as an argument: each holds as the form without the argument does.
@Suite(.watched) struct ModeTests {
  let locks = LockTable<String>()

  /// Whether others get the key as they should while it is held in `mode`.
  private func expectHeld(_ mode: LockMode, sourceLocation: SourceLocation = #_sourceLocation) {
    let reader = locks.acquireSharedIfAvailable("k")
    let isShared = reader != nil
    reader?.release()
    let writer = locks.acquireIfAvailable("k")
    let isFree = writer != nil
    writer?.release()
    #expect(isShared == (mode == .shared), sourceLocation: sourceLocation)
    #expect(!isFree && locks.isLocked("k"), sourceLocation: sourceLocation)
  }

  @Test("A thread holds the key in the mode, and releases it", arguments: ModeForm.allCases)
  func aThreadHoldsInTheMode(form: ModeForm) {
    offThePool { [self] in
      for mode in LockMode.both {
        let had = Outcome.ofThread {
          try form.runBlocking("k", mode, of: locks) { expectHeld(mode) }
        }
        #expect(had == .had && locks.isEmpty)
        let failed = Outcome.ofThread {
          try form.runBlocking("k", mode, of: locks) { throw CancellationError() }
        }
        #expect(failed == .cancelled && locks.isEmpty)
      }
    }
  }

  @Test("A task holds the key in the mode, and releases it", arguments: ModeForm.allCases)
  func aTaskHoldsInTheMode(form: ModeForm) async {
    for mode in LockMode.both {
      let had = await Outcome.of { [self] in
        try await form.run("k", mode, of: locks) {
          await Task.yield()
          expectHeld(mode)
        }
      }
      #expect(had == .had && locks.isEmpty)
      let failed = await Outcome.of { [locks] in
        try await form.run("k", mode, of: locks) { throw LockTableError(.timedOut, key: "k") }
      }
      #expect(failed == .timedOut && locks.isEmpty)
    }
  }

  //  holder       thread, task
  //  holds k
  //               wait
  //  releases
  //               hold k
  @Test("Each mode waits for the holders that it excludes", arguments: ModeForm.allCases)
  func eachModeWaitsForTheOther(form: ModeForm) async {
    await onPlainThread {
      for (held, wanted) in [(LockMode.exclusive, LockMode.shared), (.shared, .exclusive)] {
        let locks = LockTable<String>.unmonitored()
        let executor = SteppedExecutor()
        let runs = Tally()
        let holder = locks.acquire("k", mode: held)
        let thread = NativeThread {
          try? form.runBlocking("k", wanted, of: locks) { runs.add() }
        }
        thread.waitUntilAsleep()
        let task = executor.start { try await form.run("k", wanted, of: locks) { runs.add() } }
        #expect(task.outcome == nil && runs.count == 0)
        holder.release()
        thread.join()
        executor.drain()
        #expect(task.outcome == .had && runs.count == 2)
        #expect(locks.isEmpty)
      }
    }
  }

  @Test("A limit ends the wait in either mode", arguments: ModeForm.timed)
  func aLimitEndsTheWait(form: ModeForm) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      for mode in LockMode.both {
        for limit in [Duration.zero, .milliseconds(2)] {
          let late = Outcome.ofThread {
            try form.runBlocking("k", mode, of: locks, limit: limit) {}
          }
          #expect(late == .timedOut)
          let task = executor.start { try await form.run("k", mode, of: locks, limit: limit) {} }
          while task.outcome == nil {
            executor.waitForJob()
            executor.drain()
          }
          #expect(task.outcome == .timedOut)
        }
      }
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  @Test("A cancelled task gets the key in neither mode", arguments: ModeForm.allCases)
  func aCancelledTaskGetsNothing(form: ModeForm) async {
    for mode in LockMode.both {
      let task = Task { [locks] in
        withUnsafeCurrentTask { $0?.cancel() }
        return await Outcome.of { try await form.run("k", mode, of: locks) {} }
      }
      #expect(await task.value == .cancelled && locks.isEmpty)
    }
  }

  /// The attempts of a synchronous function: whether they had the key.
  private func attempts(_ mode: LockMode, _ body: () -> Void) -> [Bool] {
    let scoped: Void? = locks.withLockIfAvailable("k", mode: mode, body)
    guard let held = locks.acquireIfAvailable("k", mode: mode) else {
      return [scoped != nil, false]
    }
    body()
    held.release()
    return [scoped != nil, true]
  }

  @Test("An attempt holds in the mode, or returns nil at once")
  func anAttemptHoldsOrReturnsNil() async {
    for mode in LockMode.both {
      #expect(attempts(mode) { expectHeld(mode) } == [true, true])
      let had: Void? = await locks.withLockIfAvailable("k", mode: mode) { [self] in
        await Task.yield()
        expectHeld(mode)
      }
      #expect(had != nil && locks.isEmpty)

      guard let held = locks.acquireIfAvailable("k", mode: mode) else {
        Issue.record("a free key was refused")
        return
      }
      for other in LockMode.both {
        let isAvailable = mode == .shared && other == .shared
        #expect(attempts(other) {} == [isAvailable, isAvailable])
        let second: Void? = await locks.withLockIfAvailable("k", mode: other) { await Task.yield() }
        #expect((second != nil) == isAvailable)
      }
      held.release()
      #expect(locks.isEmpty)
    }
  }

  @Test("The guard knows its mode and its key, also on another thread once its table is gone")
  func theGuardKnowsItsModeAndItsKey() {
    for mode in LockMode.both {
      for stripeCount in [1, 8] {
        var locks = Optional(LockTable<String>(configuration: .init(stripeCount: stripeCount)))
        var held = locks?.acquireIfAvailable("k", mode: mode)
        let heldMode = held?.mode
        #expect(heldMode == mode)
        if let table = locks {
          let isOfKey = held?.isHold(of: "k", in: table)
          let isOfOther = held?.isHold(of: "l", in: table)
          #expect(isOfKey == true && isOfOther == false)
        }
        let parcel = Parcel(held.take())
        locks = nil
        NativeThread { parcel.take()?.release() }.join()
      }
    }
  }

  @Test("A guard that is dropped releases, in either mode")
  func aGuardThatIsDroppedReleases() {
    for mode in LockMode.both {
      do {
        let held = locks.acquireIfAvailable("k", mode: mode)
        expectHeld(mode)
        _ = consume held
      }
      #expect(locks.isEmpty)
    }
  }
}
