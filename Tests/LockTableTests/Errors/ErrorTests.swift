import LockTable
import Testing

/// What the errors of a table's own say.
@Suite(.watched) struct ErrorTests {
  private let hour = Duration.seconds(3600)

  /// Runs the body, which throws.
  private func error(of body: () throws -> Void) throws -> LockTableError {
    do {
      try body()
    } catch {
      return try #require(error as? LockTableError)
    }
    throw Missing()
  }

  private func asyncError(of body: () async throws -> Void) async throws -> LockTableError {
    do {
      try await body()
    } catch {
      return try #require(error as? LockTableError)
    }
    throw Missing()
  }

  @Test func aBlockingFormNamesKeyTableAndLimit() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<String>(name: "accounts")
      #expect(locks.name == "accounts")
      let held = locks.acquire("k")
      let limit = Duration.milliseconds(2)
      let forms: [() throws -> Void] = [
        { try locks.withLock("k", timeout: limit) {} },
        { try locks.withSharedLock("k", timeout: limit) {} },
        { try locks.withLock("k", mode: .shared, timeout: limit) {} },
        { try locks.acquire("k", timeout: limit).release() },
        { try locks.acquireShared("k", timeout: limit).release() },
        { try locks.acquire("k", mode: .exclusive, timeout: limit).release() },
        { try locks.withLock(all: ["a", "k", "z"], timeout: limit) {} },
        { try locks.withLock(exclusive: ["a"], shared: ["k", "z"], timeout: limit) {} },
        { try locks.acquire(all: ["a", "k", "z"], timeout: limit).release() },
        { try locks.acquire(exclusive: ["k"], shared: ["z"], timeout: limit).release() },
      ]
      for form in forms {
        let error = try self.error(of: form)
        #expect(error.reason == .timedOut && error.key(as: String.self) == "k")
        #expect(error.limit == limit && error.waited >= limit && error.tableName == "accounts")
        #expect("\(error)" == #"k of "accounts" was not free within 2 ms"#)
      }
      held.release()
      // Another test may be inspecting all tables that have names.
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aDeadlineBecomesTheTimeThatWasLeft() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<Int>()
      let held = locks.acquire(1)
      let past = try error { try locks.withLock(1, until: .now - .seconds(1)) {} }
      #expect("\(past)" == "1 was not free at once" && past.waited == .zero)
      #expect(try #require(past.limit) < .zero)
      let soon = try error { try locks.withLock(all: [1], until: .now + .milliseconds(2)) {} }
      // On a slow machine the deadline has passed when the call looks at it.
      let left = try #require(soon.limit)
      #expect(left <= .milliseconds(2) && (left <= .zero || soon.waited >= left))
      held.release()
    }
  }

  @Test func aGuardOfAThreadHasOneTypeOfError() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<Int>()
      func key(_ body: () throws(LockTableError) -> Void) -> Int? {
        do {
          try body()
        } catch {
          return error.key(as: Int.self)
        }
        return nil
      }
      let held = locks.acquire(1)
      #expect(
        key { () throws(LockTableError) in try locks.acquire(1, timeout: .zero).release() } == 1)
      #expect(
        key { () throws(LockTableError) in
          try locks.acquire(all: [1, 2], timeout: .zero).release()
        } == 1)
      held.release()
    }
  }

  @Test(arguments: Form.timed) func aTaskNamesKeyTableAndLimit(form: Form) async throws {
    let locks = LockTable<String>(name: "accounts")
    let held = try await locks.acquire("k")
    let error = try await asyncError {
      try await form.run("k", of: locks, limit: .milliseconds(2)) {}
    }
    #expect(error.reason == .timedOut && error.key(as: String.self) == "k")
    let limit = try #require(error.limit)
    // The time that is left until a deadline is less than the time until it was. On a slow machine
    // there may be none left.
    #expect(limit <= .milliseconds(2) && (limit <= .zero || error.waited >= limit))
    let time = limit > .zero ? "within" : "at once"
    #expect("\(error)".hasPrefix(#"k of "accounts" was not free \#(time)"#))
    held.release()
  }

  @Test(arguments: Form.allCases) func aRefusalNamesTheKeyAndDidNotWait(form: Form) async throws {
    try await tryOnPlainThread {
      let locks = LockTable<String>.unmonitored(.init(maximumWaitersPerKey: 1))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let first = executor.start { try await locks.withLock("k") {} }
      let error = Guarded<LockTableError?>(nil)
      let second = executor.start {
        do {
          try await form.run("k", of: locks) {}
        } catch let refusal as LockTableError {
          error.withLock { $0 = refusal }
          throw refusal
        }
      }
      #expect(second.outcome == .crowded)
      let refusal = try #require(error.withLock { $0 })
      #expect(refusal.waited == .zero && refusal.waiterLimit == .key(1))
      #expect("\(refusal)" == "k has 1 waiter already, as many as allowed")
      holder.release()
      executor.drain()
      #expect(first.outcome == .had)
    }
  }

  @Test func anyKindOfKeyIsNamed() async throws {
    try await tryOnPlainThread {
      func check<Key: Hashable & Sendable>(_ key: Key, _ other: Key) throws {
        let locks = LockTable<Key>()
        let held = locks.acquire(key)
        let error = try self.error { try locks.withLock(key, timeout: .zero) {} }
        #expect(error.key(as: Key.self) == key)
        for keys in [[key, other], [other, key]] {
          let error = try self.error { try locks.withLock(all: keys, timeout: .zero) {} }
          #expect(error.key(as: Key.self) == key)
        }
        held.release()
        #expect(locks.isEmpty)
      }
      try check(1, 2)
      try check("a", "b")
      try check(String(repeating: "long ", count: 50), "b")
      try check(AccountID(rawValue: 1), AccountID(rawValue: 2))
      try check(TenantUser(tenant: 1, user: "a"), TenantUser(tenant: 2, user: "a"))
      try check(Place.room("a", floor: 1), .nowhere)
      try check(LooseName(rawValue: "a"), LooseName(rawValue: "b"))
      try check(Node(1), Node(2))
      try check(1.5, 2.5)
    }
  }

  /// The hash alone does not say which.
  @Test(arguments: 0..<3) func ofKeysWithOneHashTheRightOneIsNamed(taken: Int) async throws {
    try await tryOnPlainThread {
      func check<Key: Hashable & Sendable>(_ keys: [Key]) throws {
        let locks = LockTable<Key>()
        let held = locks.acquire(keys[taken])
        let limits = [Duration.zero, .milliseconds(1)]
        for limit in limits {
          let error = try self.error { try locks.withLock(all: keys, timeout: limit) {} }
          #expect(error.key(as: Key.self) == keys[taken])
        }
        let executor = SteppedExecutor()
        let named = Guarded<Key?>(nil)
        let task = executor.start {
          do {
            try await locks.withLock(all: keys, timeout: .milliseconds(1)) {}
          } catch let error as LockTableError {
            named.withLock { $0 = error.key(as: Key.self) }
          }
        }
        executor.drain(until: { task.outcome != nil })
        #expect(named.withLock { $0 } == keys[taken])
        held.release()
        #expect(locks.isEmpty)
      }
      try check([Colliding(1), Colliding(2), Colliding(3)])
      try check([Colliding("a"), Colliding("b"), Colliding("c")])
      try check([ScriptedKey(1), ScriptedKey(2), ScriptedKey(3)])
    }
  }

  @Test func aCancelledCallForKeysWithOneHashLeavesNothing() async {
    await onPlainThread {
      let locks = LockTable<Colliding<String>>()
      let held = locks.acquire(Colliding("b"))
      let executor = SteppedExecutor()
      let task = executor.start {
        try await locks.withLock(all: [Colliding("a"), Colliding("b"), Colliding("c")]) {}
      }
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled && locks.count == 1)
      held.release()
      #expect(locks.isEmpty)
    }
  }

  /// A collection that makes its keys anew each time.
  @Test func keysThatAreNotThereAgainHaveNoName() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<Int>(name: "numbers")
      let held = locks.acquire(1)
      let calls = Tally()
      let keys = [1].lazy.map { key in
        calls.add()
        return calls.count == 1 ? key : 2
      }
      let error = try self.error { try locks.withLock(all: keys, timeout: .zero) {} }
      #expect("\(error)" == #"a key of "numbers" was not free at once"#)
      #expect(error.key(as: Int.self) == nil && error.key == "a key")
      held.release()
    }
  }

  /// The limit is more than the clock can hold, which is none.
  @Test func aWaitWithoutAnEndSaysHowLongItWasAllowedToLast() async throws {
    try await tryOnPlainThread {
      let locks = LockTable<Int>()
      let held = locks.acquire(1)
      let failure = Guarded<LockTableError?>(nil)
      let waiter = NativeThread {
        do throws(LockTableError) {
          try locks.acquire(1, timeout: .seconds(Int64.max)).release()
        } catch {
          failure.withLock { $0 = error }
        }
      }
      locks.awaitWaiters(1, for: 1)
      locks.close()
      waiter.join()
      let error = try #require(failure.withLock { $0 })
      #expect(error.reason == .closed && error.waited > .zero)
      #expect(error.limit == .seconds(Int64.max))
      held.release()
    }
  }

  private struct Missing: Error {}
}
