import Foundation
import LockTable
import Testing

/// Deadlocks of acquirers that hold a key of one table and wait for a key of another one.
@Suite(.watched) struct CrossTableDeadlockTests {
  private let executor = SteppedExecutor()

  private func table<Key>(_ name: String? = nil, of _: Key.Type) -> LockTable<Key> {
    LockTable(
      name: name, configuration: .init(diagnostics: .init(deadlockDelay: .milliseconds(2))),
      seed: (0, 0), isMonitored: false)
  }

  /// A task that holds a key of one table, and waits for one of another once `go` is open.
  private func party<Held, Wanted>(
    _ held: Held, of first: LockTable<Held>, then wanted: Wanted, of second: LockTable<Wanted>,
    go: Halt
  ) -> Attempt {
    executor.start {
      try await first.withLock(held) {
        await go.pass()
        try await second.withLock(wanted) {}
      }
    }
  }

  //  task                    other task
  //  holds 7 of accounts     holds "a" of names
  //  waits for "a"           waits for 7
  @Test func eachTableReportsACycleThroughBoth() async {
    await onPlainThread {
      let accounts = table("accounts", of: Int.self)
      let names = table(of: String.self)
      let (ofAccounts, ofNames) = (Log<SuspectedDeadlock<Int>>(), Log<SuspectedDeadlock<String>>())
      accounts.onSuspectedDeadlock { ofAccounts.add($0) }
      names.onSuspectedDeadlock { ofNames.add($0) }
      let go = Halt()
      let first = party(7, of: accounts, then: "a", of: names, go: go)
      let second = party("a", of: names, then: 7, of: accounts, go: go)
      go.open()
      executor.drain()
      ofAccounts.await()
      ofNames.await()
      accounts.awaitAnInspection(by: -1)
      names.awaitAnInspection(by: "spare")
      #expect(ofAccounts.events.count == 1 && ofNames.events.count == 1)
      let waits = ofAccounts.events[0].waits.sorted { $0.name < $1.name }
      #expect(waits.map(\.name) == ["7", "a"])
      #expect(waits.map(\.key) == [7, nil])
      #expect(waits.map(\.tableName) == ["accounts", nil])
      #expect(waits.map(\.isInOtherTable) == [false, true])
      #expect(waits[0].blocker.acquirer == waits[1].waiter.acquirer)
      #expect(waits[1].blocker.acquirer == waits[0].waiter.acquirer)
      #expect("\(waits[0])".contains(#" waits for 7 of "accounts" (exclusive) at "#))
      #expect("\(waits[1])".contains(" waits for a of another table (exclusive) at "))
      let again = ofNames.events[0].waits.sorted { $0.name < $1.name }
      #expect(again.map(\.key) == [nil, "a"] && again.map(\.isInOtherTable) == [true, false])
      #expect(again.map(\.waiter.acquirer) == waits.map(\.waiter.acquirer))
      first.cancel()
      executor.drain()
      #expect(first.outcome == .cancelled && second.outcome == .had)
      #expect(accounts.becomesEmpty && names.becomesEmpty)
    }
  }

  //  thread        task          other task
  //  holds 1       holds "b"     holds 3 of a third table
  //  waits for "b" waits for 3   waits for 1
  //  Only the first table has a hook.
  @Test func aCycleOfThreadsAndTasksGoesThroughTablesWithoutHooks() async {
    await onPlainThread {
      let (first, third) = (table(of: Int.self), table(of: Int.self))
      let second = table(of: String.self)
      let log = Log<SuspectedDeadlock<Int>>()
      first.onSuspectedDeadlock { log.add($0) }
      let (holds, start) = (Gate(), Gate())
      let thread = NativeThread {
        first.withLock(1) {
          holds.open()
          start.pass()
          second.withLock("b") {}
        }
      }
      holds.pass()
      let go = Halt()
      let task = party("b", of: second, then: 3, of: third, go: go)
      let other = party(3, of: third, then: 1, of: first, go: go)
      start.open()
      go.open()
      executor.drain()
      log.await()
      let waits = log.events[0].waits
      #expect(waits.count == 3 && Set(waits.map(\.name)) == ["1", "b", "3"])
      #expect(waits.compactMap(\.key) == [1] && waits.count { $0.isInOtherTable } == 2)
      #expect(waits.count { $0.waiter.thread != nil } == 1)
      for (wait, next) in zip(waits, waits.dropFirst() + waits.prefix(1)) {
        #expect(wait.blocker.acquirer == next.waiter.acquirer)
      }
      other.cancel()
      let driver = executor.drive()
      thread.join()
      executor.stop(driver)
      #expect(task.outcome == .had && other.outcome == .cancelled)
      #expect(first.becomesEmpty && second.becomesEmpty && third.becomesEmpty)
    }
  }

  //  Two tasks are in a deadlock through two tables, and a third waits for one of them.
  //  The third one's table reports nothing: none of its waits is in the deadlock.
  @Test func aWaitThatLeadsToADeadlockIsNotInIt() async {
    await onPlainThread {
      let (left, right) = (table(of: Int.self), table(of: Int.self))
      let onlooker = table(of: String.self)
      let (log, none) = (Log<SuspectedDeadlock<Int>>(), Log<SuspectedDeadlock<String>>())
      left.onSuspectedDeadlock { log.add($0) }
      onlooker.onSuspectedDeadlock { none.add($0) }
      let go = Halt()
      let first = executor.start {
        try await onlooker.withLock("seen") {
          try await left.withLock(1) {
            await go.pass()
            try await right.withLock(2) {}
          }
        }
      }
      let second = party(2, of: right, then: 1, of: left, go: go)
      go.open()
      let third = executor.start { try await onlooker.withLock("seen") {} }
      executor.drain()
      log.await()
      for _ in 0..<3 {
        onlooker.awaitAnInspection(by: "spare")
      }
      #expect(none.events.isEmpty && log.events.map(\.waits.count) == [2])
      first.cancel()
      executor.drain()
      #expect([first, second, third].map(\.outcome) == [.cancelled, .had, .had])
    }
  }

  //  holder of 1's guard    task              hook's thread
  //                         holds 2
  //  waits for 2            waits for 1
  //                                           looks at 1 and 2: a cycle
  //  (gave the guard away)                    releases 1
  //                                           looks again: no cycle
  @Test func aGuardThatWasHandedOnMakesNoDeadlock() async {
    await onPlainThread {
      let left = LockTable<TellingKey>.diagnosed(deadlockDelay: .zero)
      let right = LockTable<TellingKey>.diagnosed(deadlockDelay: .zero)
      let log = Log<SuspectedDeadlock<TellingKey>>()
      let (given, released) = (Parcel<LockTable<TellingKey>.Guard>(nil), Gate())
      let named = Guarded<Set<Int>>([])
      // Of the table's own thread, which is told apart by its first call of a hook: the threads of
      // other tests' tables look at these keys, too, at any time.
      let (looking, isKnown) = (Guarded<ObjectIdentifier?>(nil), Gate())
      let tell = Teller { number in
        guard looking.withLock(\.self) == ObjectIdentifier(Thread.current) else { return }
        let areBothNamed = named.withLock { $0.insert(number).inserted && $0 == [1, 2] }
        if areBothNamed, let guarded = given.take() {
          guarded.release()
          released.open()
        }
      }
      let (one, two) = (TellingKey(number: 1, teller: tell), TellingKey(number: 2, teller: tell))
      let go = Halt()
      let first = executor.start {
        given.put(try await left.acquire(one))
        await go.pass()
        try await right.withLock(two) {}
      }
      let second = party(two, of: right, then: one, of: left, go: go)
      go.open()
      executor.drain()
      left.onSlowWait(threshold: .zero) { wait in
        guard wait.key.key == one else { return }
        looking.withLock { $0 = ObjectIdentifier(Thread.current) }
        isKnown.open()
      }
      isKnown.pass()
      left.onSuspectedDeadlock { log.add($0) }
      released.pass()
      left.awaitAnInspection(by: TellingKey(number: 3, teller: tell))
      #expect(log.events.isEmpty)
      executor.drain()
      #expect([first, second].map(\.outcome) == [.had, .had])
      #expect(left.becomesEmpty && right.becomesEmpty)
    }
  }

  /// A table that another one looks at may end meanwhile, and ends as if it did not.
  @Test func tablesComeAndGoWhileOthersSearch() async {
    await onPlainThread {
      let locks = table(of: Int.self)
      let log = Log<SuspectedDeadlock<Int>>()
      locks.onSuspectedDeadlock { log.add($0) }
      // A long wait, so that each inspection looks at all tables.
      let holder = locks.acquire(1)
      let waiter = NativeThread { locks.withLock(1) {} }
      let rounds = Load.scaled(2000)
      for round in 0..<rounds {
        let other = table(of: String.self)
        other.withLock("\(round)") {}
        if round % 100 == 0 {
          Thread.sleep(forTimeInterval: 0.001)
        }
      }
      weak var last: LockTable<String>?
      do {
        let other = table(of: String.self)
        last = other
      }
      while last != nil {
        Thread.sleep(forTimeInterval: 0.001)
      }
      #expect(log.events.isEmpty)
      holder.release()
      waiter.join()
      #expect(locks.becomesEmpty)
    }
  }
}

/// A key that calls a function when somebody asks for its text.
private struct TellingKey: Hashable, CustomStringConvertible {
  var number: Int
  var teller: Teller

  static func == (one: Self, two: Self) -> Bool { one.number == two.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }

  var description: String {
    teller.tell(number)
    return "\(number)"
  }
}

private final class Teller: Sendable {
  let tell: @Sendable (Int) -> Void

  init(_ tell: @escaping @Sendable (Int) -> Void) { self.tell = tell }
}
