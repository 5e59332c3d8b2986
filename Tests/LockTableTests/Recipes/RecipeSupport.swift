import LockTable

// What the recipes take for granted, in memory. Each call lets other tasks run first, so that what
// is not protected goes wrong.

struct Declined: Error {}

final class Store: Sendable {
  private let balances: Guarded<[String: Int]>
  private let reservations = Guarded<Set<String>>([])
  private let receipts = Guarded<[LockKeyPair<Int, String>: String]>([:])

  init(_ balances: [String: Int] = [:]) {
    self.balances = Guarded(balances)
  }

  var reserved: Set<String> { reservations.withLock(\.self) }

  func balance(_ name: String) async throws -> Int {
    await Task.yield()
    return balances.withLock { $0[name, default: 0] }
  }

  func setBalance(_ balance: Int, of name: String) async throws {
    await Task.yield()
    balances.withLock { $0[name] = balance }
  }

  func reserve(_ seat: String) async throws {
    await Task.yield()
    guard reservations.withLock({ $0.insert(seat).inserted }) else { throw Declined() }
  }

  func free(_ seat: String) async {
    await Task.yield()
    reservations.withLock { _ = $0.remove(seat) }
  }

  func receipt(_ key: LockKeyPair<Int, String>) async throws -> String? {
    await Task.yield()
    return receipts.withLock { $0[key] }
  }

  func save(_ receipt: String, _ key: LockKeyPair<Int, String>) async throws {
    await Task.yield()
    receipts.withLock { $0[key] = receipt }
  }
}

/// A transaction sees the rows as they were when it began.
final class Database: Sendable {
  private let rows: Guarded<[String: Int]>
  private let beforeCommit: @Sendable () async -> Void
  /// One for each transaction that is under way.
  let connections = Occupancy()

  init(_ rows: [String: Int], beforeCommit: @escaping @Sendable () async -> Void) {
    self.rows = Guarded(rows)
    self.beforeCommit = beforeCommit
  }

  func balance(_ name: String) -> Int {
    rows.withLock { $0[name, default: 0] }
  }

  nonisolated(nonsending) func transaction(
    _ body: nonisolated(nonsending) (Transaction) async throws -> Void
  ) async throws {
    connections.enter()
    defer { connections.leave() }
    let transaction = Transaction(rows.withLock(\.self))
    try await body(transaction)
    await beforeCommit()
    let written = transaction.written.withLock(\.self)
    rows.withLock { $0.merge(written) { $1 } }
  }
}

final class Transaction: Sendable {
  private let snapshot: [String: Int]
  let written = Guarded<[String: Int]>([:])

  init(_ snapshot: [String: Int]) {
    self.snapshot = snapshot
  }

  func balance(_ name: String) async throws -> Int {
    written.withLock { $0[name] } ?? snapshot[name, default: 0]
  }

  func setBalance(_ balance: Int, of name: String) async throws {
    written.withLock { $0[name] = balance }
  }
}

/// The locks that several machines share: for this process, only how many callers ask at a time.
struct ClusterLocks: Sendable {
  let callers = Occupancy()

  nonisolated(nonsending) func withLock(
    _ name: String, _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    callers.enter()
    defer { callers.leave() }
    try await body()
  }
}

struct OrderEvent: Sendable, Hashable {
  let order: String
  let number: Int
}
