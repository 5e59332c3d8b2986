import Testing

// What the compiler refuses to do with guards.

@Suite(.watched) struct GuardCompilerTests {
  @Test func guardsCannotBeCopiedOrReleasedTwice() async throws {
    try await Compiler().check(
      """
      import LockTable

      func copied(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' consumed more than once
        let copy = held
        held.release()
        copy.release()
      }

      func releasedTwice(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' consumed more than once
        held.release()
        held.release()
      }

      func releasedTwiceOnOneWay(_ locks: LockTable<String>, isEarly: Bool) {
        let held = locks.acquire(all: ["a"])  // error: 'held' consumed more than once
        if isEarly {
          held.release()
        }
        held.release()
      }

      func releasedInALoop(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' consumed in a loop
        for _ in 0..<2 {
          held.release()
        }
      }

      func usedAfterwards(_ locks: LockTable<String>) -> Int {
        let held = locks.acquire(all: ["a"])  // error: 'held' used after consume
        held.release()
        return held.count
      }

      func releasedByAClosure(_ locks: LockTable<String>) -> () -> Void {
        let held = locks.acquire("a")
        return { held.release() }  // error: 'held' cannot be consumed when captured
      }

      func releasedByTheBorrower(_ held: borrowing LockTable<String>.Guard) {  // error: borrow
        held.release()
      }
      """, .ownership)
  }

  @Test func sharedGuardsCannotBeCopiedNorGuardsUsedOnceDowngraded() async throws {
    try await Compiler().check(
      """
      import LockTable

      func copied(_ locks: LockTable<String>) {
        let held = locks.acquireShared("a")  // error: 'held' consumed more than once
        let copy = held
        held.release()
        copy.release()
      }

      func releasedTwice(_ locks: LockTable<String>) {
        let held = locks.acquireShared("a")  // error: 'held' consumed more than once
        held.release()
        held.release()
      }

      func releasedByAClosure(_ locks: LockTable<String>) -> () -> Void {
        let held = locks.acquireShared("a")
        return { held.release() }  // error: 'held' cannot be consumed when captured
      }

      func releasedOnceDowngraded(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' consumed more than once
        let reader = held.downgrade()
        reader.release()
        held.release()
      }

      func downgradedTwice(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' consumed more than once
        held.downgrade().release()
        held.downgrade().release()
      }

      func keep(_ held: borrowing LockTable<String>.Guard) {}

      func usedOnceDowngraded(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' used after consume
        let reader = held.downgrade()
        keep(held)
        reader.release()
      }

      func releasedTwiceInAnyMode(_ locks: LockTable<String>, _ mode: LockMode) {
        let held = locks.acquire("a", mode: mode)  // error: 'held' consumed more than once
        held.release()
        held.release()
      }

      func downgradedByTheBorrower(_ held: borrowing LockTable<String>.Guard) {  // error: borrow
        held.downgrade().release()
      }
      """, .ownership)
  }

  @Test func sharedGuardsAreNotExclusive() async throws {
    try await Compiler().check(
      """
      import LockTable

      func mixed(_ locks: LockTable<String>) {
        let _: LockTable<String>.Guard = locks.acquireShared("a")  // error: cannot convert value
        let _: LockTable<String>.SharedGuard = locks.acquire("a")  // error: cannot convert value
        let _: LockTable<String>.Guard = locks.acquire("a", mode: .exclusive)  // error: cannot convert value
        let _: LockTable<String>.SharedGuard = locks.acquire("a", mode: .shared)  // error: cannot convert value
        locks.acquire("a", mode: .exclusive).downgrade().release()  // error: has no member 'downgrade'
        locks.acquireShared("a").downgrade().release()  // error: has no member 'downgrade'
      }
      """, .types)
  }

  @Test func guardsCannotBeWhereAValueMayBeUsedTwice() async throws {
    try await Compiler().check(
      """
      import LockTable

      func deferred(_ locks: LockTable<String>) {
        let held = locks.acquire("a")  // error: 'held' cannot be consumed when captured
        defer { held.release() }
        print("held")
      }

      func sentToATask(_ locks: LockTable<String>) async throws {
        let held = try await locks.acquire("a")
        Task { held.release() }  // error: 'held' cannot be consumed when captured
      }
      """, .ownership)
    try await Compiler().check(
      """
      import LockTable

      func stored(_ locks: LockTable<String>) -> Int {
        let sessions: [Int: LockTable<String>.Guard] = [:]  // error: does not conform to protocol 'Copyable'
        let list = [locks.acquire("a")]  // error: conform to 'Copyable'
        return sessions.count + list.count
      }

      func streamed() {
        _ = AsyncStream<LockTable<String>.Guard>.makeStream()  // error: does not conform to protocol 'Copyable'
      }
      """, .types)
  }

  /// A copyable result is inferred, which can be no guard.
  @Test func aGuardThatAGenericClosureReturnsIsUnused() async throws {
    try await Compiler().check(
      """
      import LockTable

      func retry<Result>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await body()
      }

      func inferred(_ locks: LockTable<String>) async throws {
        let task = Task { try await locks.acquire("a") }  // warning: 'acquire(_:maximumWaiters:file:line:)' is unused
        let nothing: () = try await task.value
        let held = try await retry {  // warning: 'held' inferred to have type '()'
          try await locks.acquire("b")  // warning: 'acquire(_:maximumWaiters:file:line:)' is unused
        }
        print(nothing, held)
        let second = try await retry { try await locks.acquire("b") }  // warning: inferred // warning: is unused
        second.release()  // error: value of tuple type '()' has no member 'release'
      }
      """, .types)
  }

  /// Swift 6.3 has no `async let` of what can't be copied. The uses don't compile. That there is no
  /// use draws a warning only, and the task ends in a trap of the compiler's, which no declaration of
  /// the library's can prevent: it is the same for any such type. If this test fails with a later
  /// compiler, change what the documentation of `Guard` says.
  @Test func guardsCannotBeInAnAsyncLet() async throws {
    try await Compiler().check(
      """
      import LockTable

      func released(_ locks: LockTable<String>) async throws {
        async let held = locks.acquire("a")
        try await held.release()  // error: copy of noncopyable typed value
      }

      func bound(_ locks: LockTable<String>) async throws {
        async let held = locks.acquire("a")
        let mine = try await held  // error: copy of noncopyable typed value
        mine.release()
      }

      func borrowed(_ locks: LockTable<String>) async throws -> Bool {
        async let held = locks.acquire(all: ["a", "b"])
        return try await held.isHold(of: "a", in: locks)  // error: copy of noncopyable typed value
      }

      func unused(_ locks: LockTable<String>) async throws {
        async let held = locks.acquire("a")  // warning: 'held' was never used
      }
      """, .ownership)
  }

  @Test func ownersCanBeWhereGuardsCannot() async throws {
    try await Compiler().check(
      """
      import LockTable

      final class Session: Sendable {
        let owner: LockOwner
        init(_ held: consuming LockTable<String>.Guard) { owner = LockOwner(held) }
      }

      func retry<Result>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await body()
      }

      func deferred(_ locks: LockTable<String>) {
        let owner = LockOwner(locks.acquire("a"))
        defer { owner.release() }
        print("held")
      }

      func kept(_ locks: LockTable<String>, _ numbers: LockTable<Int>) async throws {
        let owner = LockOwner(try await locks.acquire("a"))
        Task { owner.release() }
        var sessions = [1: owner]
        sessions[2] = LockOwner(try await numbers.acquireShared(2, timeout: .seconds(1)))
        let (stream, continuation) = AsyncStream<LockOwner>.makeStream()
        continuation.yield(LockOwner(try await numbers.acquire(all: [3, 4])))
        for await owner in stream {
          owner.release()
        }
        async let later = LockOwner(locks.acquire("b"))
        try await retry { LockOwner(try await locks.acquire("c", mode: .shared)) }.release()
        try await later.release()
        try await Task { LockOwner(try await locks.acquire("d")) }.value.release()
      }

      func attempt(_ locks: LockTable<String>) -> LockOwner? {
        guard let held = locks.acquireIfAvailable("a") else { return nil }
        return LockOwner(held)
      }
      """, .ownership)
  }

  @Test func aGuardIsNotUsedOnceAnOwnerHasIt() async throws {
    try await Compiler().check(
      """
      import LockTable

      func released(_ locks: LockTable<String>) -> LockOwner {
        let held = locks.acquire("a")  // error: 'held' consumed more than once
        let owner = LockOwner(held)
        held.release()
        return owner
      }
      """, .ownership)
    try await Compiler().check(
      """
      import LockTable

      func dropped(_ locks: LockTable<String>) {
        LockOwner(locks.acquire("a"))  // warning: unused
      }
      """, .types)
  }

  @Test func aGuardThatIsNotKeptDrawsAWarning() async throws {
    try await Compiler().check(
      """
      import LockTable

      func dropped(_ locks: LockTable<String>) throws {
        locks.acquire("a")  // warning: result of call to 'acquire(_:file:line:)' is unused
        locks.acquire(all: ["a"])  // warning: result of call to 'acquire(all:file:line:)' is unused
        try locks.acquire("a", timeout: .zero)  // warning: 'acquire(_:timeout:maximumWaiters:file:line:)' is unused
        locks.acquireIfAvailable("a")  // warning: 'acquireIfAvailable(_:file:line:)' is unused
        locks.acquireShared("a")  // warning: result of call to 'acquireShared(_:file:line:)' is unused
        locks.acquireSharedIfAvailable("a")  // warning: 'acquireSharedIfAvailable(_:file:line:)' is unused
        locks.acquire(exclusive: ["a"], shared: [])  // warning: 'acquire(exclusive:shared:file:line:)' is unused
        locks.acquire("a").downgrade()  // warning: result of call to 'downgrade()' is unused
        locks.acquire("a", mode: .shared)  // warning: result of call to 'acquire(_:mode:file:line:)' is unused
        let held = locks.acquire("a")  // warning: 'held' was never used
      }
      """, .types)
  }
}
