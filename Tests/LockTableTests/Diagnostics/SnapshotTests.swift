import Foundation
import LockTable
import Testing

@Suite(.watched) struct SnapshotTests {
  //  clerk       teller     task "import"
  //  holds k
  //              waits
  //                         waits, as a reader
  @Test func aSnapshotIsReadable() async {
    await onPlainThread {
      nameThread("clerk")
      let locks = LockTable<String>.diagnosed(fairness: .fifo)
      #expect("\(locks.snapshot())" == "no key is held or waited for")
      let executor = SteppedExecutor()
      let holder = locks.acquire("account-42")
      let teller = NativeThread {
        nameThread("teller")
        locks.withLock("account-42") {}
      }
      teller.waitUntilAsleep()
      let task = Task(name: "import", executorPreference: executor) {
        try await locks.withSharedLock("account-42") {}
      }
      executor.drain()
      let reader = locks.acquireShared("rate")
      let other = locks.acquireShared("rate")
      #expect(
        withoutNumbers("\(locks.snapshot())") == """
          account-42: held exclusively, 2 waiting
            held: exclusive, thread N "clerk", at LockTableTests/SnapshotTests.swift:N, for a while
            waits: exclusive, thread N "teller", at LockTableTests/SnapshotTests.swift:N, for a while
            waits: shared, task N "import", at LockTableTests/SnapshotTests.swift:N, for a while
          rate: shared by 2, 0 waiting
            held: shared, thread N "clerk", at LockTableTests/SnapshotTests.swift:N, for a while
            held: shared, thread N "clerk", at LockTableTests/SnapshotTests.swift:N, for a while
          """)
      reader.release()
      other.release()
      let driver = executor.drive()
      holder.release()
      teller.join()
      executor.stop(driver)
      #expect(locks.becomesEmpty && !executor.hasJobs)
      _ = task
    }
  }

  //  thread      task 1     task 2         task 3
  //  holds k
  //              waits
  //                         waits, as a
  //                         reader
  //                                        holds m, waits for k
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func participantsAreShownAsWhatTheyAre(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed(fairness: fairness)
      let executor = SteppedExecutor()
      let open = Halt()
      open.open()
      let holder = locks.acquire(1)
      let parties = [
        Party(on: executor, of: locks, wants: 1, go: open),
        Party(on: executor, of: locks, wants: 1, asReader: true, go: open),
        Party(on: executor, of: locks, holds: 2, wants: 1, go: open),
      ]
      let before = locks.snapshot()
      Thread.sleep(forTimeInterval: 0.002)
      let after = locks.snapshot()
      #expect(before.keys.map(\.key) == [1, 2])
      let (k, m) = (before.keys[0], before.keys[1])
      #expect(k.mode == .exclusive && k.holderCount == 1 && k.waiterCount == 3)
      #expect(m.mode == .exclusive && m.holderCount == 1 && m.waiterCount == 0)
      #expect(k.holders.map(\.isTask) == [false] && k.holders.first?.thread != nil)
      #expect(k.waiters.map(\.mode) == [.exclusive, .shared, .exclusive])
      #expect(k.waiters.map(\.isTask) == [true, true, true])
      #expect(Set(k.waiters.map(\.acquirer)).count == 3)
      #expect(m.holders.map(\.acquirer) == [k.waiters[2].acquirer] && m.holders[0].task != nil)
      for (one, two) in zip(
        before.keys.flatMap { $0.holders + $0.waiters },
        after.keys.flatMap { $0.holders + $0.waiters })
      {
        #expect(one.acquirer == two.acquirer && one.mode == two.mode)
        #expect((one.duration ?? .zero) + .milliseconds(2) <= (two.duration ?? .zero))
      }
      holder.release()
      executor.drain()
      #expect(parties.map(\.attempt).outcomes == [.had])
      #expect(locks.becomesEmpty)
    }
  }

  /// A thread that sleeps for a key, and a task that acquires by a form for threads.
  @Test func aTaskIsATaskWhicheverFormItUses() async throws {
    let locks = LockTable<Int>.diagnosed()
    try await Task(name: "möve") {
      let inside = try await locks.withLock(1) { locks.snapshot().keys[0].holders[0] }
      let held = hold(2, of: locks)
      let alike = locks.snapshot().keys[0].holders[0]
      held.release()
      #expect(inside.task?.name == "möve" && alike.acquirer == inside.acquirer)
      #expect(inside.isTask == true && alike.isTask == true)
    }.value
    let other = try await locks.withLock(1) { locks.snapshot().keys[0].holders[0] }
    #expect(other.task != nil && other.task?.name != "möve")
  }

  @Test func aLongNameIsCutBetweenCharacters() async throws {
    let locks = LockTable<Int>.diagnosed()
    for prefix in ["", "a", "ab", "abc"] {
      let name = prefix + String(repeating: "ü", count: 40)
      let shown = try await Task(name: name) {
        try await locks.withLock(1) { locks.snapshot().keys[0].holders[0].task?.name }
      }.value
      #expect(shown.map { name.hasPrefix($0) && $0.utf8.count > 30 } == true)
    }
    let short = String(repeating: "x", count: 35)
    let shown = try await Task(name: short) {
      try await locks.withLock(1) { locks.snapshot().keys[0].holders[0].task?.name }
    }.value
    #expect(shown == short)
  }

  //  The key with the most waiters is shown first; of two that have as many, the one that has been
  //  waited for longer.
  @Test func theMostWantedKeyIsFirst() async {
    await onPlainThread {
      for configuration in [
        LockTableConfiguration(), .init(stripeCount: 1), .init(diagnostics: .init()),
      ] {
        let locks = LockTable<Int>.unmonitored(configuration)
        let executor = SteppedExecutor()
        let holders = locks.acquire(all: 0..<6)
        var attempts: [Attempt] = []
        for key in [3, 1, 5, 1, 4, 1, 4] {
          attempts.append(executor.start { try await locks.withLock(key) {} })
          Thread.sleep(forTimeInterval: 0.001)
        }
        let keys = locks.snapshot().keys
        #expect(keys.prefix(4).map(\.key) == [1, 4, 3, 5])
        #expect(keys.map(\.waiterCount) == [3, 2, 1, 1, 0, 0])
        #expect(Set(keys.map(\.key)) == Set(0..<6))
        holders.release()
        executor.drain()
        #expect(attempts.outcomes == [.had])
        #expect(locks.becomesEmpty)
      }
    }
  }

  @Test func withoutDiagnosticsThereAreCountsAndDurations() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let thread = NativeThread { locks.withSharedLock("k") {} }
      thread.waitUntilAsleep()
      let task = executor.start { try await locks.withLock("k") {} }
      let reader = locks.acquireShared("m")
      let other = locks.acquireShared("m")
      let snapshot = locks.snapshot()
      #expect(snapshot.keys.map(\.key) == ["k", "m"])
      #expect(snapshot.keys.map(\.mode) == [.exclusive, .shared])
      #expect(snapshot.keys.map(\.holderCount) == [1, 2])
      #expect(snapshot.keys.map(\.waiterCount) == [2, 0])
      #expect(snapshot.keys.allSatisfy { $0.holders.isEmpty })
      let waiters = snapshot.keys[0].waiters
      #expect(waiters.map(\.isTask) == [false, true])
      #expect(waiters.map(\.mode) == [.shared, .exclusive])
      #expect(waiters.allSatisfy { $0.acquirer == nil && $0.duration != nil })
      #expect(
        withoutNumbers("\(snapshot)") == """
          k: held exclusively, 2 waiting
            waits: shared, a thread, for a while
            waits: exclusive, a task, for a while
          m: shared by 2, 0 waiting
          """)
      reader.release()
      other.release()
      let driver = executor.drive()
      holder.release()
      thread.join()
      executor.stop(driver)
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  @Test func aLongListShowsTheFirstParticipants() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let executor = SteppedExecutor()
      let holder = locks.acquire(1)
      let attempts = (0..<70).map { _ in executor.start { try await locks.withLock(1) {} } }
      let entry = locks.snapshot().keys[0]
      #expect(entry.waiterCount == 70 && entry.waiters.count == 64)
      let durations = entry.waiters.compactMap(\.duration)
      #expect(durations == durations.sorted(by: >))
      #expect("\(entry)".hasSuffix("\n  … and 6 more"))
      holder.release()
      executor.drain()
      #expect(attempts.outcomes == [.had] && locks.becomesEmpty)
    }
  }

  @Test func downgradedAndMultiKeyHoldsAreShownAsWhatTheyAre() {
    let locks = LockTable<Int>.diagnosed()
    let several = locks.acquire(exclusive: [1, 2], shared: [3, 2])
    #expect(
      Dictionary(uniqueKeysWithValues: locks.snapshot().keys.map { ($0.key, $0.mode) })
        == [1: .exclusive, 2: .exclusive, 3: .shared])
    #expect(locks.snapshot().keys.allSatisfy { $0.holders.map(\.mode) == [$0.mode] })
    several.release()
    let reader = locks.acquire(1).downgrade()
    #expect(locks.snapshot().keys[0].mode == .shared)
    #expect(locks.snapshot().keys[0].holders.map(\.mode) == [.shared])
    reader.release()
    #expect(locks.becomesEmpty)
  }

  /// Guards outlive a table whose holds are recorded.
  @Test func recordedGuardsOutliveTheirTable() {
    var locks: LockTable? = LockTable<String>.diagnosed()
    var first = locks?.acquire("a")
    var second = locks?.acquire(all: ["b", "c"])
    var third = locks?.acquireShared("d")
    locks = nil
    third.take()?.release()
    second.take()?.release()
    first.take()?.release()
  }
}

/// A synchronous function in a task: it finds the key free.
private func hold(_ key: Int, of locks: LockTable<Int>) -> LockTable<Int>.Guard {
  locks.acquire(key)
}
