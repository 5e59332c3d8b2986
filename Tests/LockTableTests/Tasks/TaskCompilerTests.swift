import Testing

@Suite(.watched) struct TaskCompilerTests {
  @Test func waitingHasToBeAwaited() async throws {
    try await Compiler().check(
      """
      import LockTable

      func scoped(_ locks: LockTable<String>) async throws {
        locks.withLock("a") {}  // error: async // error: call can throw
        try locks.withLock("a", timeout: .zero) {}  // error: async
        try locks.acquire("a").release()  // error: async
        try locks.withLock(all: ["a"]) {}  // error: async
      }

      func shared(_ locks: LockTable<String>) async throws {
        locks.withSharedLock("a") {}  // error: async // error: call can throw
        try locks.withSharedLock("a", timeout: .zero) {}  // error: async
        try locks.acquireShared("a").release()  // error: async
        try locks.withLock(exclusive: ["a"], shared: ["b"]) {}  // error: async
        try locks.acquire(exclusive: ["a"], shared: ["b"]).release()  // error: async
      }

      func nested(_ locks: LockTable<String>) async throws {
        try await locks.withLock("a") { locks.withLock("b") {} }  // error: async
        try await locks.withSharedLock("a") { locks.withSharedLock("b") {} }  // error: async
      }
      """, .types)
  }

  @Test func tasksMayWait() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Ticket: ~Copyable {}
      enum Refusal: Error { case refused }
      func work() {}

      func scoped(_ locks: LockTable<String>) async throws -> Int {
        try await locks.withLock("a") { work() }
        try await locks.withLock("a") { await Task.yield() }
        try await locks.withLock("a") {}
        try await locks.withLock("a") { try await locks.withLock("b") {} }
        try await locks.withLock("a", timeout: .seconds(1)) { work() }
        try await locks.withLock("a", until: .now) { work() }
        try await locks.withLock(all: ["a", "b"]) { work() }
        return try await locks.withLock("a") { () async throws(Refusal) -> Int in throw .refused }
      }

      func shared(_ locks: LockTable<String>) async throws -> Int {
        try await locks.withSharedLock("a") { work() }
        try await locks.withSharedLock("a") { await Task.yield() }
        try await locks.withSharedLock("a") { try await locks.withLock("b") {} }
        try await locks.withSharedLock("a", timeout: .seconds(1)) { work() }
        try await locks.withSharedLock("a", until: .now) { work() }
        try await locks.withLock(exclusive: ["a"], shared: ["b"]) { work() }
        try await locks.withLock(exclusive: [], shared: ["b"], timeout: .seconds(1)) { work() }
        try await locks.withLock(exclusive: ["a"], shared: [], until: .now) { work() }
        try await locks.acquire(exclusive: ["a"], shared: ["b"]).release()
        try await locks.acquire(exclusive: ["a"], shared: ["b"], until: .now).release()
        try await locks.acquireShared("a", timeout: .seconds(1)).release()
        try await locks.acquire("a").downgrade().release()
        return try await locks.withSharedLock("a") {
          () async throws(Refusal) -> Int in throw .refused
        }
      }

      func inAMode(_ locks: LockTable<String>, _ mode: LockMode) async throws -> Int {
        try await locks.withLock("a", mode: mode) { await Task.yield() }
        try await locks.withLock("a", mode: .shared, timeout: .seconds(1)) { work() }
        try await locks.withLock("a", mode: .exclusive, until: .now) { work() }
        await locks.withUncancellableLock("a", mode: mode) { work() }
        try await locks.acquire("a", mode: mode).release()
        try await locks.acquire("a", mode: mode, timeout: .seconds(1)).release()
        try await locks.acquire("a", mode: mode, until: .now).release()
        return try await locks.withLock("a", mode: mode) {
          () async throws(Refusal) -> Int in throw .refused
        }
      }

      func results(_ locks: LockTable<String>) async throws -> Ticket {
        let held = try await locks.acquire("a", timeout: .seconds(1))
        held.release()
        return try await locks.withLock("a") { Ticket() }
      }

      func typed(_ locks: LockTable<String>) async throws(Refusal) -> Int? {
        _ = try await locks.withSharedLockIfAvailable("a") { () async throws(Refusal) -> Int in 1 }
        return try await locks.withLockIfAvailable("a") { () async throws(Refusal) -> Int in 1 }
      }

      func tasks(_ locks: LockTable<String>) {
        Task { try await locks.withLock("a") { work() } }
      }

      @MainActor final class View {
        var state = 0
        func update(_ locks: LockTable<String>) async throws {
          try await locks.withLock("a") { state += 1 }
          try await locks.withSharedLock("a") { state += 1 }
          try await locks.withLock("a", mode: .shared) { state += 1 }
          try await locks.withLock(exclusive: ["a"], shared: ["b"]) { state += 1 }
        }
      }
      """, .ownership)
  }
}
