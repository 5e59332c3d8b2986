import LockTable
import LockTableLeases

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Asks a directory store as a table does, without anything in front.
final class Contender: Sendable {
  let store: DirectoryLeaseStore
  private let process: LeaseProcess
  private let state = Guarded(State())

  private struct State {
    var serial: UInt64 = 0
    /// How often each name was reported.
    var reports: [LeaseName: Int] = [:]
    var waiters: [LeaseName: [CheckedContinuation<Void, Never>]] = [:]
  }

  init(_ path: String) {
    store = DirectoryLeaseStore(path: path)
    process = LeaseProcess(
      id: String(UInt64.random(in: (1 << 60)...UInt64.max), radix: 16), host: "test",
      number: getpid(), started: Int64(time(nil)))
  }

  func run() async throws {
    try await store.run(as: process) { change in
      guard case .mayBeFree(let name) = change else { return }
      let waiters = self.state.withValue { state in
        state.reports[name, default: 0] += 1
        return state.waiters.removeValue(forKey: name) ?? []
      }
      for waiter in waiters { waiter.resume() }
    }
  }

  func claim(_ key: String) -> LeaseClaim {
    guard let name = LeaseName(namespace: "test", key: key) else {
      fatalError("The key \(key) is too long.")
    }
    let serial = state.withValue { state in
      state.serial += 1
      return state.serial
    }
    return LeaseClaim(name, owner: LeaseOwner(process: process, serial: serial))
  }

  /// Waits for the name. Asks again only when the store has reported it.
  func acquire(_ claim: LeaseClaim, whileWaiting: () -> Void) async throws -> Int64 {
    var isFirst = true
    while true {
      let reports = state.withValue { $0.reports[claim.name] }
      switch try await store.acquire(claim, for: .seconds(15), waits: true) {
      case .granted(let token): return token
      case .held: break
      }
      if isFirst { whileWaiting() }
      isFirst = false
      await report(of: claim.name, after: reports)
    }
  }

  private func report(of name: LeaseName, after count: Int?) async {
    await withCheckedContinuation { waiter in
      let isLate = state.withValue { state in
        if state.reports[name] != count { return true }
        state.waiters[name, default: []].append(waiter)
        return false
      }
      if isLate { waiter.resume() }
    }
  }
}

/// Runs the body with a contender whose store runs.
func withContender<Result>(
  _ path: String, _ body: (Contender) async throws -> Result
) async throws -> Result {
  let contender = Contender(path)
  let run = Task { try await contender.run() }
  let result = try await body(contender)
  run.cancel()
  try await run.value
  return result
}
