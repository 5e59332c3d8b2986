import LockTable
import SinglePaths

/// The scene of the targets of permits.
enum PermitTargets {
  /// Of each key.
  static let permits = 3
}

// The targets of `SemaphoreTable`.

extension TargetsExperiment {
  func permits() -> [TargetRecord] {
    [uncontendedPermit(), uncontendedPermitInTask()] + contendedPermits()
  }

  private func uncontendedPermit() -> TargetRecord {
    let locks = LockTable<Int>(), table = SemaphoreTable<Int>(permits: PermitTargets.permits)
    let shared = Loop("withSharedLock") { count in
      var counter = 0
      for _ in 0..<count { locks.withSharedLock(1) { counter &+= 1 } }
    }
    let permit = Loop("withPermit") { count in
      var counter = 0
      for _ in 0..<count { table.withPermit(1) { counter &+= 1 } }
    }
    let times = times([permit, shared])
    return TargetRecord(
      "withPermit, int", "time ÷ that of withSharedLock",
      Ratio(times[permit], over: times[shared]), .atMost(1.3))
  }

  private func uncontendedPermitInTask() -> TargetRecord {
    let locks = LockTable<Int>(), table = SemaphoreTable<Int>(permits: PermitTargets.permits)
    let shared = Loop(
      "withSharedLock in a task",
      inTask: { count in
        var counter = 0
        for _ in 0..<count { try await locks.withSharedLock(1) { counter &+= 1 } }
      })
    let permit = Loop(
      "withPermit in a task",
      inTask: { count in
        var counter = 0
        for _ in 0..<count { try await table.withPermit(1) { counter &+= 1 } }
      })
    let times = times([permit, shared])
    return TargetRecord(
      "withPermit, int, in a task", "time ÷ that of withSharedLock",
      Ratio(times[permit], over: times[shared]), .atMost(1.3))
  }

  /// Tasks that have a permit across a suspension: fewer permits than tasks.
  private func contendedPermits() -> [TargetRecord] {
    let peers: [(name: String, contender: any PermitContender)] = [
      ("an actor of continuations", CountingActor()),
      ("semaphores in a dictionary under a Mutex", CancellableDictionary()),
      ("the same, which can't be cancelled", CountingDictionary()),
    ]
    let own: any PermitContender = SemaphoreTable<Int>(permits: PermitTargets.permits)
    return [(40, 1), (40, 20), (1_000, 1_000)].flatMap { tasks, keys in
      var times = [[Double]](repeating: [], count: peers.count + 1)
      for _ in 0..<measuring.rounds {
        for (index, contender) in ([own] + peers.map(\.contender)).enumerated() {
          times[index].append(nanoseconds(contender, tasks: tasks, keys: keys))
        }
      }
      return peers.enumerated().map { index, peer in
        TargetRecord(
          "\(tasks) tasks, \(keys) keys of \(PermitTargets.permits) permits across an await",
          "operations ÷ those of \(peer.name)",
          Ratio(times[index + 1], over: times[0]), .atLeast(1))
      }
    }
  }

  /// Nanoseconds of one operation.
  private func nanoseconds(
    _ contender: any PermitContender, tasks: Int, keys: Int
  ) -> Double {
    let turns = max(20_000 / tasks, 1)
    let elapsed = blocking {
      let began = ContinuousClock.now
      await withTaskGroup { group in
        for task in 0..<tasks {
          group.addTask {
            for turn in 0..<turns {
              await contender.runAcrossYield((turn &* 7 &+ task) % keys)
            }
          }
        }
      }
      return ContinuousClock.now - began
    }
    let (seconds, attoseconds) = elapsed.components
    return (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(tasks * turns)
  }
}

extension SemaphoreTable<Int>: PermitContender {
  nonisolated(nonsending) func runAcrossYield(_ key: Int) async {
    try? await withPermit(key) { await Task.yield() }
  }
}
