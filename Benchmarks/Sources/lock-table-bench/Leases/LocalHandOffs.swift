import LockTable
import LockTableLeases
import SinglePaths
import Synchronization

// Tasks of one process, and the key goes from one to the other.

extension LeasesExperiment {
  func localHandOffs() throws -> [any Record] {
    try withDirectories(1) { directories in
      let locks = LockTable<String>()
      let places = [LeasePlace.memory, .directory(directories[0])]
      let tables = try places.map { try RunningTable($0) }
      for table in tables { try throwing { try await table.check() } }
      let own = handOffs("LockTable.withLock") {
        try await locks.withLock("key") { await Task.yield() }
      }
      let loops = zip(places, tables).map { place, table in
        handOffs("LeaseTable.withLease, \(place.name)") { [leases = table.leases] in
          try await leases.withLease("key") { _ in await Task.yield() }
        }
      }
      let times = LoopTimes([own] + loops, rounds: rounds, turns: 15, count: 1_000, onPool: true)
      let details = tables.map { table in
        let told = table.leases.statistics()
        let part = Double(told.handOffs) / Double(max(told.acquisitions, 1))
        return "\(decimal(100 * part, 1)) % of the leases were handed over"
      }
      blocking { for table in tables { await table.stop() } }
      return zip(loops, details).map { loop, detail in
        TargetRecord(
          "hand-off, \(loop.name)", "time ÷ that of LockTable.withLock",
          Ratio(times[loop], over: times[own]), .atMost(2),
          detail: "\(decimal(median(times[own]), 0)) ns in the LockTable; \(detail)")
      }
    }
  }

  /// Eight tasks that each hold the key across a suspension: whoever gives it back gives it to another.
  private func handOffs(
    _ name: String, _ once: @escaping @Sendable () async throws -> Void
  ) -> Loop {
    Loop(
      name,
      inTask: { count in
        let turns = TurnsLeft(count)
        try await withThrowingTaskGroup { group in
          for _ in 0..<8 {
            group.addTask { while turns.take() { try await once() } }
          }
          try await group.waitForAll()
        }
      })
  }
}

/// What tasks have to do together, so that all have enough to do until the end.
private final class TurnsLeft: Sendable {
  private let left: Atomic<Int>

  init(_ count: Int) { left = Atomic(count) }

  func take() -> Bool { left.subtract(1, ordering: .relaxed).oldValue > 0 }
}
