import LockTable

// What the code in the articles takes for granted.

struct Store: Sendable {
  func update(_ name: String) async throws {}
  func undo(_ name: String) async {}
  func transfer(from: String, to: String) async throws {}
  func balance(_ name: String) async throws -> Int { 0 }
}

let store = Store()
let locks = LockTable<String>()
let fileLocks = LockTable<String>()
let watched = LockTable<String>(configuration: .init(diagnostics: .init()))
let (from, to) = ("account-1", "account-2")

func move(_ name: String) {}
func read(_ name: String) {}
func lookUp(_ name: String) async -> Int? { nil }
