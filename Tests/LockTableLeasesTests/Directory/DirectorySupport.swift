import Foundation
import LockTable
import LockTableLeases
import Testing

/// A directory of its own for one test, deleted with it.
final class ScratchDirectory: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "lock-table-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var files: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }

  func store(hearsEvents: Bool = true) -> DirectoryLeaseStore {
    DirectoryLeaseStore(path: path, allowsNetworkFileSystems: false, hearsEvents: hearsEvents)
  }
}

/// Makes the claims of one process.
struct Claimant {
  let process: LeaseProcess

  init(_ id: String) {
    process = LeaseProcess(id: id, host: "here", number: 7, started: 1_764_489_600)
  }

  func claim(
    _ key: String, _ serial: UInt64 = 1, in namespace: String = "orders"
  ) throws -> LeaseClaim {
    LeaseClaim(
      try #require(LeaseName(namespace: namespace, key: key)),
      owner: LeaseOwner(process: process, serial: serial))
  }
}

extension LeaseAnswer {
  var token: Int64? {
    if case .granted(let token) = self { token } else { nil }
  }

  var obstacle: LeaseObstacle? {
    if case .held(let obstacle) = self { obstacle } else { nil }
  }
}

extension DirectoryLeaseStore {
  func acquire(_ claim: LeaseClaim, waits: Bool = false) async throws -> LeaseAnswer {
    try await acquire(claim, for: .seconds(15), waits: waits)
  }
}

/// What a store has reported.
final class Reports: Sendable {
  private let list = Guarded<[LeaseStoreChange]>([])

  func add(_ change: LeaseStoreChange) {
    list.withValue { $0.append(change) }
  }

  /// Waits until a report has the property.
  func first(where matches: @Sendable (LeaseStoreChange) -> Bool) async throws {
    while !list.withValue({ $0.contains(where: matches) }) {
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  func clear() {
    list.withValue { $0 = [] }
  }

  static func isConnected(_ change: LeaseStoreChange) -> Bool {
    if case .connected = change { true } else { false }
  }

  static func isFree(_ name: LeaseName) -> @Sendable (LeaseStoreChange) -> Bool {
    { change in if case .mayBeFree(name) = change { true } else { false } }
  }

  static func isLost(_ claim: LeaseClaim) -> @Sendable (LeaseStoreChange) -> Bool {
    { change in if case .lost(claim) = change { true } else { false } }
  }
}

/// Runs the store while the body runs.
func withRun(
  of store: DirectoryLeaseStore, as process: LeaseProcess,
  _ body: (Reports) async throws -> Void
) async throws {
  let reports = Reports()
  let run = Task { try await store.run(as: process) { reports.add($0) } }
  defer { run.cancel() }
  try await reports.first(where: Reports.isConnected)
  try await body(reports)
  run.cancel()
  try await run.value
}
