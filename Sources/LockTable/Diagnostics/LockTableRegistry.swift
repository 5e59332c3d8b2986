/// The tables of the process that have a name: ``LockTable/LockTable/init(name:configuration:)``.
///
///     print(LockTableRegistry.dump())
///
/// A table is in the registry from its `init` on until its last reference is gone; the registry
/// keeps no table alive. That costs a lock of a mutex at both ends, and acquisitions nothing.
public enum LockTableRegistry {
  /// Returns text for all tables, in the order in which they were made: for each table a line with
  /// its name and its statistics, and then its snapshot.
  ///
  ///     "accounts": 2 acquisitions, 5 contended; 2 keys, 5 waiters; longest wait 977 ms
  ///     account-7: held exclusively, 4 waiting
  ///       waits: shared, a task, for 977 ms
  ///       …
  ///
  /// For a route for administrators, or for a thread that a signal wakes: it is not safe in a
  /// handler of signals itself. It costs what ``LockTable/LockTable/statistics()`` and
  /// ``LockTable/LockTable/snapshot()`` do, table by table, and delays other callers no longer.
  public static func dump() -> String { report().description }

  /// Returns the same as data. `dumpJSON()` of `LockTableFoundation` makes JSON of it.
  public static func report() -> LockTableReport {
    LockTableReport(tables: TableRegistry.tables.compactMap { $0.report() })
  }
}
