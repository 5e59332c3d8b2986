import LockTable

// What the code in the articles takes for granted.

struct Store: Sendable {
  func update(_ name: String) async throws {}
  func undo(_ name: String) async {}
  func transfer(from: String, to: String) async throws {}
  func balance(_ name: String) async throws -> Int { 0 }
  func setBalance(_ balance: Int, of name: String) async throws {}
  func reserve(_ seat: String) async throws {}
  func free(_ seat: String) async {}
  func receipt(_ key: LockKeyPair<Int, String>) async throws -> String? { nil }
  func save(_ receipt: String, _ key: LockKeyPair<Int, String>) async throws {}
}

struct OrderEvent: Sendable {
  let order: String
  let number: Int
}

func apply(_ event: OrderEvent) async throws {}

struct Declined: Error {}

struct Profile: Sendable {}
func loadProfile(_ id: Int) async throws -> Profile { Profile() }

struct Database: Sendable {
  nonisolated(nonsending) func transaction(
    _ body: nonisolated(nonsending) (Store) async throws -> Void
  ) async throws {
    try await body(Store())
  }
}

struct ClusterLocks: Sendable {
  nonisolated(nonsending) func withLock(
    _ name: String, _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    try await body()
  }
}

let store = Store()
let locks = LockTable<String>()
let fileLocks = LockTable<String>()
let watched = LockTable<String>(configuration: .init(diagnostics: .init()))
let (from, to) = ("account-1", "account-2")

func move(_ name: String) {}
func read(_ name: String) {}
func lookUp(_ name: String) async -> Int? { nil }

let downloads = SemaphoreTable<String>(permits: 4)
func fetch(_ url: String) async throws -> String { url }

struct Limits: Sendable {
  func exports(of tenant: String) -> Int { tenant.count }
  func set(_ limit: Int, for tenant: String) {}
}
struct Session: Sendable {
  var requests = 0
  func disconnect() {}
}

struct Connection: Sendable {
  init(to shard: Int) throws {}
  func send(_ text: String) {}
}

let sessions = MutexTable<String, Session>()
