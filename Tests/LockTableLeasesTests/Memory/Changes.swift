import LockTable
import LockTableLeases

func process(_ number: Int32) -> LeaseProcess {
  LeaseProcess(id: "000000000000000\(number)", host: "host", number: number, started: 0)
}

func claim(_ key: String, _ number: Int32) -> LeaseClaim {
  guard let name = LeaseName(namespace: "n", key: key) else { fatalError("\(key) is too long") }
  return LeaseClaim(name, owner: LeaseOwner(process: process(number), serial: 1))
}

/// What a store reported.
final class Changes: Sendable {
  private let state = Guarded<[String]>([])

  var texts: [String] { state.withValue { $0 } }

  func add(_ change: LeaseStoreChange) {
    state.withValue {
      switch change {
      case .connected: $0.append("connected")
      case .interrupted(let error): $0.append("interrupted \(error)")
      case .mayBeFree(let name): $0.append("mayBeFree \(name)")
      case .lost(let claim): $0.append("lost \(claim.name)")
      }
    }
  }

  func wait(for count: Int) async throws {
    while texts.count < count {
      try await Task.sleep(for: .milliseconds(1))
    }
  }
}
