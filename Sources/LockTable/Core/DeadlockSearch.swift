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

  /// Looks again at the tables in question. Returns the cycles that are still there. Ends those that
  /// may be ended.
  func confirmed() -> [FoundDeadlock] {
    let edges = edges(of: suspects)
    var failed: Set<UInt64> = []
    return suspects.filter { isThere($0, in: edges) }.compactMap { cycle in
      // One failed wait may be the end of several cycles.
      guard failed.isDisjoint(with: cycle.map(\.waiter.serial)) else { return nil }
      var deadlock = found(cycle)
      guard deadlock.waits.contains(where: { $0.table.failsYoungest }) else { return deadlock }
      let serials = Set(cycle.map(\.waiter.serial))
      guard DeadlockClaims.claim(serials) else { return nil }
      deadlock.failed = failYoungest(of: deadlock, in: cycle)
      DeadlockClaims.settle(serials, isEnded: deadlock.failed != nil)
      if let wait = deadlock.failed {
        failed.insert(cycle[wait].waiter.serial)
      }
      return deadlock
    }
  }

  /// Fails the wait that began last among those that can fail, and whose tables want that.
  private func failYoungest(of deadlock: FoundDeadlock, in cycle: [WaitGraph.Wait]) -> Int? {
    let candidates = cycle.indices.filter { deadlock.waits[$0].table.failsYoungest }
      .sorted { cycle[$0].waiter.sight.began > cycle[$1].waiter.sight.began }
    for candidate in candidates {
      let wait = deadlock.waits[candidate]
      // Kept before, as the waiter may run at once.
      let number = FailedWaits.keep(deadlock.links(from: candidate), for: wait.waiter)
      if wait.table.fail(wait.waiter.serial) {
        return candidate
      }
      FailedWaits.withdraw(number)
      // It can't fail; or it is over, and with it the deadlock.
      guard isThere(cycle, in: edges(of: [cycle])) else { return nil }
    }
    return nil
  }

  private func isThere(_ cycle: [WaitGraph.Wait], in edges: Set<[UInt64]>) -> Bool {
    cycle.allSatisfy { edges.contains($0.serials) }
  }

  /// Returns the edges that exist now in the tables of some cycles.
  private func edges(of cycles: [[WaitGraph.Wait]]) -> Set<[UInt64]> {
    let numbers = Set(cycles.joined().map(\.table))
    let again = numbers.map { tables[$0].table.waitedKeys() }
    return Set(WaitGraph(again, delay: .zero).allEdges.map(\.serials))
  }

  private func found(_ cycle: [WaitGraph.Wait]) -> FoundDeadlock {
    FoundDeadlock(
      waits: cycle.map { wait in
        let table = tables[wait.table]
        return FoundDeadlock.Wait(
          table: table.table, key: table.keys[wait.key], tableName: table.tableName,
          waiter: wait.waiter, blocker: wait.blocker, isHeldByBlocker: wait.isHeldByBlocker)
      })
  }
}
