import Foundation
import LockTable
import Testing

/// An acquirer that holds a key and then waits for another one, which ends in an error.
private struct Nesting: Sendable {
  let attempt: Attempt
  private let go = Halt()
  private let caught = Guarded<LockTableError?>(nil)

  /// Holds a key, and waits once it is told to go on. `second` waits.
  init<Key>(
    on executor: SteppedExecutor, _ key: Key, of locks: LockTable<Key>, label: String,
    then second: @escaping @Sendable () async throws -> Void
  ) {
    let (go, caught) = (go, caught)
    attempt = executor.start {
      try await LockLabel.$current.withValue(label) {
        try await locks.withLock(key) {
          await go.pass()
          do {
            try await second()
          } catch let error as LockTableError {
            caught.withLock { $0 = error }
            throw error
          }
        }
      }
    }
  }

  /// From here on it waits, and has waited for a moment.
  func wait(on executor: SteppedExecutor) {
    go.open()
    executor.drain()
    Thread.sleep(forTimeInterval: 0.001)
  }

  var error: LockTableError? { caught.withLock(\.self) }
}

extension LockTable {
  /// Waits until so many were counted, which is after they have ended.
  fileprivate func awaitDeadlocks(_ count: Int) {
    while statistics().suspectedDeadlocks < count {
      Thread.sleep(forTimeInterval: 0.001)
    }
    #expect(statistics().suspectedDeadlocks == count)
  }
}

@Suite(.watched) struct EndedDeadlockTests {
  private let executor = SteppedExecutor()

  private func table<Key>(_ name: String? = nil, of _: Key.Type) -> LockTable<Key> {
    .diagnosed(onDeadlock: .failYoungest, name: name)
  }

  //  older              younger
  //  holds 1            holds 2
  //  waits for 2
  //                     waits for 1, and throws
  //  has 2
  @Test(arguments: Form.allCases) func theYoungerTaskFailsAndTheOlderGoesOn(form: Form) async throws
  {
    try await tryOnPlainThread {
      let locks = table("accounts", of: Int.self)
      let older = Nesting(on: executor, 1, of: locks, label: "older") {
        try await form.run(2, of: locks) {}
      }
      let younger = Nesting(on: executor, 2, of: locks, label: "younger") {
        try await form.run(1, of: locks) {}
      }
      older.wait(on: executor)
      younger.wait(on: executor)
      executor.drain { older.attempt.outcome != nil }
      #expect(older.attempt.outcome == .had && younger.attempt.outcome == .deadlocked)
      let error = try #require(younger.error)
      #expect(error.reason == .deadlock && error.key == "1" && error.key(as: Int.self) == 1)
      #expect(error.tableName == "accounts" && error.waited > .zero)
      #expect(error.cycle.map(\.key) == ["1", "2"])
      #expect(error.cycle.map(\.waiter.label) == ["younger", "older"])
      #expect(error.cycle.map(\.blocker.label) == ["older", "younger"])
      #expect(error.cycle.allSatisfy { $0.tableName == "accounts" })
      #expect(error.holder == error.cycle.first?.blocker)
      let sentence = "\(error)".replacing(/\.swift:[0-9]+/, with: "")
      #expect(
        sentence == """
          1 of "accounts" was not acquired because of a deadlock: "younger" (Attempt) waits for 1 of \
          "accounts", held by "older" (EndedDeadlockTests), which waits for 2 of "accounts", held by \
          "younger" (EndedDeadlockTests)
          """)
      #expect(locks.becomesEmpty && locks.statistics().deadlockFailures == 1)
      locks.awaitDeadlocks(1)
    }
  }

  //  older thread       younger thread
  //  holds 1            holds 2
  //  waits for 2
  //                     waits for 1, with a limit of an hour, and throws
  //  has 2
  @Test func theYoungerThreadFails() async throws {
    try await tryOnPlainThread {
      let locks = table(of: Int.self)
      let holds = Gate()
      let threads = [(1, 2), (2, 1)].map { own, other in
        let (go, outcome) = (Gate(), Guarded<Outcome?>(nil))
        let thread = NativeThread {
          locks.withLock(own) {
            holds.open()
            go.pass()
            outcome.withLock {
              $0 = Outcome.ofThread {
                try locks.withLock(all: [other, other + 10], timeout: .seconds(3600)) {}
              }
            }
          }
        }
        return (thread, go, outcome)
      }
      holds.pass()
      holds.pass()
      threads[0].1.open()
      locks.awaitWaiters(1, for: 2)
      threads[1].1.open()
      for thread in threads {
        thread.0.join()
      }
      #expect(threads.map { $0.2.withLock(\.self) } == [.had, .deadlocked])
      #expect(locks.becomesEmpty)
    }
  }

  //  older task                          younger
  //  holds 1                             holds 2
  //  waits for 2
  //                                      waits for 1: can't throw (a task, a thread)
  //  throws
  //                                      has 1
  @Test(arguments: [false, true]) func anOlderOneFailsIfTheYoungestCannot(isThread: Bool) async {
    await onPlainThread {
      let locks = table(of: Int.self)
      let older = Nesting(on: executor, 1, of: locks, label: "older") {
        try await locks.withLock(2) {}
      }
      let (holds, go) = (Gate(), Gate())
      var younger: Nesting?
      var thread: NativeThread?
      if isThread {
        thread = NativeThread {
          locks.withLock(2) {
            holds.open()
            go.pass()
            locks.withLock(1) {}
          }
        }
        holds.pass()
      } else {
        younger = Nesting(on: executor, 2, of: locks, label: "younger") {
          await locks.withUncancellableLock(1) {}
        }
      }
      older.wait(on: executor)
      go.open()
      younger?.wait(on: executor)
      executor.drain { older.attempt.outcome != nil }
      #expect(older.attempt.outcome == .deadlocked)
      #expect(older.error?.cycle.map(\.key) == ["2", "1"])
      thread?.join()
      executor.drain()
      #expect((younger?.attempt.outcome ?? .had) == .had && locks.becomesEmpty)
    }
  }

  //  thread       other thread
  //  holds 1      holds 2
  //  waits for 2  waits for 1
  //  Neither can throw: the test releases 1.
  @Test func aDeadlockOfWhomNoneCanThrowIsReported() async {
    await onPlainThread {
      let locks = table(of: Int.self)
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let held = Parcel<LockTable<Int>.Guard>(nil)
      let (hasFirst, hasSecond) = (Gate(), Gate())
      let first = NativeThread {
        held.put(locks.acquire(1))
        hasFirst.open()
        hasSecond.pass()
        locks.withLock(2) {}
      }
      let second = NativeThread {
        locks.withLock(2) {
          hasSecond.open()
          hasFirst.pass()
          locks.withLock(1) {}
        }
      }
      log.await()
      for _ in 0..<3 {
        locks.awaitAnInspection(by: -1)
      }
      #expect(log.events.count == 1 && log.events[0].failedWait == nil)
      held.take()?.release()
      second.join()
      first.join()
      #expect(locks.statistics().deadlockFailures == 0 && locks.becomesEmpty)
    }
  }

  @Test func aTaskThatWaitsForItselfFails() async throws {
    try await tryOnPlainThread {
      let locks = table(of: String.self)
      let log = Log<SuspectedDeadlock<String>>()
      locks.onSuspectedDeadlock { log.add($0) }
      let selfish = Nesting(on: executor, "k", of: locks, label: "selfish") {
        try await locks.withSharedLock("k") {}
      }
      selfish.wait(on: executor)
      executor.drain { selfish.attempt.outcome != nil }
      let error = try #require(selfish.error)
      #expect(error.cycle.count == 1 && error.cycle[0].waiter.label == "selfish")
      #expect(error.cycle[0].waiter.acquirer == error.cycle[0].blocker.acquirer)
      log.await()
      #expect(log.events.count == 1 && log.events[0].failedWait?.waiter.label == "selfish")
      #expect("\(log.events[0])".hasSuffix(" (selfish) was failed"))
      #expect(locks.becomesEmpty)
    }
  }

  //  The holder of a guard may give it to another task, which releases it before the second look.
  //  NoFalseAlarmTests and CrossTableDeadlockTests have more of this; here nobody may fail.
  @Test func noWaitFailsInOneOrderOfKeys() async {
    let locks = LockTable<Int>.diagnosed(deadlockDelay: .zero, onDeadlock: .failYoungest)
    let attempts = (0..<8).map { seed in
      Attempt {
        var dice = Dice(seed)
        for _ in 0..<Load.scaled(2000) {
          let keys = (0..<5).shuffled(using: &dice).prefix(2).sorted()
          let first = Parcel(try await locks.acquire(keys[0]))
          let second = try await locks.acquire(keys[1])
          async let release: Void? = first.take()?.release()
          await release
          second.release()
        }
      }
    }
    await onPlainThread {
      attempts.forEach { $0.join() }
      #expect(attempts.outcomes == [.had] && locks.becomesEmpty)
      #expect(locks.statistics().deadlockFailures == 0)
    }
  }
}

/// Deadlocks through several tables, which the monitor of one of them ends.
@Suite(.watched) struct EndedCrossTableDeadlockTests {
  private let executor = SteppedExecutor()

  private func nest(
    _ accounts: LockTable<Int>, _ names: LockTable<String>, isAccountFirst: Bool, label: String
  ) -> Nesting {
    isAccountFirst
      ? Nesting(on: executor, 7, of: accounts, label: label) { try await names.withLock("a") {} }
      : Nesting(on: executor, "a", of: names, label: label) { try await accounts.withLock(7) {} }
  }

  //  older                            younger
  //  holds 7 of accounts              holds "a" of names
  //  waits for "a"
  //                                   waits for 7, and throws
  //  Both tables want that, whichever finds the deadlock, and the hooks of both are told.
  @Test(arguments: [false, true]) func theYoungestMayWaitInAnyTable(isAccountFirst: Bool) async {
    await onPlainThread {
      let accounts = LockTable<Int>.diagnosed(onDeadlock: .failYoungest, name: "accounts")
      let names = LockTable<String>.diagnosed(onDeadlock: .failYoungest, name: "names")
      let (ofAccounts, ofNames) = (Log<SuspectedDeadlock<Int>>(), Log<SuspectedDeadlock<String>>())
      accounts.onSuspectedDeadlock { ofAccounts.add($0) }
      names.onSuspectedDeadlock { ofNames.add($0) }
      let older = nest(accounts, names, isAccountFirst: isAccountFirst, label: "older")
      let younger = nest(accounts, names, isAccountFirst: !isAccountFirst, label: "younger")
      older.wait(on: executor)
      younger.wait(on: executor)
      executor.drain { older.attempt.outcome != nil }
      #expect([older, younger].map(\.attempt.outcome) == [.had, .deadlocked])
      let cycle = younger.error?.cycle ?? []
      #expect(cycle.map(\.waiter.label) == ["younger", "older"])
      #expect(
        cycle.map(\.tableName) == (isAccountFirst ? ["accounts", "names"] : ["names", "accounts"]))
      #expect(Set(cycle.map(\.key)) == ["7", "a"])
      ofAccounts.await()
      ofNames.await()
      accounts.awaitAnInspection(by: -1)
      names.awaitAnInspection(by: "spare")
      #expect(ofAccounts.events.map(\.failedWait?.waiter.label) == ["younger"])
      #expect(ofNames.events.map(\.failedWait?.waiter.label) == ["younger"])
      #expect(ofAccounts.events[0].waits.compactMap(\.key) == [7])
      #expect(ofNames.events[0].waits.compactMap(\.key) == ["a"])
      #expect(accounts.becomesEmpty && names.becomesEmpty)
      accounts.awaitDeadlocks(1)
      names.awaitDeadlocks(1)
    }
  }

  /// In a table that only reports, no wait fails, be it the youngest.
  @Test(arguments: [false, true]) func aTableThatOnlyReportsFailsNoWait(isOlderInIt: Bool) async {
    await onPlainThread {
      let accounts = LockTable<Int>.diagnosed(onDeadlock: .failYoungest)
      let names = LockTable<String>.diagnosed()
      // The wait for a key of accounts is the one that may fail.
      let older = nest(accounts, names, isAccountFirst: isOlderInIt, label: "older")
      let younger = nest(accounts, names, isAccountFirst: !isOlderInIt, label: "younger")
      older.wait(on: executor)
      younger.wait(on: executor)
      executor.drain { older.attempt.outcome != nil && younger.attempt.outcome != nil }
      #expect(older.attempt.outcome == (isOlderInIt ? .had : .deadlocked))
      #expect(younger.attempt.outcome == (isOlderInIt ? .deadlocked : .had))
      #expect(accounts.becomesEmpty && names.becomesEmpty)
    }
  }

  //  Many tasks nest two keys each, of two tables, in any order, and try again after a deadlock. Each
  //  error has the cycle of its own call: its first waiter is the task that catches it.
  @Test func eachErrorHasItsOwnCycle() async {
    let left = LockTable<Int>.diagnosed(deadlockDelay: .zero, onDeadlock: .failYoungest)
    let right = LockTable<String>.diagnosed(deadlockDelay: .zero, onDeadlock: .failYoungest)
    let failures = Tally()
    let attempts = (0..<16).map { number in
      Attempt {
        var dice = Dice(number)
        for round in 0..<Load.scaled(200) {
          let label = "\(number).\(round)"
          try await LockLabel.$current.withValue(label) {
            while try await !nestAtRandom(
              left, right, with: &dice, failures: failures, label: label)
            {}
          }
        }
      }
    }
    await onPlainThread {
      attempts.forEach { $0.join() }
      #expect(attempts.outcomes == [.had] && left.becomesEmpty && right.becomesEmpty)
      #expect(failures.count > 0)
      #expect(
        left.statistics().deadlockFailures + right.statistics().deadlockFailures == failures.count)
    }
  }
}

/// Returns false after a deadlock.
private func nestAtRandom(
  _ left: LockTable<Int>, _ right: LockTable<String>, with dice: inout Dice, failures: Tally,
  label: String
) async throws -> Bool {
  let (number, text) = (
    Int.random(in: 0..<3, using: &dice), "\(Int.random(in: 0..<3, using: &dice))"
  )
  let isLeftFirst = Bool.random(using: &dice)
  do {
    if isLeftFirst {
      try await left.withLock(number) {
        await Task.yield()
        try await right.withLock(text) { await Task.yield() }
      }
    } else {
      try await right.withLock(text) {
        await Task.yield()
        try await left.withLock(number) { await Task.yield() }
      }
    }
    return true
  } catch let error as LockTableError where error.reason == .deadlock {
    failures.add()
    let cycle = error.cycle
    #expect(cycle.first?.waiter.label == label && cycle.last?.blocker.label == label)
    #expect(cycle.first?.key == (isLeftFirst ? text : "\(number)"))
    return false
  }
}
