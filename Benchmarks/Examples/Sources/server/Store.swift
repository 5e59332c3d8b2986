/// In place of a database. Each call is safe by itself and takes a while. What happens between two
/// calls is the affair of the caller, who locks the account or the profile.
actor Store {
  struct NoSuchAccount: Error {}
  struct InsufficientFunds: Error {}

  private var balances = Array(repeating: 100, count: 1_000)
  /// What is taken from accounts, and not yet paid or given back.
  private(set) var reserved = 0
  private var profiles: [String: String] = [:]

  func balance(of account: Int) async throws -> Int {
    await answer(after: .milliseconds(1))
    guard balances.indices.contains(account) else { throw NoSuchAccount() }
    return balances[account]
  }

  func setBalance(of account: Int, to balance: Int) async {
    await answer(after: .milliseconds(1))
    balances[account] = balance
  }

  func profile(of name: String) async -> String? {
    await answer(after: .milliseconds(1))
    return profiles[name]
  }

  func setProfile(of name: String, to text: String) async {
    await answer(after: .milliseconds(5))
    profiles[name] = text
  }

  /// A cancelled task has its answer at once: other calls may run meanwhile, and that is all that counts.
  private func answer(after delay: Duration) async {
    try? await Task.sleep(for: delay)
  }

  func reserve(_ amount: Int) {
    reserved += amount
  }

  /// All money that the bank has, which no transfer changes.
  var total: Int { balances.reduce(reserved, +) }
  var accounts: Range<Int> { balances.indices }
}
