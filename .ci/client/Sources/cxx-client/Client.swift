import LockTable

@main
struct Client {
  static func count(_ locks: LockTable<String>) -> Int {
    locks.withLock("a") {
      let held = locks.acquireShared("b")
      let count = locks.withLock(exclusive: ["c"], shared: ["d"]) { locks.count }
      held.release()
      return count
    }
  }

  static func main() async throws {
    let locks = LockTable<String>()
    let waiting = Task { try await locks.withLock("e", timeout: .seconds(60)) { locks.count } }
    let counts = try await locks.withLock("e") {
      try await locks.withSharedLock("f") { count(locks) }
    }
    let all = try await locks.withLock(all: ["a", "b"]) {
      await locks.withUncancellableLock("c") { locks.count }
    }
    let held = try await locks.acquire("a")
    held.release()
    _ = try await waiting.value
    print(counts >= 6, all >= 3, locks.isEmpty)
  }
}
