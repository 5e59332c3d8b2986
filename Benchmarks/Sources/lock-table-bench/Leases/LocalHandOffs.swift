import LockTable
import LockTableLeases
import Synchronization

// Tasks of one process, and the key goes from one to the other.

extension LeasesExperiment {
  func localHandOffs() throws -> [any Record] {
    try withDirectories(1) { directories in
      // In order of arrival, each release hands the key on, as that of a lease does.
      let locks = LockTable<String>(configuration: LockTableConfiguration(fairness: .fifo))
      let places = [LeasePlace.memory, .directory(directories[0])]
      let tables = try places.map { try RunningTable($0) }
      for table in tables { try throwing { try await table.check() } }
      let own = HandOffs { turn in
        try await locks.withLock("key") { await turn() }
      }
      let leases = tables.map { table in
        HandOffs { [leases = table.leases] turn in
          try await leases.withLease("key") { _ in await turn() }
        }
      }
      let loops = [own] + leases
      // The first round is a warm-up.
      interleave(rounds: rounds + 1, loops.count) { round, index in
        let loop = loops[index]
        blocking { try await loop.measure(counts: round > 0) }
      }
      let details = tables.map { table in
        let told = table.leases.statistics()
        let part = Double(told.handOffs) / Double(max(told.acquisitions, 1))
        return "\(decimal(100 * part, 1)) % of the leases were handed over"
      }
      blocking { for table in tables { await table.stop() } }
      return places.indices.flatMap { index in
        let (lease, name) = (leases[index], places[index].name)
        return [
          TargetRecord(
            "hand-off, LeaseTable, \(name)",
            "time from body to body ÷ that of a LockTable in order of arrival",
            Ratio(lease.handOffs, over: own.handOffs), .atMost(2),
            detail: "\(decimal(median(own.handOffs), 0)) ns in the LockTable; \(details[index])"),
          TargetRecord(
            "whole call, LeaseTable, \(name)", "time ÷ that of a LockTable in order of arrival",
            Ratio(lease.calls, over: own.calls), nil),
        ]
      }
    }
  }
}

/// Eight tasks that each hold a key across a suspension: whoever gives it back gives it to another.
private final class HandOffs: Sendable {
  typealias Turn = @Sendable () async -> Void

  private struct State {
    /// When the last body ended.
    var end: UInt64?
    var gaps: [UInt64] = []
    var handOffs: [Double] = []
    var calls: [Double] = []
  }

  private let once: @Sendable (@escaping Turn) async throws -> Void
  private let state = Mutex(State())

  init(_ once: @escaping @Sendable (@escaping Turn) async throws -> Void) { self.once = once }

  /// The median of each round.
  var handOffs: [Double] { state.withLock { $0.handOffs } }
  /// The time of each round for each call: tasks that do not hold the key end their calls meanwhile.
  var calls: [Double] { state.withLock { $0.calls } }

  func measure(counts: Bool) async throws {
    let count = 20_000
    state.withLock { $0.gaps.reserveCapacity(count) }
    let turns = TurnsLeft(count), begin = monotonicNanoseconds()
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { while turns.take() { try await self.once(self.turn) } }
      }
      try await group.waitForAll()
    }
    let time = Double(monotonicNanoseconds() - begin) / Double(count)
    state.withLock { state in
      if counts {
        state.handOffs.append(median(state.gaps.map { Double($0) }))
        state.calls.append(time)
      }
      state.gaps.removeAll(keepingCapacity: true)
      state.end = nil
    }
  }

  private func turn() async {
    let begin = monotonicNanoseconds()
    state.withLock { state in
      if let end = state.end { state.gaps.append(begin - end) }
    }
    await Task.yield()
    state.withLock { $0.end = monotonicNanoseconds() }
  }
}

/// What tasks have to do together, so that all have enough to do until the end.
private final class TurnsLeft: Sendable {
  private let left: Atomic<Int>

  init(_ count: Int) { left = Atomic(count) }

  func take() -> Bool { left.subtract(1, ordering: .relaxed).oldValue > 0 }
}
