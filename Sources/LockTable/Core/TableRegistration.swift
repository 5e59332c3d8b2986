/// A table with a name, for those that inspect all tables of the process.
protocol RegisteredTable: AnyObject, Sendable {
  /// Returns nil if the table has ended.
  func report() -> LockTableReport.Table?
}

/// Keeps the core of a table open while it is inspected, for a table that ends meanwhile.
///
/// There is no weak reference to the table: from the first one on, each of its references would be
/// counted in a slower way, by all callers.
final class TableRegistration<Key: Hashable & Sendable>: RegisteredTable {
  private struct State {
    var inspections = 0
    var isEnded = false
  }

  private let name: String
  private let number: UInt64
  private let parts: TableParts<Key>
  private let state = Guarded(State())

  init(name: String, parts: TableParts<Key>) {
    self.name = name
    self.parts = parts
    number = TableRegistry.newNumber()
    TableRegistry.add(self, number: number)
  }

  /// Closes the core, now or at the end of the last inspection. Only from the table's `deinit`.
  func end() {
    TableRegistry.remove(number)
    let isUsed = state.withValue { state in
      state.isEnded = true
      return state.inspections > 0
    }
    if !isUsed {
      parts.core.close()
    }
  }

  /// Holds no lock meanwhile: keys describe themselves, and may let go of a table to do so.
  func report() -> LockTableReport.Table? {
    let isAlive = state.withValue { state in
      if !state.isEnded {
        state.inspections += 1
      }
      return !state.isEnded
    }
    guard isAlive else { return nil }
    let report = LockTableReport.Table(
      name: name, isClosed: parts.core.isShutDown, statistics: parts.statistics(),
      snapshot: parts.snapshot(waitedForOnly: false))
    let isLast = state.withValue { state in
      state.inspections -= 1
      return state.isEnded && state.inspections == 0
    }
    if isLast {
      parts.core.close()
    }
    return report
  }
}

/// The tables that have names, in the order in which they were made.
enum TableRegistry {
  private struct State {
    var tables: [UInt64: any RegisteredTable] = [:]
    var lastNumber: UInt64 = 0
  }

  private static let state = Guarded(State())

  static func newNumber() -> UInt64 {
    state.withValue { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  static func add(_ table: any RegisteredTable, number: UInt64) {
    state.withValue { $0.tables[number] = table }
  }

  static func remove(_ number: UInt64) {
    // Ends with no lock held.
    let table = state.withValue { $0.tables.removeValue(forKey: number) }
    withExtendedLifetime(table) {}
  }

  static var tables: [any RegisteredTable] {
    state.withValue(\.tables).sorted { $0.key < $1.key }.map(\.value)
  }
}
