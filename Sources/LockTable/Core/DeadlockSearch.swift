/// A search for deadlocks that waits of one table are part of. They may go through other tables.
///
/// A look at a table is not a look at one moment, and neither is a look at several tables. So a
/// cycle counts only if a second look, which begins after the first one has ended, shows it with the
/// same waits and the same holds. Each of them lasted from the first look to the second, so at some
/// moment all of them existed together.
struct DeadlockSearch {
  /// The table's own keys come first.
  private let tables: [WaitedKeys]
  private let suspects: [[WaitGraph.Wait]]
  /// All waits that exist. Nil if that is not known.
  let waits: Set<UInt64>?

  /// Looks at all tables with diagnostics, if a wait of the table has lasted for `delay`.
  init(own: WaitedKeys, number: UInt, delay: Duration) {
    let others =
      own.hasWait(of: delay) ? MonitoredTables.others(than: number).map { $0.waitedKeys() } : []
    tables = [own] + others
    let graph = WaitGraph(tables, delay: delay)
    suspects = graph.cycles()
    let isComplete = tables.allSatisfy(\.isComplete)
    // Without a suspect, no deadlock of this table exists.
    waits = isComplete ? suspects.isEmpty ? [] : Set(graph.allEdges.map(\.waiter.serial)) : nil
  }

  /// Looks again at the tables in question. Returns the cycles that are still there.
  func confirmed() -> [[WaitGraph.Wait]] {
    let edges = edges(of: suspects)
    return suspects.filter { $0.allSatisfy { edges.contains($0.serials) } }
  }

  /// Returns the edges that exist now in the tables of some cycles.
  private func edges(of cycles: [[WaitGraph.Wait]]) -> Set<[UInt64]> {
    let numbers = Set(cycles.joined().map(\.table))
    let again = numbers.map { tables[$0].table.waitedKeys() }
    return Set(WaitGraph(again, delay: .zero).allEdges.map(\.serials))
  }

  /// Returns a cycle for the hooks of its first table. `snapshot` is what that table showed.
  func deadlock<Key>(
    of cycle: [WaitGraph.Wait], in snapshot: LockTableSnapshot<Key>
  ) -> SuspectedDeadlock<Key> {
    SuspectedDeadlock(
      waits: cycle.map { wait in
        let table = tables[wait.table]
        return SuspectedDeadlock.Wait(
          key: wait.table == 0 ? snapshot.keys[wait.key].key : nil,
          name: table.keys[wait.key].name, tableName: table.tableName,
          isInOtherTable: wait.table != 0, waiter: wait.waiter, blocker: wait.blocker,
          isHeldByBlocker: wait.isHeldByBlocker)
      })
  }
}

extension SuspectedDeadlock {
  /// What tells this deadlock from others. The blockers don't count: an acquirer can block another
  /// by more than one hold of a key.
  var identity: Set<UInt64> { Set(waits.map(\.waiter.serial)) }
}
