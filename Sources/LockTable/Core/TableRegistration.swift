/// A table with a name, for those that inspect all tables of the process.
protocol RegisteredTable: AnyObject, Sendable {
  /// Larger than that of each table that was made before.
  var number: UInt { get }

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
  private let parts: TableParts<Key>
  private let state = Guarded(State())

  init(name: String, parts: TableParts<Key>) {
    self.name = name
    self.parts = parts
    TableRegistry.add(self)
  }

  var number: UInt { parts.monitor.number }

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
  private static let byNumber = Guarded<[UInt: any RegisteredTable]>([:])

  static func add(_ table: any RegisteredTable) {
    byNumber.withValue { $0[table.number] = table }
  }

  static func remove(_ number: UInt) {
    // The registration ends with no lock held.
    let table = byNumber.withValue { $0.removeValue(forKey: number) }
    withExtendedLifetime(table) {}
  }

  static var tables: [any RegisteredTable] {
    byNumber.withValue { Array($0.values) }.sorted { $0.number < $1.number }
  }
}
