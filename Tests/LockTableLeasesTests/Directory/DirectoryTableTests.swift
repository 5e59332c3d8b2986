import Foundation
import LockTable
import LockTableLeases
import Testing

/// Tables of leases on one directory, each as in a process of its own.
@Suite(.timeLimit(.minutes(15)))
struct DirectoryTableTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  /// What the holders of a key see: nobody else, and tokens that rise.
  private struct Witness {
    var holderCount = 0
    var lastToken: Int64 = 0
    var turnCount = 0
  }

  private func withTable(
    _ body: (LeaseTable<String>) async throws -> Void
  ) async throws {
    let table = LeaseTable<String>(store: directory.store(), namespace: "orders")
    let run = Task { try await table.run() }
    defer { run.cancel() }
    try await body(table)
    run.cancel()
    try? await run.value
  }

  @Test func tablesTakeTurns() async throws {
    let witness = Guarded(Witness())
    try await withTable { one in
      try await withTable { other in
        try await withThrowingTaskGroup { group in
          for table in [one, other] {
            for _ in 0..<8 {
              group.addTask { for _ in 0..<25 { try await turn(table, witness) } }
            }
          }
          try await group.waitForAll()
        }
      }
    }
    #expect(witness.withValue { $0.turnCount } == 400)
    #expect(directory.files == ["tokens"])
  }

  private func turn(_ table: LeaseTable<String>, _ witness: Guarded<Witness>) async throws {
    try await table.withLease("a") { lease in
      witness.withValue { witness in
        #expect(witness.holderCount == 0)
        #expect(lease.fencingToken > witness.lastToken)
        witness.holderCount += 1
        witness.lastToken = lease.fencingToken
        witness.turnCount += 1
      }
      await Task.yield()
      witness.withValue { $0.holderCount -= 1 }
    }
  }

  @Test func aDeletedFileCancelsTheBody() async throws {
    let path = directory.path + "/orders,a"
    try await withTable { table in
      let error = await #expect(throws: LeaseLostError.self) {
        try await table.withLease("a") { _ in
          try FileManager.default.removeItem(atPath: path)
          while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        }
      }
      #expect(error?.reason == .taken)
    }
    #expect(directory.files == ["tokens"])
  }

  @Test func aMissingDirectoryIsToldAtOnce() async throws {
    let table = LeaseTable<String>(
      store: .directory(directory.path + "/missing"), namespace: "orders")
    let error = await #expect(throws: LeaseStoreError.self) { try await table.run() }
    #expect(error?.kind == .configuration)
  }
}
