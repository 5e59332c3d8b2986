import Synchronization

/// The balances, as a database would keep them: reading one and writing one are each safe, and what
/// happens between the two is the caller's affair.
final class AccountStore: Sendable {
  private let balances: Mutex<[Int]>
  private let delay: Duration

  init(accounts: Int, delay: Duration) {
    balances = Mutex(Array(repeating: 0, count: accounts))
    self.delay = delay
  }

  func contains(_ id: Int) -> Bool { balances.withLock { $0.indices.contains(id) } }

  var total: Int { balances.withLock { $0.reduce(0, +) } }

  func balance(of id: Int) -> Int { balances.withLock { $0[id] } }

  /// Adds 1 and returns the new balance. Loses deposits that come in meanwhile: the account has to be
  /// locked.
  nonisolated(nonsending) func deposit(to id: Int) async throws -> Int {
    let balance = balance(of: id) + 1
    if delay == .zero {
      await Task.yield()
    } else {
      try await Task.sleep(for: delay)
    }
    balances.withLock { $0[id] = balance }
    return balance
  }
}
