import LockTable
import Logging
import ServiceLifecycle

/// A background job: pays interest of 1, taken from account 0, to one account after the other. It gives
/// way to requests.
struct Interest: Service {
  let bank: Bank
  let logger: Logger

  func run() async throws {
    // Ends the sleep and the round. What is in a body goes on, as nothing in it looks.
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: .seconds(1))
        let skipped = try await payAll()
        logger.info("paid interest", metadata: ["accounts skipped": "\(skipped)"])
      }
    }
  }

  /// Returns how many accounts were busy. They have their turn in the next round.
  private func payAll() async throws -> Int {
    var skipped = 0
    for account in await bank.store.accounts.dropFirst().prefix(100) {
      try Task.checkCancellation()
      do {
        // Nil: somebody else has one of the accounts, and a job need not wait for it. An error is
        // another matter: the body has failed.
        let balance = try await bank.accountLocks.withLockIfAvailable(all: [0, account]) {
          try await pay(account)
        }
        skipped += balance == nil ? 1 : 0
      } catch is Store.InsufficientFunds {
        return skipped
      }
    }
    return skipped
  }

  /// Returns the new balance.
  private func pay(_ account: Int) async throws -> Int {
    let source = try await bank.store.balance(of: 0)
    let target = try await bank.store.balance(of: account)
    guard source > 0 else { throw Store.InsufficientFunds() }
    await bank.store.setBalance(of: 0, to: source - 1)
    await bank.store.setBalance(of: account, to: target + 1)
    return target + 1
  }
}
