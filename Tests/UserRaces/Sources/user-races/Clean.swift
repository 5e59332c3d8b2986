internal import CUser
internal import LockTable

/// Each form, with numbers that nothing but the lock protects.
func clean() async {
  for fairness in [LockTableConfiguration.Fairness.adaptive, .fifo] {
    for diagnostics in [nil, LockTableConfiguration.Diagnostics(deadlockDelay: .milliseconds(2))] {
      let configuration = LockTableConfiguration(
        fairness: fairness, stripeCount: 1, diagnostics: diagnostics)
      await check([1, 2, 3, 4], configuration)
      await check(["one", "two", "zwölf", String(repeating: "long", count: 40)], configuration)
      await check(["one", "two", "three", "four"].map(Name.init), configuration)
    }
  }
  use_from_c()
  guardsAreHandedOn()
  guardsOutliveTheirTable()
  limitsPass()
  await tasksAreCancelled()
  await limitsOfTasksPass()
  await guardsOfTasksAreHandedOn()
  await permitsOrder()
  await valuesComeAndGo()
  await statesComeAndGo()
  await flightsArePassedOn()
  print("clean")
}

private let threads = 4
private let rounds = 300

/// What a key protects: readers see it whole, and no count is lost.
private struct Account: Sendable {
  let debit = Cell()
  let credit = Cell()

  func move() {
    debit.value += 1
    credit.value += 1
  }

  func look() {
    precondition(debit.value == credit.value, "a reader saw half a change")
  }
}

private func check<Key: Hashable & Sendable>(
  _ keys: [Key], _ configuration: LockTableConfiguration
) async {
  let locks = LockTable<Key>(configuration: configuration)
  let accounts = Dictionary(uniqueKeysWithValues: keys.map { ($0, Account()) })
  let told = Told()
  if configuration.diagnostics != nil {
    locks.onSlowWait(threshold: .milliseconds(1)) { told.note($0.description) }
    locks.onLongHold(threshold: .milliseconds(1)) { told.note($0.description) }
    locks.onSuspectedDeadlock { told.note($0.description) }
  }
  let use = Use(locks: locks, keys: keys, accounts: accounts)
  onThreads(threads) { thread in
    for round in 0..<rounds {
      use.inThread(thread + round)
    }
  }
  let isOver = Mailbox<Void>()
  let thread = NativeThread {
    for round in 0..<rounds {
      use.inThread(round)
    }
    isOver.send(())
  }
  await withTaskGroup { group in
    for task in 0..<threads {
      group.addTask {
        for round in 0..<rounds {
          await use.inTask(task + round)
        }
      }
    }
  }
  isOver.receive()
  thread.join()
  use.finish()
}

/// Who has all permits of a key is alone with what they stand for, and who has one is with readers.
private func permitsOrder() async {
  for table in [SemaphoreTable<Int>(permits: 3), SemaphoreTable<Int>(permits: { _ in 3 })] {
    let account = Account()
    onThreads(threads) { thread in
      for round in 0..<rounds {
        if (thread + round) % 2 == 0 {
          try? table.withPermits(3, of: 1) { account.move() }
        } else {
          table.withPermit(1) { account.look() }
        }
      }
    }
    await withTaskGroup { group in
      for task in 0..<threads {
        group.addTask {
          for round in 0..<rounds {
            if (task + round) % 2 == 0 {
              try? await table.withPermits(3, of: 1) { account.move() }
            } else {
              try? await table.acquirePermit(1).release()
            }
          }
        }
      }
    }
    await table.withUncancellablePermit(1) { account.look() }
  }
}

/// What hooks were told, behind a lock of another table.
private final class Told: Sendable {
  private let locks = LockTable<String>()
  private let length = Cell()

  func note(_ text: String) {
    locks.withLock("told") { length.value += text.utf8.count }
  }
}

private struct Use<Key: Hashable & Sendable>: Sendable {
  let locks: LockTable<Key>
  let keys: [Key]
  let accounts: [Key: Account]

  private func pick(_ number: Int) -> (Key, Account) {
    let key = keys[number % keys.count]
    guard let account = accounts[key] else { fatalError("a key has no account") }
    return (key, account)
  }

  func finish() {
    for (key, account) in accounts {
      locks.withLock(key) { account.look() }
    }
  }

  func inThread(_ number: Int) {
    let (key, account) = pick(number)
    let (other, otherAccount) = pick(number + 1)
    switch number % 13 {
    case 0: locks.withLock(key) { account.move() }
    case 1: try? locks.withLock(key, timeout: .milliseconds(1)) { account.move() }
    case 2: try? locks.withLock(key, until: .now + .seconds(100)) { account.move() }
    case 3: locks.withLockIfAvailable(key) { account.move() }
    case 4: locks.withSharedLock(key) { account.look() }
    case 5: try? locks.withSharedLock(key, timeout: .milliseconds(1)) { account.look() }
    case 6: locks.withSharedLockIfAvailable(key) { account.look() }
    case 7:
      locks.withLock(all: [key, other]) {
        account.move()
        otherAccount.move()
      }
    case 8:
      locks.withLock(exclusive: [key], shared: [other]) {
        account.move()
        otherAccount.look()
      }
    case 9:
      let writing = locks.acquire(key)
      account.move()
      let reading = writing.downgrade()
      account.look()
      reading.release()
    case 10:
      let reading = locks.acquireShared(key)
      account.look()
      reading.release()
    case 11:
      _ = locks.isLocked(key)
      _ = locks.count
      _ = locks.statistics
      _ = locks.snapshot().description
    default:
      let writing = locks.acquire(key)
      account.move()
      writing.release()
    }
  }

  func inTask(_ number: Int) async {
    let (key, account) = pick(number)
    let (other, otherAccount) = pick(number + 1)
    switch number % 11 {
    case 0: try? await locks.withLock(key) { account.move() }
    case 1:
      try? await locks.withLock(key) {
        account.debit.value += 1
        await Task.yield()
        account.credit.value += 1
      }
    case 2: try? await locks.withLock(key, timeout: .milliseconds(1)) { account.move() }
    case 3: try? await locks.withLock(key, until: .now + .seconds(100)) { account.move() }
    case 4: await locks.withLockIfAvailable(key) { account.move() }
    case 5:
      try? await locks.withSharedLock(key) {
        account.look()
        await Task.yield()
        account.look()
      }
    case 6: try? await locks.withSharedLock(key, timeout: .milliseconds(1)) { account.look() }
    case 7:
      try? await locks.withLock(all: [key, other]) {
        account.move()
        await Task.yield()
        otherAccount.move()
      }
    case 8:
      try? await locks.withLock(exclusive: [key], shared: [other]) {
        account.move()
        otherAccount.look()
      }
    case 9:
      guard let writing = try? await locks.acquire(key) else { return }
      account.move()
      await Task.yield()
      let reading = writing.downgrade()
      account.look()
      reading.release()
    default:
      guard let reading = try? await locks.acquireShared(key) else { return }
      account.look()
      reading.release()
    }
  }
}

// MARK: - Guards

/// One thread acquires, and another releases.
private func guardsAreHandedOn() {
  let locks = oneStripe(of: Int.self)
  let account = Account()
  onThreads(threads) { _ in
    for _ in 0..<rounds {
      let guards = Mailbox<LockTable<Int>.Guard>()
      guards.send(locks.acquire(1))
      account.move()
      // Only now, so that there is something that the hand-off orders.
      let other = NativeThread {
        let writing = guards.receive()
        account.move()
        writing.release()
      }
      other.join()
    }
  }
}

private func guardsOutliveTheirTable() {
  for _ in 0..<rounds {
    let account = Account()
    let guards = Mailbox<LockTable<Name>.Guard>()
    let locks = LockTable<Name>()
    guards.send(locks.acquire(Name("one")))
    account.move()
    onThreads(
      { guards.receive().release() },
      { [locks] in locks.withLock(Name("one")) { account.move() } })
  }
}

private func guardsOfTasksAreHandedOn() async {
  let locks = oneStripe(of: Int.self, fairness: .fifo)
  let account = Account()
  await withTaskGroup { group in
    for _ in 0..<threads {
      group.addTask {
        for _ in 0..<rounds {
          guard let writing = try? await locks.acquire(1) else { return }
          account.move()
          let guards = Mailbox<LockTable<Int>.Guard>()
          guards.send(writing)
          await Task {
            let writing = guards.receive()
            account.move()
            writing.release()
          }.value
        }
      }
    }
  }
}

// MARK: - Limits and cancellation

/// A deadline or a cancellation of one lets others in.
private func limitsPass() {
  let locks = oneStripe(of: Name.self, fairness: .fifo)
  let account = Account()
  onThreads(threads) { thread in
    for round in 0..<rounds {
      if (thread + round).isMultiple(of: 2) {
        try? locks.withLock(Name("one"), timeout: .microseconds(50)) { account.move() }
      } else {
        try? locks.withSharedLock(Name("one"), timeout: .microseconds(200)) { account.look() }
      }
    }
  }
}

private func limitsOfTasksPass() async {
  let locks = oneStripe(of: Name.self)
  let account = Account()
  await inManyTasks { number in
    if number.isMultiple(of: 2) {
      try? await locks.withLock(Name("one"), timeout: .microseconds(50)) {
        account.move()
        await Task.yield()
      }
    } else {
      try? await locks.withSharedLock(Name("one"), timeout: .microseconds(200)) {
        account.look()
        await Task.yield()
      }
    }
  }
}

private func tasksAreCancelled() async {
  let locks = oneStripe(of: Int.self)
  let account = Account()
  await inManyTasks { number in
    let task = Task {
      try await locks.withLock(1) {
        account.move()
        await Task.yield()
      }
    }
    if number.isMultiple(of: 2) {
      task.cancel()
    }
    try? await task.value
  }
}

/// On the pool, and on threads that jobs are sent to.
private func inManyTasks(_ body: @escaping @Sendable (Int) async -> Void) async {
  await withTaskGroup { group in
    for task in 0..<threads {
      group.addTask {
        for round in 0..<rounds {
          await body(task + round)
        }
      }
    }
  }
  await inTasks(
    {
      for round in 0..<rounds {
        await body(round)
      }
    },
    {
      for round in 0..<rounds {
        await body(round + 1)
      }
    })
}
