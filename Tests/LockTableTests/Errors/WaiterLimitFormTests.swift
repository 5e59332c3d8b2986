import LockTable
import Testing

/// A call's own limit of waiters, and that of a table.
@Suite(.watched) struct WaiterLimitFormTests {
  typealias Table = LockTable<String>
  typealias Step = @Sendable (Table, Int?) throws -> Void
  typealias AsyncStep = @Sendable (Table, Int?) async throws -> Void

  private static let hour = Duration.seconds(3600)

  /// All forms that block and can throw. They wait for "k".
  private static let forms: [Step] = [
    { try $0.withLock("k", timeout: hour, maximumWaiters: $1) {} },
    { try $0.withLock("k", until: .now + hour, maximumWaiters: $1) {} },
    { try $0.withSharedLock("k", timeout: hour, maximumWaiters: $1) {} },
    { try $0.withSharedLock("k", until: .now + hour, maximumWaiters: $1) {} },
    { try $0.withLock("k", mode: .shared, timeout: hour, maximumWaiters: $1) {} },
    { try $0.withLock("k", mode: .shared, until: .now + hour, maximumWaiters: $1) {} },
    { try $0.acquire("k", timeout: hour, maximumWaiters: $1).release() },
    { try $0.acquire("k", until: .now + hour, maximumWaiters: $1).release() },
    { try $0.acquireShared("k", timeout: hour, maximumWaiters: $1).release() },
    { try $0.acquireShared("k", until: .now + hour, maximumWaiters: $1).release() },
    { try $0.acquire("k", mode: .shared, timeout: hour, maximumWaiters: $1).release() },
    { try $0.acquire("k", mode: .shared, until: .now + hour, maximumWaiters: $1).release() },
    { try $0.withLock(all: ["a", "k"], timeout: hour, maximumWaiters: $1) {} },
    { try $0.withLock(all: ["a", "k"], until: .now + hour, maximumWaiters: $1) {} },
    { try $0.withLock(exclusive: ["a"], shared: ["k"], timeout: hour, maximumWaiters: $1) {} },
    { try $0.withLock(exclusive: ["a"], shared: ["k"], until: .now + hour, maximumWaiters: $1) {} },
    { try $0.acquire(all: ["a", "k"], timeout: hour, maximumWaiters: $1).release() },
    { try $0.acquire(all: ["a", "k"], until: .now + hour, maximumWaiters: $1).release() },
    {
      try $0.acquire(exclusive: ["k"], shared: ["a"], timeout: hour, maximumWaiters: $1).release()
    },
    {
      try $0.acquire(exclusive: ["k"], shared: ["a"], until: .now + hour, maximumWaiters: $1)
        .release()
    },
  ]

  /// All forms that suspend and throw errors of the table.
  private static let asyncForms: [AsyncStep] = [
    { try await $0.withLock("k", maximumWaiters: $1) {} },
    { try await $0.withLock("k", timeout: hour, maximumWaiters: $1) {} },
    { try await $0.withLock("k", until: .now + hour, maximumWaiters: $1) {} },
    { try await $0.withSharedLock("k", maximumWaiters: $1) {} },
    { try await $0.withSharedLock("k", timeout: hour, maximumWaiters: $1) {} },
    { try await $0.withSharedLock("k", until: .now + hour, maximumWaiters: $1) {} },
    { try await $0.withLock("k", mode: .shared, maximumWaiters: $1) {} },
    { try await $0.withLock("k", mode: .shared, timeout: hour, maximumWaiters: $1) {} },
    { try await $0.withLock("k", mode: .shared, until: .now + hour, maximumWaiters: $1) {} },
    { try await $0.acquire("k", maximumWaiters: $1).release() },
    { try await $0.acquire("k", timeout: hour, maximumWaiters: $1).release() },
    { try await $0.acquire("k", until: .now + hour, maximumWaiters: $1).release() },
    { try await $0.acquireShared("k", maximumWaiters: $1).release() },
    { try await $0.acquireShared("k", timeout: hour, maximumWaiters: $1).release() },
    { try await $0.acquireShared("k", until: .now + hour, maximumWaiters: $1).release() },
    { try await $0.acquire("k", mode: .exclusive, maximumWaiters: $1).release() },
    { try await $0.acquire("k", mode: .exclusive, timeout: hour, maximumWaiters: $1).release() },
    {
      try await $0.acquire("k", mode: .exclusive, until: .now + hour, maximumWaiters: $1).release()
    },
    { try await $0.withLock(all: ["a", "k"], maximumWaiters: $1) {} },
    { try await $0.withLock(all: ["a", "k"], timeout: hour, maximumWaiters: $1) {} },
    { try await $0.withLock(all: ["a", "k"], until: .now + hour, maximumWaiters: $1) {} },
    { try await $0.withLock(exclusive: ["a"], shared: ["k"], maximumWaiters: $1) {} },
    {
      try await $0.withLock(exclusive: ["a"], shared: ["k"], timeout: hour, maximumWaiters: $1) {}
    },
    {
      try await $0.withLock(
        exclusive: ["a"], shared: ["k"], until: .now + hour, maximumWaiters: $1
      ) {}
    },
    { try await $0.acquire(all: ["a", "k"], maximumWaiters: $1).release() },
    { try await $0.acquire(all: ["a", "k"], timeout: hour, maximumWaiters: $1).release() },
    { try await $0.acquire(all: ["a", "k"], until: .now + hour, maximumWaiters: $1).release() },
    { try await $0.acquire(exclusive: ["k"], shared: ["a"], maximumWaiters: $1).release() },
    {
      try await $0.acquire(exclusive: ["k"], shared: ["a"], timeout: hour, maximumWaiters: $1)
        .release()
    },
    {
      try await $0.acquire(exclusive: ["k"], shared: ["a"], until: .now + hour, maximumWaiters: $1)
        .release()
    },
  ]

  /// Runs `body` with each form, for a table whose key "k" is held and waited for by one task.
  private func withOneWaiter(
    _ configuration: LockTableConfiguration,
    _ body: @escaping @Sendable (Table, SteppedExecutor) throws -> Void
  ) async throws {
    try await tryOnPlainThread {
      let locks = Table.unmonitored(configuration)
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let waiter = executor.start { try await locks.withLock("k") {} }
      try body(locks, executor)
      #expect(!locks.isLocked("a"), "a call that was refused left a key")
      holder.release()
      executor.drain()
      #expect(waiter.outcome == .had && locks.isEmpty)
    }
  }

  private static func refusal(_ body: () throws -> Void) throws -> LockTableError {
    do {
      try body()
    } catch {
      return try #require(error as? LockTableError)
    }
    throw CancellationError()
  }

  private static func refusal(
    of form: @escaping AsyncStep, _ locks: Table, _ limit: Int?, on executor: SteppedExecutor
  ) throws -> LockTableError {
    let refused = Guarded<(any Error)?>(nil)
    _ = executor.start {
      do {
        try await form(locks, limit)
      } catch {
        refused.withLock { $0 = error }
      }
    }
    return try #require(refused.withLock { $0 } as? LockTableError)
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aCallsOwnLimitRefusesIt(fairness: LockTableConfiguration.Fairness) async throws {
    try await withOneWaiter(.init(fairness: fairness)) { locks, executor in
      for limit in [1, 0, -1] {
        for form in Self.forms {
          let error = try Self.refusal { try form(locks, limit) }
          #expect(error.reason == .tooManyWaiters && error.waiterLimit == .call(max(limit, 0)))
          #expect(error.key(as: String.self) == "k" && error.waited == .zero)
        }
        for form in Self.asyncForms {
          let error = try Self.refusal(of: form, locks, limit, on: executor)
          #expect(error.reason == .tooManyWaiters && error.waiterLimit == .call(max(limit, 0)))
          #expect(error.key(as: String.self) == "k" && error.waited == .zero)
        }
      }
    }
  }

  @Test func theStricterLimitCounts() async throws {
    let crowded = "k has 1 waiter already, as many as allowed"
    try await withOneWaiter(.init(maximumWaitersPerKey: 1)) { locks, executor in
      for limit in [nil, 1, 2, Int.max] {
        let error = try Self.refusal { try Self.forms[0](locks, limit) }
        #expect("\(error)" == crowded && error.waiterLimit == .key(1))
        let other = try Self.refusal(of: Self.asyncForms[0], locks, limit, on: executor)
        #expect("\(other)" == crowded)
      }
      let error = try Self.refusal { try Self.forms[0](locks, 0) }
      #expect("\(error)" == "k was not free, and the call may not wait")
    }
    try await withOneWaiter(.init(maximumWaitersPerKey: 5)) { locks, _ in
      let error = try Self.refusal { try Self.forms[0](locks, 1) }
      #expect("\(error)" == "k has 1 waiter or more already, as many as the call allows")
    }
  }

  @Test func aCallBelowItsLimitWaits() async throws {
    try await tryOnPlainThread {
      for limit in [2, nil, Int.max] {
        for form in Self.asyncForms {
          let locks = Table()
          let executor = SteppedExecutor()
          let holder = locks.acquire("k")
          let first = executor.start { try await locks.withLock("k") {} }
          let second = executor.start { try await form(locks, limit) }
          #expect(second.outcome == nil)
          holder.release()
          executor.drain(until: { first.outcome != nil && second.outcome != nil })
          #expect(first.outcome == .had && second.outcome == .had && locks.isEmpty)
        }
      }
    }
  }

  @Test func aThreadBelowItsLimitWaits() async {
    await onPlainThread {
      for form in Self.forms {
        let locks = Table()
        let holder = locks.acquire("k")
        let thread = NativeThread {
          #expect(Outcome.ofThread { try form(locks, 1) } == .had)
        }
        while locks.statistics().waiters == 0 {}
        holder.release()
        thread.join()
        #expect(locks.isEmpty)
      }
    }
  }

  @Test func aFreeKeyNeedsNoPlace() async {
    await onPlainThread {
      let locks = Table(configuration: .init(maximumWaiters: 1))
      for form in Self.forms {
        #expect(Outcome.ofThread { try form(locks, 0) } == .had)
      }
      let executor = SteppedExecutor()
      for form in Self.asyncForms {
        #expect(executor.start { try await form(locks, 0) }.outcome == .had)
      }
      #expect(locks.isEmpty)
    }
  }

  /// A key without an identity, which has references: the wait is by a pin of its own.
  @Test func anyKindOfKeyCanBeWaitedForWithALimit() async throws {
    try await tryOnPlainThread {
      func check<Key: Hashable & Sendable>(_ key: Key) throws {
        let locks = LockTable<Key>()
        let holder = locks.acquire(key)
        let error = try Self.refusal {
          try locks.withLock(key, timeout: Self.hour, maximumWaiters: 0) {}
        }
        #expect(error.key(as: Key.self) == key)
        let thread = NativeThread {
          #expect(
            Outcome.ofThread {
              try locks.withLock(key, timeout: Self.hour, maximumWaiters: 1) {}
              try locks.acquireShared(key, timeout: Self.hour, maximumWaiters: 1).release()
            } == .had)
        }
        while locks.statistics().waiters == 0 {}
        holder.release()
        thread.join()
        #expect(locks.isEmpty)
      }
      try check(1)
      try check("a")
      try check(String(repeating: "long ", count: 300))
      try check(Place.room("a", floor: 1))
      try check(Place.shelf(1))
      try check(Node(1))
      try check(1.5)
    }
  }
}
