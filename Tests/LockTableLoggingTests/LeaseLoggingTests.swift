#if Logging
  import InMemoryLogging
  import LockTable
  import LockTableLeases
  import LockTableLogging
  import Logging
  import Testing

  /// Says once that it is connected, grants what it is asked for, and loses all when told to.
  private struct LoggedStore: LeaseStore {
    let changes = AsyncStream.makeStream(of: LeaseStoreChange.self)

    var name: String { "test" }
    var expiry: LeaseExpiry { .never }

    func run(
      as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
    ) async throws(LeaseStoreError) {
      report(.connected)
      for await change in changes.stream { report(change) }
    }
    func acquire(
      _ claim: LeaseClaim, for duration: Duration, waits: Bool
    ) async throws(LeaseStoreError) -> LeaseAnswer { .granted(token: 7) }
    func renew(
      _ claims: [LeaseClaim], for duration: Duration
    ) async throws(LeaseStoreError) -> [LeaseRenewal] {
      claims.map { _ in .renewed(isWanted: false) }
    }
    func release(_ claim: LeaseClaim) async throws(LeaseStoreError) -> LeaseRelease {
      LeaseRelease(wasHeld: false)
    }
    func holdings(in namespace: String) async throws(LeaseStoreError) -> [LeaseHolding] { [] }
  }

  @Suite(.timeLimit(.minutes(15))) struct LeaseLoggingTests {
    private let handler = InMemoryLogHandler()

    private func entry(_ index: Int) async throws -> InMemoryLogHandler.Entry {
      while handler.entries.count <= index { try await Task.sleep(for: .milliseconds(1)) }
      return handler.entries[index]
    }

    @Test func outagesAndLossesAreLogged() async throws {
      let store = LoggedStore()
      let leases = LeaseTable<String>(store: store, namespace: "orders")
      leases.logEvents(to: Logger(label: "leases") { _ in handler })
      let run = Task { try await leases.run() }
      store.changes.continuation.yield(.interrupted(LeaseStoreError(.transient, "gone", code: "X")))
      let outage = try await entry(0)
      #expect(outage.level == .warning && outage.metadata["lease.code"] == "X")
      #expect(outage.message == "leases of \"orders\": the engine can't be reached: gone (X)")
      store.changes.continuation.yield(.connected)
      let end = try await entry(1)
      #expect(end.level == .notice && end.metadata["lease.namespace"] == "orders")
      let name = try #require(LeaseName(namespace: "orders", key: "account-42"))
      let loss = await #expect(throws: LeaseLostError.self) {
        try await leases.withLease("account-42") { lease in
          store.changes.continuation.yield(.lost(LeaseClaim(name, owner: lease.owner)))
          try await Task.sleep(for: .seconds(60))
        }
      }
      let logged = try await entry(2)
      #expect(logged.level == .error && logged.metadata["lease.key"] == "account-42")
      #expect(loss != nil && "\(logged.message)".hasPrefix("the lease of account-42 of \"orders\""))
      run.cancel()
      try await run.value
    }
  }
#endif
