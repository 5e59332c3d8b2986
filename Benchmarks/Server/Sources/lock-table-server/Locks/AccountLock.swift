import LockTable

/// Something that lets one deposit to an account in at a time, and holds on while that suspends.
protocol AccountLock: Sendable {
  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int
}

struct TableLock: AccountLock {
  private let table = LockTable<Int>()

  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    try await table.withLock(id) { try await body() }
  }
}

/// For comparison: loses deposits.
struct NoLock: AccountLock {
  nonisolated(nonsending) func withLock(
    _ id: Int, _ body: nonisolated(nonsending) () async throws -> Int
  ) async throws -> Int {
    try await body()
  }
}
