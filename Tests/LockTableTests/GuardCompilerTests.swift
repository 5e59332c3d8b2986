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

  @Test func aGuardThatIsNotKeptDrawsAWarning() async throws {
    try await Compiler().check(
      """
      import LockTable

      func dropped(_ locks: LockTable<String>) throws {
        locks.acquire("a")  // warning: result of call to 'acquire(_:file:line:)' is unused
        locks.acquire(all: ["a"])  // warning: result of call to 'acquire(all:file:line:)' is unused
        try locks.acquire("a", timeout: .zero)  // warning: 'acquire(_:timeout:file:line:)' is unused
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
