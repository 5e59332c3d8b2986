import LockTable

/// What the others are compared with: the table, as a client of the package calls it.
final class LockTableContender<Key: BenchKey>: Contender {
  private let table: LockTable<Key>

  init(_ table: LockTable<Key>) { self.table = table }

  convenience init(fairness: LockTableConfiguration.Fairness) {
    self.init(LockTable(configuration: LockTableConfiguration(fairness: fairness)))
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { table.withLock(key, body) }

  @inline(__always)
  func runShared(_ key: Key, _ body: () -> Void) { table.withSharedLock(key, body) }
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

  @inline(__always)
  nonisolated(nonsending) func runSharedSuspending(_ key: Key, _ body: () -> Void) async {
    do {
      try await table.withSharedLock(key) { body() }
    } catch {
      fatalError("LockTable threw \(error) in a task that nobody cancels")
    }
  }
}

extension LockTableContender {
  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    do {
      try await table.withLock(key) {
        begin()
        await Task.yield()
        end()
      }
    } catch {
      fatalError("LockTable threw \(error) in a task that nobody cancels")
    }
  }
}

/// The table under test, whose readers are not told from writers: what sharing buys.
final class ExclusiveLockTable<Key: BenchKey>: Contender, AsyncContender {
  private let table = LockTableContender<Key>(fairness: .adaptive)

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { table.run(key, body) }

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    await table.runSuspending(key, body)
  }

  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    await table.runAcrossYield(key, begin, end)
  }
}

/// Its blocking form, in tasks, too.
final class BlockingLockTable<Key: BenchKey>: BlocksInTasks {
  private let table = LockTableContender<Key>(fairness: .adaptive)

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { table.run(key, body) }
}
