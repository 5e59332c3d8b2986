import LockTable
import LockTableLeases
import LockTableLeasesTesting

/// Tables, callers, faults and a clock, all on one executor: one run of a scenario.
final class LeaseWorld: Sendable {
  struct Failure: Error {
    let sentence: String
  }

  /// A hold that a body believes in, or believed in.
  struct Hold: Sendable {
    let table: Int
    let name: LeaseName
    let lease: Lease
    let began: Int
    var ended: Int?
    /// How its call ended. Nil: it has not.
    var isLost: Bool?
  }

  struct State {
    var holds: [Hold] = []
    var step = 0
    var running: Set<Int> = []
    var outcomes: [String] = []
    var violations: [String] = []
    var left: LeaseScenario.Faults
    var isInOutage = false
    var outageSince: Duration = .zero
    var outageTime = Duration.zero
    var thieves: [LeaseClaim] = []
    var stolen: Set<LeaseOwner> = []
    var runs: [Task<Void, Never>?] = []
    var calls: [Task<Void, Never>?] = []
  }

  let scenario: LeaseScenario
  let isVerbose: Bool
  let clock = StepClock()
  let executor = StepExecutor()
  let engine: MemoryLeaseEngine
  let record: EngineRecord
  let history: LeaseHistory
  let stores: [FaultyLeaseStore]
  let tables: [LeaseTable<String>]
  let state: Guarded<State>
  /// The owners whose release a table has tried.
  let releases = Guarded<Set<LeaseOwner>>([])

  init(
    _ scenario: LeaseScenario, isVerbose: Bool = false,
    wrap: (any LeaseStore) -> any LeaseStore = { $0 }
  ) {
    self.scenario = scenario
    self.isVerbose = isVerbose
    engine = MemoryLeaseEngine(clock: clock)
    record = EngineRecord(clock)
    history = LeaseHistory(clock: clock)
    var (stores, tables): ([FaultyLeaseStore], [LeaseTable<String>]) = ([], [])
    var configuration = LeaseConfiguration()
    configuration.duration = scenario.duration
    configuration.maximumHandOffs = scenario.maximumHandOffs
    configuration.clock = clock
    for index in scenario.tables.indices {
      let recorded = wrap(RecordedStore(base: .memory(engine), record: record))
      let store = FaultyLeaseStore(recorded, clock: clock)
      stores.append(store)
      tables.append(
        LeaseTable(
          store: store, namespace: "n", configuration: configuration, executor: executor,
          random: SeededNumbers(seed: UInt64(index))))
    }
    (self.stores, self.tables) = (stores, tables)
    state = Guarded(State(left: scenario.faults))
    for store in stores {
      store.plan = LeaseFaultPlan { [releases] call in
        if call.isRelease {
          releases.withValue { $0.formUnion(call.claims.map(\.owner)) }
        }
        return .held
      }
    }
  }

  var isOver: Bool { state.withValue { $0.running.isEmpty } }

  func find(_ violation: String) {
    state.withValue { $0.violations.append("step \($0.step): \(violation)") }
  }
}

// What runs in it.

extension LeaseWorld {
  func begin() {
    for table in tables.indices {
      state.withValue { $0.runs.append(nil) }
      beginRun(table)
    }
    while executor.jobCount > 0 { executor.run(0) }
    var number = 0
    for (table, callers) in scenario.tables.enumerated() {
      for turns in callers {
        let caller = number
        number += 1
        state.withValue { state in
          state.running.insert(caller)
          state.calls.append(
            Task(executorPreference: executor) { await self.call(caller, table, turns) })
        }
      }
    }
  }

  func beginRun(_ table: Int) {
    let run = Task(executorPreference: executor) { [self] in
      do {
        try await tables[table].runUntilCancelled()
      } catch {
        find("run() threw \(error)")
      }
    }
    state.withValue { $0.runs[table] = run }
  }

  /// Ends the run of a table, and begins another one once it has ended.
  func restartRun(_ table: Int) {
    guard let run = state.withValue({ $0.runs[table] }) else { return }
    run.cancel()
    let next = Task(executorPreference: executor) { [self] in
      await run.value
      do {
        try await tables[table].runUntilCancelled()
      } catch {
        find("run() threw \(error)")
      }
    }
    state.withValue { $0.runs[table] = next }
  }

  private func call(_ caller: Int, _ table: Int, _ turns: [LeaseScenario.Turn]) async {
    for turn in turns {
      let asked = history.now
      do {
        try await acquire(table, turn, asked: asked)
        note("caller \(caller) had \(turn.key)")
      } catch let error as LeaseLostError {
        note("caller \(caller) lost \(turn.key), \(error.reason)")
      } catch let error as LeaseError {
        note("caller \(caller) did not get \(turn.key), \(error.reason)")
        check(error, turn)
      } catch is CancellationError {
        note("caller \(caller) was cancelled")
      } catch {
        find("caller \(caller) got the error \(error)")
      }
    }
    state.withValue { _ = $0.running.remove(caller) }
  }

  private func check(_ error: LeaseError, _ turn: LeaseScenario.Turn) {
    switch error.reason {
    case .notRunning where scenario.faults.runs > 0: break
    case .timedOut, .storeUnavailable:
      if case .waits = turn.form { find("a call without a limit ended with \(error.reason)") }
    default: find("a call ended with \(error.reason): \(error.storeError?.message ?? "")")
    }
  }

  func note(_ outcome: String) {
    state.withValue { $0.outcomes.append(outcome) }
  }

  private func acquire(_ table: Int, _ turn: LeaseScenario.Turn, asked: Duration) async throws {
    let leases = tables[table]
    let index = Guarded<Int?>(nil)
    let body: @Sendable (Lease) async throws -> Void = { [self] lease in
      let hold = try begin(lease, turn, table)
      index.withValue { $0 = hold }
      let believed = history.begin(turn.key, token: lease.fencingToken, askedAt: asked)
      defer {
        history.end(believed)
        state.withValue { $0.holds[hold].ended = $0.step }
      }
      history.write(turn.key, token: lease.fencingToken)
      await Task.yield()
      if let sleeps = turn.sleeps {
        try await clock.sleep(for: sleeps)
      }
      history.write(turn.key, token: lease.fencingToken)
      checkCancelled(lease)
    }
    func ended(isLost: Bool) {
      guard let hold = index.withValue({ $0 }) else { return }
      state.withValue { $0.holds[hold].isLost = isLost }
    }
    do {
      switch turn.form {
      case .waits: try await leases.withLease(turn.key, body)
      case .waitsUpTo(let limit): try await leases.withLease(turn.key, timeout: limit, body)
      case .attempt: _ = try await leases.withLeaseIfAvailable(turn.key, body)
      }
      ended(isLost: false)
    } catch {
      ended(isLost: error is LeaseLostError)
      throw error
    }
  }

  /// A loss that was noticed has cancelled the body. One that is due may not have been noticed.
  private func checkCancelled(_ lease: Lease) {
    do throws(LeaseLostError) {
      try lease.checkValid()
    } catch {
      if error.reason != .notRenewed, !Task.isCancelled {
        find("the loss of \(lease.key), \(error.reason), cancelled nobody")
      }
    }
  }

  private func begin(_ lease: Lease, _ turn: LeaseScenario.Turn, _ table: Int) throws -> Int {
    guard let name = LeaseName(namespace: "n", key: turn.key) else {
      throw Failure(sentence: "no name")
    }
    return state.withValue { state in
      state.holds.append(Hold(table: table, name: name, lease: lease, began: state.step))
      return state.holds.count - 1
    }
  }
}
