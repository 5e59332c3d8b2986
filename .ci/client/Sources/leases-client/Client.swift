import LockTableLeases

@main
struct Client {
  static func main() async throws {
    let leases = LeaseTable<String>(
      store: .directory(CommandLine.arguments[1]), namespace: "clients")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await leases.run() }
      try await leases.withLease("account-42") { lease in
        print(try await leases.snapshot().count)
      }
      group.cancelAll()
    }
  }
}
