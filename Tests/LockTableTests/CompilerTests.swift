import Testing

// What the compiler refuses, and what it accepts.

@Suite(.watched) struct CompilerTests {
  @Test func blockingMembersCannotBeNamedInAsynchronousCode() async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      let later = ContinuousClock.now

      func scoped() async throws {
        locks.withLock("a") {}  // error: 'async' // error: can throw
        try locks.withLock("a", timeout: .zero) {}  // error: 'async'
        try locks.withLock("a", until: later) {}  // error: 'async'
      }

      func several() async throws {
        locks.withLock(all: ["a"]) {}  // error: 'async' // error: can throw
        try locks.withLock(all: ["a"], timeout: .zero) {}  // error: 'async'
        try locks.withLock(all: ["a"], until: later) {}  // error: 'async'
      }

      func guards() async throws {
        locks.acquire("a").release()  // error: 'async' // error: can throw
        try locks.acquire("a", timeout: .zero).release()  // error: 'async'
        try locks.acquire("a", until: later).release()  // error: 'async'
        locks.acquire(all: ["a"]).release()  // error: 'async' // error: can throw
        try locks.acquire(all: ["a"], timeout: .zero).release()  // error: 'async'
        try locks.acquire(all: ["a"], until: later).release()  // error: 'async'
      }

      func tasks() {
        Task { locks.withLock("a") {} }  // error: 'withLock' is unavailable
        Task.detached { locks.withLock("a") { 1 } }  // error: 'withLock' is unavailable
        Task { locks.acquire("a").release() }  // error: 'acquire' is unavailable
      }

      func groups() async {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { locks.withLock("a") {} }  // error: 'withLock' is unavailable
        }
      }

      func awaited() async {
        await locks.withLock("a") {}  // error: can throw
      }

      func deferred() async {
        defer { locks.withLock("a") {} }  // error: 'withLock' is unavailable
        await Task.yield()
      }

      actor Server {
        func serve() async {
          locks.withLock("a") {}  // error: 'async' // error: can throw
        }
      }

      func generic<Key: Hashable & Sendable>(_ locks: LockTable<Key>, _ key: Key) async {
        locks.withLock(key) {}  // error: 'async' // error: can throw
      }

      func nested() async throws {
        try await locks.withLock("a") { locks.withLock("b") {} }  // error: 'withLock' is unavailable
        await locks.withLockIfAvailable("a") { locks.withLock("b") {} }  // error: 'withLock' is unavailable
        locks.withLockIfAvailable("a") {}  // error: 'async'
      }
      """, .types)
  }

  @Test func blockingSharedMembersCannotBeNamedInAsynchronousCode() async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      let later = ContinuousClock.now

      func scoped() async throws {
        locks.withSharedLock("a") {}  // error: 'async' // error: can throw
        try locks.withSharedLock("a", timeout: .zero) {}  // error: 'async'
        try locks.withSharedLock("a", until: later) {}  // error: 'async'
      }

      func several() async throws {
        locks.withLock(exclusive: ["a"], shared: ["b"]) {}  // error: 'async' // error: can throw
        try locks.withLock(exclusive: ["a"], shared: ["b"], timeout: .zero) {}  // error: 'async'
        try locks.withLock(exclusive: ["a"], shared: ["b"], until: later) {}  // error: 'async'
      }

      func guards() async throws {
        locks.acquireShared("a").release()  // error: 'async' // error: can throw
        try locks.acquireShared("a", timeout: .zero).release()  // error: 'async'
        try locks.acquireShared("a", until: later).release()  // error: 'async'
        locks.acquire(exclusive: ["a"], shared: []).release()  // error: 'async' // error: can throw
        try locks.acquire(exclusive: [], shared: ["a"], timeout: .zero).release()  // error: 'async'
        try locks.acquire(exclusive: [], shared: ["a"], until: later).release()  // error: 'async'
      }

      func tasks() {
        Task { locks.withSharedLock("a") {} }  // error: 'withSharedLock' is unavailable
        Task.detached { locks.withSharedLock("a") { 1 } }  // error: 'withSharedLock' is unavailable
        Task { locks.acquireShared("a").release() }  // error: 'acquireShared' is unavailable
        Task { locks.acquire(exclusive: ["a"], shared: []).release() }  // error: is unavailable
      }

      func deferred() async {
        defer { locks.withSharedLock("a") {} }  // error: 'withSharedLock' is unavailable
        await Task.yield()
      }

      func generic<Key: Hashable & Sendable>(_ locks: LockTable<Key>, _ key: Key) async {
        locks.withSharedLock(key) {}  // error: 'async' // error: can throw
      }

      func nested() async throws {
        try await locks.withSharedLock("a") { locks.withSharedLock("b") {} }  // error: is unavailable
        try await locks.withSharedLock("a") { locks.withLock("b") {} }  // error: is unavailable
        try await locks.withLock("a") { locks.withSharedLock("b") {} }  // error: is unavailable
        try await locks.withLock(exclusive: ["a"], shared: []) {
          locks.withSharedLock("b") {}  // error: is unavailable
        }
        await locks.withSharedLockIfAvailable("a") { locks.withLock("b") {} }  // error: is unavailable
        locks.withSharedLockIfAvailable("a") {}  // error: 'async'
        locks.withLockIfAvailable(exclusive: ["a"], shared: []) {}  // error: 'async'
      }
      """, .types)
  }

  @Test("Blocking forms with a mode can't be named in asynchronous code")
  func blockingFormsWithAModeCannotBeNamedInAsynchronousCode() async throws {
    try await Compiler().check(
      """
      import LockTable

      let locks = LockTable<String>()
      let later = ContinuousClock.now

      func scoped(_ mode: LockMode) async throws {
        locks.withLock("a", mode: mode) {}  // error: 'async' // error: can throw
        try locks.withLock("a", mode: .shared, timeout: .zero) {}  // error: 'async'
        try locks.withLock("a", mode: .exclusive, until: later) {}  // error: 'async'
        locks.withLockIfAvailable("a", mode: mode) {}  // error: 'async'
      }

      func guards(_ mode: LockMode) async throws {
        locks.acquire("a", mode: mode).release()  // error: 'async' // error: can throw
        try locks.acquire("a", mode: .shared, timeout: .zero).release()  // error: 'async'
        try locks.acquire("a", mode: .exclusive, until: later).release()  // error: 'async'
      }

      func tasks(_ mode: LockMode) {
        Task { locks.withLock("a", mode: mode) {} }  // error: 'withLock' is unavailable
        Task.detached { locks.withLock("a", mode: mode) { 1 } }  // error: 'withLock' is unavailable
        Task { locks.acquire("a", mode: mode).release() }  // error: 'acquire' is unavailable
      }

      func deferred(_ mode: LockMode) async {
        defer { locks.withLock("a", mode: mode) {} }  // error: 'withLock' is unavailable
        await Task.yield()
      }

      func nested(_ mode: LockMode) async throws {
        try await locks.withLock("a", mode: mode) {
          locks.withLock("b", mode: mode) {}  // error: is unavailable
        }
        await locks.withUncancellableLock("a", mode: mode) {
          locks.withLock("b", mode: mode) {}  // error: is unavailable
        }
      }
      """, .types)
  }

  @Test func keysAndTypesHaveToFit() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Plain {}
      final class Shared: Hashable {
        static func == (left: Shared, right: Shared) -> Bool { left === right }
        func hash(into hasher: inout Hasher) {}
      }
      struct Loose: RawRepresentable, LockKey {  // error: does not conform to protocol 'LockKey'
        var rawValue: Double
      }

      func misfits(_ locks: LockTable<String>) {
        _ = LockTable<Plain>()  // error: type 'Plain' does not conform to protocol 'Hashable'
        _ = LockTable<Shared>()  // error: type 'Shared' does not conform to the 'Sendable' protocol
        _ = locks.isLocked(1)  // error: cannot convert value of type 'Int'
        _ = locks.isLocked("a".dropFirst())  // error: cannot convert value of type
      }

      func typed(_ locks: LockTable<String>) throws(LockTableError) {
        try locks.withLock("a") { () throws(CancellationError) in  // error: thrown expression type
          throw CancellationError()
        }
      }
      """, .types)
  }

  @Test func properUseCompilesWithoutAWord() async throws {
    try await Compiler().check(
      """
      import LockTable

      struct Ticket: ~Copyable {}
      struct Account: RawRepresentable, LockKey { var rawValue: UInt32 }
      enum Refusal: Error { case refused }

      final class Session: Sendable {
        let held: LockTable<String>.Guard
        init(_ held: consuming LockTable<String>.Guard) { self.held = held }
      }

      func blocking(_ locks: LockTable<String>) throws -> Ticket {
        locks.withLock("a") {}
        try locks.withLock("a", timeout: .seconds(1)) { locks.withLock("b") {} }
        let several = try locks.acquire(all: ["a", "b"], until: .now)
        several.release()
        return locks.withLock("a") { Ticket() }
      }

      func blockingShared(_ locks: LockTable<String>) throws -> Ticket {
        locks.withSharedLock("a") {}
        try locks.withSharedLock("a", timeout: .seconds(1)) { locks.withLock("b") {} }
        try locks.withLock(exclusive: Set(["a"]), shared: ["b", "c"], timeout: .seconds(1)) {}
        let several = try locks.acquire(exclusive: [], shared: ["a", "b"], until: .now)
        several.release()
        locks.acquire("a").downgrade().release()
        return locks.withSharedLock("a") { Ticket() }
      }

      func downgraded(_ locks: LockTable<String>) -> LockTable<String>.SharedGuard? {
        guard let held = locks.acquireIfAvailable("a") else { return nil }
        return held.downgrade()
      }

      func inAMode(_ locks: LockTable<String>, _ mode: LockMode) throws(Refusal) -> Int {
        locks.withLock("a", mode: mode) {}
        locks.acquire("a", mode: mode).release()
        _ = locks.withLockIfAvailable("a", mode: mode) { Ticket() }
        return try locks.withLock("a", mode: .shared) { () throws(Refusal) -> Int in throw .refused }
      }

      func typed(_ locks: LockTable<String>) throws(Refusal) -> Int {
        _ = try locks.withSharedLock("a") { () throws(Refusal) -> Int in throw .refused }
        return try locks.withLock("a") { () throws(Refusal) -> Int in throw .refused }
      }

      func timed(_ locks: LockTable<String>) throws -> LockTable<String>.Guard {
        try locks.acquire("a", timeout: .milliseconds(5))
      }

      func attempts(_ locks: LockTable<String>) async {
        if let held = locks.acquireIfAvailable("a") {
          await Task.yield()
          held.release()
        }
        _ = await locks.withLockIfAvailable("a") { 1 }
        if let held = locks.acquireSharedIfAvailable("a") {
          await Task.yield()
          held.release()
        }
        _ = await locks.withLockIfAvailable(all: ["a"]) { 1 }
        _ = await locks.withSharedLockIfAvailable("a") { 1 }
        _ = await locks.withLockIfAvailable(exclusive: ["a"], shared: ["b"]) { 1 }
        _ = locks.acquireIfAvailable(exclusive: ["a"], shared: [])?.count
        print(locks.statistics())
        _ = locks.isLocked("a") || locks.isEmpty || locks.count == 1
      }

      func sent(_ locks: LockTable<String>) -> Session? {
        guard let held = locks.acquireIfAvailable("a") else { return nil }
        return Session(held)
      }

      func released(_ locks: LockTable<String>, isEarly: Bool) {
        let held = locks.acquire("a")
        if isEarly {
          held.release()
        } else {
          locks.acquire("b").release()
        }
      }

      func generic<Key: Hashable & Sendable>(_ locks: LockTable<Key>, _ keys: Set<Key>) {
        locks.withLock(all: keys) {}
      }

      let accounts = LockTable<Account>(configuration: .init(fairness: .fifo, stripeCount: 8))
      """, .ownership)
  }

  /// A synchronous closure in asynchronous code is synchronous code to the compiler, which therefore
  /// can't keep it from blocking.
  @Test func whatTheCompilerCannotSee() async throws {
    try await Compiler().check(
      """
      import LockTable

      func hidden(_ locks: LockTable<String>) async -> [Int] {
        func work() { locks.withLock("a") {} }
        work()
        return ["a", "b"].map { key in locks.withLock(key) { 1 } }
      }
      """, .types)
  }
}
