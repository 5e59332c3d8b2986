import LockTable
import ServiceLifecycle

/// What the server does with accounts. Each operation holds the accounts that it reads and writes.
struct Bank: Sendable {
  let store: Store
  let accountLocks: LockTable<Int>
  /// The longest that a request waits for an account or a profile: its client does not wait for ever
  /// either.
  let patience: Duration

  /// Both keys in one call: two transfers between the same accounts can't deadlock.
  func transfer(_ amount: Int, from: Int, to: Int) async throws {
    try await accountLocks.withLock(all: [from, to], timeout: patience) {
      let source = try await store.balance(of: from)
      let target = try await store.balance(of: to)
      guard source >= amount else { throw Store.InsufficientFunds() }
      guard from != to else { return }
      // From here on nothing throws, so the transfer is made as a whole, also in a cancelled task.
      await store.setBalance(of: from, to: source - amount)
      await store.setBalance(of: to, to: target + amount)
    }
  }

  /// Readers hold the account together.
  func balance(of account: Int) async throws -> Int {
    try await accountLocks.withSharedLock(account, timeout: patience) {
      try await store.balance(of: account)
    }
  }

  /// Holds the account for as long as it takes, so that it does not change meanwhile.
  func audit(_ account: Int, for duration: Duration) async throws -> Int {
    try await accountLocks.withLock(account, timeout: patience) {
      let before = try await store.balance(of: account)
      try await Task.sleep(for: duration)
      let after = try await store.balance(of: account)
      precondition(before == after, "an account changed although it was locked")
      return after
    }
  }

  /// Takes the money, pays a third party, and gives the money back if that fails. The account is not
  /// held while the third party is waited for.
  func pay(_ amount: Int, from account: Int, taking duration: Duration) async throws {
    try await accountLocks.withLock(account, timeout: patience) {
      let balance = try await store.balance(of: account)
      guard balance >= amount else { throw Store.InsufficientFunds() }
      await store.setBalance(of: account, to: balance - amount)
      await store.reserve(amount)
    }
    do {
      // A server that shuts down does not wait for third parties.
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    } catch {
      // The task may be cancelled: withLock would throw, and the money would be gone.
      await accountLocks.withUncancellableLock(account) {
        guard let balance = try? await store.balance(of: account) else { return }
        await store.setBalance(of: account, to: balance + amount)
        await store.reserve(-amount)
      }
      throw error
    }
    await store.reserve(-amount)
  }
}
