internal import CLockTable

/// What it takes to inspect a table: all but the table itself.
struct TableParts<Key: Hashable & Sendable>: Sendable {
  let core: CoreTable
  let naming: TableNaming
  let monitor: DiagnosticsMonitor<Key>
  let hasDiagnostics: Bool

  func statistics() -> LockTableStatistics {
    LockTableStatistics(
      core.statistics, core.present, hasDiagnostics: hasDiagnostics,
      suspectedDeadlocks: monitor.suspectedDeadlocks)
  }

  func snapshot(waitedForOnly: Bool) -> LockTableSnapshot<Key> {
    var entries: [LockTableSnapshot<Key>.Entry] = []
    let isComplete = core.inspect(waitedForOnly: waitedForOnly) { report in
      entries.append(entry(of: report))
    }
    entries.sort { ($0.waiterCount, $0.longestWait) > ($1.waiterCount, $1.longestWait) }
    return LockTableSnapshot(keys: entries, isComplete: isComplete)
  }

  private func entry(of report: lt_report_t) -> LockTableSnapshot<Key>.Entry {
    let (key, name) = LockTable<Key>.identify(report, as: naming)
    let (holders, waiters) = LockTable<Key>.participants(of: report)
    return LockTableSnapshot.Entry(
      key: key, name: name, tableName: naming.name, holderCount: report.holders,
      capacity: report.has_permits ? Int(report.capacity) : nil, waiterCount: report.waiters,
      mode: report.holders == 0 ? nil : report.is_exclusive ? .exclusive : .shared,
      holders: holders, waiters: waiters, hash: report.hash)
  }
}

extension LockTable {
  /// The table has to outlive their use.
  var parts: TableParts<Key> {
    TableParts(core: core, naming: naming, monitor: monitor, hasDiagnostics: hasDiagnostics)
  }
}
