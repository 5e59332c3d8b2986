internal import CUser
internal import LockTable

/// In each, two threads write to the cell one after the other, and nothing orders them.
///
/// Those with `optimised` in their names race in an optimised build. In others Swift's runtime orders
/// threads, as it has to look up the type of a value.
let races: [String: @Sendable (Cell) async -> Void] = [
  "no-lock": { cell in
    inTurn({ cell.value = 1 }, { cell.value = 2 })
  },
  "integers-in-turn": { keysInTurn(1, 2, $0) },
  "integers-together": { keysTogether(1, 2, $0) },
  "integers-waited-for": { keysWaitedFor(1, 2, $0) },
  "texts-in-turn": { keysInTurn("one", "two", $0) },
  "texts-together": { keysTogether("one", "two", $0) },
  "long-texts-in-turn": { keysInTurn(long("one"), long("two"), $0) },
  "long-texts-together": { keysTogether(long("one"), long("two"), $0) },
  "compared-in-turn": { keysInTurn(Name("one"), Name("two"), $0) },
  "compared-together": { keysTogether(Name("one"), Name("two"), $0) },
  "compared-waited-for": { keysWaitedFor(Name("one"), Name("two"), $0) },
  "one-spare-entry": { spareEntry($0) },
  "optimised-one-room-for-values": { valuesInTurn(stay: false, $0) },
  "optimised-values-in-turn": { valuesInTurn(stay: true, $0) },
  "states-in-turn": { statesInTurn($0) },
  "two-tables": { twoTables($0) },
  "readers-in-turn": { readersInTurn($0) },
  "readers-together": { readersTogether($0) },
  "readers-after-a-writer": { readersAfterWriter($0) },
  "write-before-the-lock": { writeBeforeLock($0) },
  "write-after-the-release": { writeAfterRelease($0) },
  "write-after-the-downgrade": { writeAfterDowngrade($0) },
  "guard-dropped": { guardDropped($0) },
  "attempt-failed": { attemptFailed($0) },
  "timed-out": { timedOut($0) },
  "several": { several($0) },
  "tasks": { await tasks($0) },
  "tasks-waited-for": { await tasksWaitedFor($0) },
  "tasks-with-limits": { await tasksWithLimits($0) },
  "task-readers": { await taskReaders($0) },
  "deadlines-from-c": { $0.withPointer { race_with_deadlines($0) } },
]

private func long(_ text: String) -> String {
  String(repeating: text, count: 40)
}

/// Each on a thread of its own, one after the other in time.
private func inTurn(
  _ first: @escaping @Sendable () -> Void, _ second: @escaping @Sendable () -> Void
) {
  let turns = Turns()
  onThreads(
    {
      first()
      turns.pass()
    },
    {
      turns.wait(for: 1)
      second()
    })
}

// MARK: - Different keys

/// A value that does not stay leaves its memory to the next one.
private func valuesInTurn(stay: Bool, _ cell: Cell) {
  let table = MutexTable<Int, Int>(configuration: LockTableConfiguration(stripeCount: 1))
  let use: @Sendable (Int) -> Void = { key in
    table.withLock(key) { value in
      value = key
      cell.value = key
      if !stay { value = nil }
    }
  }
  inTurn({ use(1) }, { use(2) })
}

private func statesInTurn(_ cell: Cell) {
  let table = StateTable<Int, Int>(configuration: LockTableConfiguration(stripeCount: 1)) { $0 }
  let use: @Sendable (Int) -> Void = { key in
    try? table.withLock(key) { state in
      state += 1
      cell.value = key
    }
  }
  inTurn({ use(1) }, { use(2) })
}

/// The one place that a stripe has without allocating is used by both.
private func keysInTurn<Key: Hashable & Sendable>(_ one: Key, _ other: Key, _ cell: Cell) {
  let locks = oneStripe(of: Key.self)
  inTurn({ locks.withLock(one) { cell.value = 1 } }, { locks.withLock(other) { cell.value = 2 } })
}

private func keysTogether<Key: Hashable & Sendable>(_ one: Key, _ other: Key, _ cell: Cell) {
  let locks = oneStripe(of: Key.self)
  let turns = Turns()
  onThreads(
    {
      locks.withLock(one) {
        turns.pass()
        turns.wait(for: 2)
        cell.value = 1
        turns.pass()
      }
    },
    {
      turns.wait(for: 1)
      locks.withLock(other) {
        turns.pass()
        turns.wait(for: 3)
        cell.value = 2
      }
    })
}

/// Both are waited for, in a queue, and released by the same thread.
private func keysWaitedFor<Key: Hashable & Sendable>(_ one: Key, _ other: Key, _ cell: Cell) {
  let locks = oneStripe(of: Key.self, fairness: .fifo)
  let turns = Turns()
  let first = locks.acquire(one)
  let second = locks.acquire(other)
  let threads = [(one, 1), (other, 2)].map { key, value in
    NativeThread {
      locks.withLock(key) { cell.value = value }
      turns.pass()
    }
  }
  while locks.waiters < 2 {}
  first.release()
  turns.wait(for: 1)
  second.release()
  for thread in threads {
    thread.join()
  }
}

extension LockTable {
  /// How many wait.
  fileprivate var waiters: Int {
    snapshot().keys.reduce(0) { $0 + $1.waiterCount }
  }
}

/// An entry that the first has left is the second's.
private func spareEntry(_ cell: Cell) {
  let locks = oneStripe(of: Int.self)
  let resident = locks.acquire(0)
  inTurn({ locks.withLock(1) { cell.value = 1 } }, { locks.withLock(2) { cell.value = 2 } })
  resident.release()
}

private func twoTables(_ cell: Cell) {
  let (one, other) = (LockTable<Int>(), LockTable<Int>())
  inTurn({ one.withLock(1) { cell.value = 1 } }, { other.withLock(1) { cell.value = 2 } })
}

private func several(_ cell: Cell) {
  let locks = oneStripe(of: Int.self)
  inTurn(
    { locks.withLock(all: [1, 2]) { cell.value = 1 } },
    { locks.withLock(all: [3, 4]) { cell.value = 2 } })
}

// MARK: - Readers

private func readersInTurn(_ cell: Cell) {
  let locks = LockTable<Int>()
  inTurn(
    { locks.withSharedLock(1) { cell.value = 1 } }, { locks.withSharedLock(1) { cell.value = 2 } })
}

private func readersTogether(_ cell: Cell) {
  let locks = LockTable<Int>()
  let turns = Turns()
  onThreads(
    {
      locks.withSharedLock(1) {
        turns.pass()
        turns.wait(for: 2)
        cell.value = 1
        turns.pass()
      }
    },
    {
      turns.wait(for: 1)
      locks.withSharedLock(1) {
        turns.pass()
        turns.wait(for: 3)
        cell.value = 2
      }
    })
}

/// Between writers, and let in together by one.
private func readersAfterWriter(_ cell: Cell) {
  let locks = oneStripe(of: Int.self, fairness: .fifo)
  let turns = Turns()
  let writer = locks.acquire(1)
  let threads = (1...2).map { turn in
    NativeThread {
      locks.withSharedLock(1) {
        turns.wait(for: turn)
        cell.value = turn
        turns.pass()
      }
    }
  }
  while locks.waiters < 2 {}
  writer.release()
  turns.pass()
  for thread in threads {
    thread.join()
  }
}

// MARK: - Outside the lock

private func writeBeforeLock(_ cell: Cell) {
  let locks = LockTable<Int>()
  inTurn(
    { locks.withLock(1) { cell.value = 1 } },
    {
      cell.value = 2
      locks.withLock(1) {}
    })
}

private func writeAfterRelease(_ cell: Cell) {
  let locks = LockTable<Int>()
  inTurn(
    {
      locks.withLock(1) {}
      cell.value = 1
    },
    { locks.withLock(1) { cell.value = 2 } })
}

private func writeAfterDowngrade(_ cell: Cell) {
  let locks = LockTable<Int>()
  inTurn(
    {
      let reading = locks.acquire(1).downgrade()
      cell.value = 1
      reading.release()
    },
    { locks.withSharedLock(1) { cell.value = 2 } })
}

private func guardDropped(_ cell: Cell) {
  let locks = LockTable<Int>()
  inTurn(
    {
      let _ = locks.acquire(1)
      cell.value = 1
    },
    { locks.withLock(1) { cell.value = 2 } })
}

/// A thread that holds the key writes; then another thread, which could not acquire it, does.
private func whileHeld(
  _ cell: Cell, _ locks: LockTable<Int>, _ other: @escaping @Sendable () -> Void
) {
  let turns = Turns()
  onThreads(
    {
      locks.withLock(1) {
        cell.value = 1
        turns.pass()
        turns.wait(for: 2)
      }
    },
    {
      turns.wait(for: 1)
      other()
      cell.value = 2
      turns.pass()
    })
}

private func attemptFailed(_ cell: Cell) {
  let locks = LockTable<Int>()
  whileHeld(cell, locks) { locks.withLockIfAvailable(1) { fatalError("held by two") } }
}

private func timedOut(_ cell: Cell) {
  let locks = LockTable<Int>()
  whileHeld(cell, locks) {
    try? locks.withLock(1, timeout: .milliseconds(1)) { fatalError("held by two") }
  }
}

// MARK: - Tasks

private func tasks(_ cell: Cell) async {
  let locks = oneStripe(of: Int.self)
  let turns = Turns()
  await inTasks(
    {
      try? await locks.withLock(1) { cell.value = 1 }
      turns.pass()
    },
    {
      turns.wait(for: 1)
      try? await locks.withLock(2) { cell.value = 2 }
    })
}

private func taskReaders(_ cell: Cell) async {
  let locks = oneStripe(of: Int.self)
  let turns = Turns()
  await inTasks(
    {
      try? await locks.withSharedLock(1) { cell.value = 1 }
      turns.pass()
    },
    {
      turns.wait(for: 1)
      try? await locks.withSharedLock(1) { cell.value = 2 }
    })
}

/// Both keys are held until both tasks wait, and released by the same thread.
private func tasksWaitedFor(
  _ cell: Cell, _ lock: @escaping @Sendable (LockTable<Int>, Int, () -> Void) async -> Void
) async {
  let locks = oneStripe(of: Int.self, fairness: .fifo)
  let turns = Turns()
  let holder = Mailbox<Void>()
  let thread = NativeThread {
    let first = locks.acquire(1)
    let second = locks.acquire(2)
    holder.send(())
    while locks.waiters < 2 {}
    first.release()
    turns.wait(for: 1)
    second.release()
  }
  holder.receive()
  await inTasks(
    {
      await lock(locks, 1) { cell.value = 1 }
      turns.pass()
    },
    { await lock(locks, 2) { cell.value = 2 } })
  thread.join()
}

private func tasksWaitedFor(_ cell: Cell) async {
  await tasksWaitedFor(cell) { locks, key, body in try? await locks.withLock(key) { body() } }
}

/// Deadlines are kept by one thread for all.
private func tasksWithLimits(_ cell: Cell) async {
  await tasksWaitedFor(cell) { locks, key, body in
    try? await locks.withLock(key, timeout: .seconds(3600)) { body() }
  }
}
