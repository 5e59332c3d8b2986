import Foundation
import LockTable
import Testing

/// What is shown of turns.
@Suite(.watched) struct TurnDiagnosticsTests {
  private var place: String { "LockTableTests/TurnDiagnosticsTests.swift:N" }

  //  producer       owner
  //  enqueues
  //  enqueues
  //                 awaits the second
  //                 awaits the first
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aSnapshotShowsTurnsAndThenTheirOwners(
    fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      nameThread("producer")
      let locks = LockTable<String>.diagnosed(fairness: fairness)
      let executor = SteppedExecutor()
      let first = locks.enqueue("k")
      let second = locks.enqueue("k")
      #expect(
        withoutNumbers("\(locks.snapshot())") == """
          k: held exclusively, 1 waiting
            held: exclusive, a turn that nobody awaits, at \(place), for a while
            waits: exclusive, a turn that nobody awaits, at \(place), for a while
          """)
      let waiting = executor.start { try await second.withLock {} }
      #expect(
        withoutNumbers("\(locks.snapshot())") == """
          k: held exclusively, 1 waiting
            held: exclusive, a turn that nobody awaits, at \(place), for a while
            waits: exclusive, task N, at LockTableTests/TurnDiagnosticsTests.swift:N, for a while
          """)
      let go = Halt()
      let holding = executor.start { try await first.withLock { await go.pass() } }
      #expect(
        withoutNumbers("\(locks.snapshot())") == """
          k: held exclusively, 1 waiting
            held: exclusive, task N, at LockTableTests/TurnDiagnosticsTests.swift:N, for a while
            waits: exclusive, task N, at LockTableTests/TurnDiagnosticsTests.swift:N, for a while
          """)
      go.open()
      executor.drain()
      #expect(waiting.outcome == .had && holding.outcome == .had)
      #expect(locks.becomesEmpty)
    }
  }

  @Test func anErrorNamesTheTurnThatHasTheKey() async throws {
    let locks = LockTable<String>.diagnosed()
    let turn = locks.enqueue("k", file: "Server/Events.swift", line: 31)
    do {
      try await locks.withLock("k", timeout: .milliseconds(1)) {}
      Issue.record("it is held")
    } catch let error as LockTableError {
      #expect(error.holder?.acquirer == nil)
      #expect(error.holder?.callSite == "Server/Events.swift:31")
      #expect("\(error)".contains("a turn that nobody awaits"))
    }
    withExtendedLifetime(turn) {}
  }

  /// The observer of waits learns of an owner that has to wait, and of no other turn.
  @Test func anOwnerThatWaitsIsObserved() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let log = Log<String>()
      locks.observeWaits(
        WaitObserver { wait in
          log.add("begins: \(wait.key ?? "?")")
          return { failure in log.add("ends: \(failure ?? "held")") }
        })
      let first = locks.enqueue("k")
      let second = locks.enqueue("k")
      let third = locks.enqueue("k")
      let waiting = executor.start { try await second.withLock {} }
      let cancelled = executor.start { try await third.withLock {} }
      cancelled.cancel()
      executor.drain()
      let holding = executor.start { try await first.withLock {} }
      executor.drain()
      #expect([waiting, holding].outcomes == [.had] && cancelled.outcome == .cancelled)
      #expect(log.events == ["begins: k", "begins: k", "ends: cancelled", "ends: held"])
    }
  }

  //  producer       task
  //                 holds k
  //  holds m
  //  enqueues for k
  //                 waits for m
  //
  //  The producer does not wait for k: it releases m. No cycle.
  @Test func whatMakesATurnDoesNotWaitForIt() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed()
      let executor = SteppedExecutor()
      let found = Log<String>()
      let hook = locks.onSuspectedDeadlock { _ in found.add("found") }
      let go = Halt()
      let party = Party(on: executor, of: locks, holds: "k", wants: "m", go: go)
      let held = locks.acquire("m")
      let turn = locks.enqueue("k")
      go.open()
      executor.drain()
      locks.awaitAnInspection(by: "spare")
      #expect(found.events.isEmpty)
      held.release()
      executor.drain()
      #expect(party.attempt.outcome == .had)
      hook.remove()
      withExtendedLifetime(turn) {}
    }
  }

  //  task 1                task 2
  //  holds a               holds b
  //  awaits a turn for b   waits for a
  @Test func anOwnerThatAwaitsItsTurnMayBeInADeadlock() async {
    await onPlainThread {
      let locks = LockTable<String>.diagnosed(onDeadlock: .failYoungest)
      let executor = SteppedExecutor()
      let go = Halt()
      let owner = executor.start {
        let held = try await locks.acquire("a")
        await go.pass()
        let turn = locks.enqueue("b")
        try await turn.withLock {}
        held.release()
      }
      let party = Party(on: executor, of: locks, holds: "b", wants: "a", go: go)
      go.open()
      executor.drain(until: { owner.outcome != nil && party.attempt.outcome != nil })
      #expect([owner, party.attempt].outcomes == [.had, .deadlocked])
      #expect(locks.becomesEmpty)
    }
  }
}
