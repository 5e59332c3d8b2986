import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// Many callers of several processes, in real time, with faults, cancellations and short limits.
@Suite(.timeLimit(.minutes(15))) struct LeaseStormTests {
  /// What the keys guard: it rejects nothing, but notes who is there and with which token. On a slow
  /// machine a holder may be there that has lost its lease.
  private final class Witness: Sendable {
    private struct State {
      var inside: [String: Lease] = [:]
      var tokens: [String: Int64] = [:]
      var errors: [String] = []
      var visits = 0
    }

    private let state = Guarded(State())

    func enter(_ lease: Lease) {
      state.withValue { state in
        state.visits += 1
        if let other = state.inside.updateValue(lease, forKey: lease.key), other.isValid {
          state.errors.append("two are inside \(lease.key)")
        }
        if let last = state.tokens[lease.key], last >= lease.fencingToken {
          state.errors.append("\(lease.key): \(lease.fencingToken) after \(last)")
        }
        state.tokens[lease.key] = lease.fencingToken
      }
    }

    func leave(_ lease: Lease) {
      state.withValue { state in
        if state.inside[lease.key]?.fencingToken == lease.fencingToken {
          state.inside[lease.key] = nil
        }
      }
    }

    var errors: [String] { state.withValue { $0.errors } }
    var visits: Int { state.withValue { $0.visits } }
  }

  @Test(arguments: [false, true]) func nobodyIsLostAndNothingIsLeft(hasFaults: Bool) async throws {
    let engine = MemoryLeaseEngine()
    let witness = Witness()
    let tables = (0..<3).map { index in
      let store = FaultyLeaseStore(.memory(engine))
      if hasFaults {
        store.plan = .random(
          seed: UInt64(index), lost: 1, late: 5, copied: 2, longest: .milliseconds(3))
      }
      var configuration = LeaseConfiguration()
      configuration.duration = .seconds(hasFaults ? 10 : 30)
      configuration.pollInterval = .milliseconds(100)
      return LeaseTable<String>(store: store, namespace: "test", configuration: configuration)
    }
    let runs = tables.map { table in Ending { try await table.run() } }
    await withTaskGroup { group in
      for caller in 0..<24 {
        group.addTask {
          await call(tables[caller % 3], SeededNumbers(seed: UInt64(caller)), witness, hasFaults)
        }
      }
    }
    for table in tables {
      await until { table.isEmpty }
    }
    for run in runs {
      run.cancel()
      try await run.value()
    }
    #expect(witness.errors == [])
    #expect(witness.visits > 50)
    #expect(engine.nameCount == 0 && engine.waiterCount == 0)
  }

  private func call(
    _ table: LeaseTable<String>, _ numbers: SeededNumbers, _ witness: Witness, _ hasFaults: Bool
  ) async {
    var numbers = numbers
    for _ in 0..<(hasFaults ? 5 : 100) {
      let key = ["a", "b", "c"][numbers.below(3)]
      let kind = numbers.below(10)
      let task = Task {
        let body: @Sendable (Lease) async -> Void = { lease in
          witness.enter(lease)
          await Task.yield()
          witness.leave(lease)
        }
        switch kind {
        case 0: _ = try await table.withLeaseIfAvailable(key) { await body($0) }
        case 1: try await table.withLease(key, timeout: .milliseconds(2)) { await body($0) }
        case 2:
          try await table.withLeases(all: ["c", "a", "b"]) { leases in
            for lease in leases { await body(lease) }
          }
        case 3:
          let held = try await table.acquire(key)
          await body(held.lease)
        default: try await table.withLease(key) { await body($0) }
        }
      }
      if kind == 9 {
        await Task.yield()
        task.cancel()
      }
      _ = await task.result
    }
  }
}
