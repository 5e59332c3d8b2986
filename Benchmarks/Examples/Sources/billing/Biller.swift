import LockTableLeases
import ServiceLifecycle
import Synchronization

/// Writes bills, eight at a time, until all are written or the server is told to end.
final class Biller: Service {
  private let accounts: Accounts
  private let leases: LeaseTable<Int>
  private let bills: Int
  private let written = Mutex((count: 0, lost: 0))

  init(accounts: Accounts, leases: LeaseTable<Int>, bills: Int) {
    self.accounts = accounts
    self.leases = leases
    self.bills = bills
  }

  var report: String {
    written.withLock { "bills=\($0.count) lost=\($0.lost) left=\(leases.count)" }
  }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for bill in 0..<self.bills where bill % 8 == worker && !Task.isShuttingDownGracefully {
            try await self.bill(account: Accounts.numbers.randomElement() ?? 1)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func bill(account: Int) async throws {
    do {
      try await leases.withLease(account) { lease in
        let bills = try await accounts.bills(of: account)
        try await Task.sleep(for: .milliseconds(1))  // printing it
        try await accounts.set(bills + 1, of: account, fencingToken: lease.fencingToken)
      }
      written.withLock { $0.count += 1 }
    } catch is LeaseLostError {
      // The error says whether the body had returned. A server that must know asks the resource.
      written.withLock { $0.lost += 1 }
    } catch is Accounts.Outdated {
      written.withLock { $0.lost += 1 }
    }
  }
}
