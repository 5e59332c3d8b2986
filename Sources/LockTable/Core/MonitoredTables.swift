internal import Synchronization

/// A table, whatever its keys are, for those that know tables only by number.
protocol MonitoredTable: AnyObject, Sendable {
  /// Whether it has diagnostics, so that its waits may be part of a deadlock that can be found.
  var hasDiagnostics: Bool { get }

  /// Whether waits in it may be failed to end a deadlock.
  var failsYoungest: Bool { get }

  /// Returns the keys that are waited for.
  func waitedKeys() -> WaitedKeys

  /// Fails the wait because of a deadlock. Returns false if it can't fail, or is over.
  func fail(_ serial: UInt64) -> Bool

  /// A deadlock that waits of the table are part of was found, and ended, by another one.
  func note(_ deadlock: FoundDeadlock)

  /// A wait has begun, and the core was asked to tell.
  func waitBegan()
}

/// The keys of a table that are waited for.
struct WaitedKeys {
  struct Key {
    var key: (any Hashable & Sendable)?
    /// The key in words.
    var name: String
    var holders: [LockParticipant]
    var waiters: [LockParticipant]
  }

  var table: any MonitoredTable
  var tableName: String?
  var keys: [Key]
  var isComplete: Bool
}

/// The tables of the process that have diagnostics or hooks, or whose waits somebody watches.
///
/// The references are weak: a table ends while it is listed. Whoever uses one keeps it meanwhile, so
/// that it may end on another thread than its owner's.
enum MonitoredTables {
  private struct Reference {
    weak var table: (any MonitoredTable)?
  }

  private static let references = Guarded<[UInt: Reference]>([:])
  private static let count = Atomic<UInt>(0)

  /// Returns a number that no other table has, larger than all before.
  static func newNumber() -> UInt { count.add(1, ordering: .relaxed).newValue }

  static func add(_ table: any MonitoredTable, number: UInt) {
    let reference = Reference(table: table)
    references.withValue { $0[number] = reference }
  }

  static func remove(_ number: UInt) {
    references.withValue { _ = $0.removeValue(forKey: number) }
  }

  static func table(_ number: UInt) -> (any MonitoredTable)? {
    references.withValue { $0[number]?.table }
  }

  /// The tables with diagnostics but for one.
  static func others(than number: UInt) -> [any MonitoredTable] {
    let tables = references.withValue { references in
      references.compactMap { $0 == number ? nil : $1.table }
    }
    return tables.filter(\.hasDiagnostics)
  }
}

extension LockTable: MonitoredTable {
  var failsYoungest: Bool { monitor.failsYoungest }

  func waitedKeys() -> WaitedKeys { WaitedKeys(snapshot(waitedForOnly: true), of: self) }

  func fail(_ serial: UInt64) -> Bool {
    withExtendedLifetime(self) { core.failDeadlocked(serial) }
  }

  func note(_ deadlock: FoundDeadlock) {
    monitor.note(SuspectedDeadlock(deadlock, of: self), in: self)
  }

  func waitBegan() {
    monitor.waitBegan(in: self)
  }
}

extension WaitedKeys {
  /// The keys stand where they do in the snapshot.
  init<TableKey>(_ snapshot: LockTableSnapshot<TableKey>, of table: LockTable<TableKey>) {
    self.table = table
    tableName = table.name
    keys = snapshot.keys.map {
      Key(key: $0.key, name: $0.name, holders: $0.holders, waiters: $0.waiters)
    }
    isComplete = snapshot.isComplete
  }

  /// Whether somebody who is known has waited for at least `delay`.
  func hasWait(of delay: Duration) -> Bool {
    keys.contains { key in
      key.waiters.contains { $0.serial != 0 && ($0.duration ?? .zero) >= delay }
    }
  }
}
