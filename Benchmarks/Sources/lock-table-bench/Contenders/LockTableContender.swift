import LockTable

/// The table under test, as the README shows it.
final class LockTableContender<Key: BenchKey>: Contender {
  private let table: LockTable<Key>

  init(fairness: LockTableConfiguration.Fairness) {
    table = LockTable(configuration: LockTableConfiguration(fairness: fairness))
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    table.withLock(key, body)
  }
}

extension LockTableContender: AsyncContender {
  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    do {
      try await table.withLock(key) { body() }
    } catch {
      fatalError("LockTable threw \(error) in a task that nobody cancels")
    }
  }
}
