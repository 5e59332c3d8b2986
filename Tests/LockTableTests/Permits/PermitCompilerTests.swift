import Testing

@Suite(.watched) struct PermitCompilerTests {
  @Test func waitingForPermitsHasToBeAwaited() async throws {
    try await Compiler().check(
      """
      import LockTable

      func scoped(_ table: SemaphoreTable<String>) async throws {
        table.withPermit("a") {}  // error: async // error: call can throw
        try table.withPermit("a", timeout: .zero) {}  // error: async
        try table.withPermits(2, of: "a") {}  // error: async
        try table.withPermits(2, of: "a", until: .now) {}  // error: async
      }

      func guarded(_ table: SemaphoreTable<String>) async throws {
        try table.acquirePermit("a").release()  // error: async
        try table.acquirePermits(2, of: "a").release()  // error: async
      }
      """, .types)
  }

  @Test func permitsAreGivenBackOnce() async throws {
    try await Compiler().check(
      """
      import LockTable

      func releasedTwice(_ table: SemaphoreTable<String>) {
        let permit = table.acquirePermit("a")  // error: 'permit' consumed more than once
        permit.release()
        permit.release()
      }
      """, .ownership)
  }

  @Test func threadsAndTasksMayWait() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Ticket: ~Copyable {}
      enum Refusal: Error { case refused }

      func threads(_ table: SemaphoreTable<String>) throws {
        let ticket = table.withPermit("a") { Ticket() }
        _ = consume ticket
        table.withPermit("a") {}
        do { try table.withPermit("a") { () throws(Refusal) in throw .refused } } catch {
          let refusal: Refusal = error
          _ = refusal
        }
        try table.withPermit("a", timeout: .seconds(1), maximumWaiters: 3) {}
        try table.withPermits(2, of: "a") {}
        let _: Int? = table.withPermitsIfAvailable(2, of: "a") { 1 }
        do { try table.acquirePermits(2, of: "a", timeout: .zero).release() } catch {
          let refusal: LockTableError = error
          _ = refusal
        }
      }

      func tasks(_ table: SemaphoreTable<String>) async throws -> LockOwner {
        try await table.withPermit("a") { await Task.yield() }
        try await table.withPermit("a", until: .now) {}
        try await table.withPermits(2, of: "a", timeout: .seconds(1), maximumWaiters: 0) {}
        await table.withUncancellablePermit("a") {}
        try await table.withUncancellablePermits(2, of: "a") {}
        return LockOwner(try await table.acquirePermits(2, of: "a"))
      }

      actor Isolated {
        var count = 0
        func run(_ table: SemaphoreTable<String>) async throws {
          try await table.withPermit("a") { count += 1 }
          try await table.withPermits(2, of: "a") { count += 1 }
          await table.withPermitIfAvailable("a") { count += 1 }
        }
      }
      """, .ownership)
  }
}
