import LockTable

/// Two tasks that take turns at one key, in strict arrival order: whoever releases it hands it to the
/// other, who waits. On the pool, if no executor is given: there, whoever releases it may be back before
/// the other has lined up, which is no turn.
final class TableTurns: @unchecked Sendable {
  // Sound to share: what changes is used inside the key's lock.
  private let table = LockTable<Int>(configuration: LockTableConfiguration(fairness: .fifo))
  private var turns = 0
  private var acquisitions = 0
  private var last = 0

  /// Nanoseconds from one turn to the next.
  nonisolated(nonsending) func time(_ count: Int, on executor: OneThread?) async throws
    -> Double
  {
    let guardian = try await table.acquire(0)
    let tasks = [1, 2].map { number in
      Task.detached(executorPreference: executor) {
        try await self.takeTurns(number, key: 0, count)
      }
    }
    // Both are to wait before it begins: one alone would never let the other have the thread.
    while table.statistics().contendedAcquisitions < 2 {
      try await Task.sleep(for: .milliseconds(1))
    }
    let begin = monotonicNanoseconds()
    guardian.release()
    for task in tasks {
      try await task.value
    }
    return Double(monotonicNanoseconds() - begin) / Double(turns)
  }

  /// Of all acquisitions, the part that followed one of the other task's.
  var alternating: Double { Double(turns) / Double(acquisitions) }

  private func takeTurns(_ number: Int, key: Int, _ count: Int) async throws {
    var isDone = false
    while !isDone {
      let guardian = try await table.acquire(key)
      acquisitions += 1
      let isTurn = last != number
      if isTurn {
        last = number
        turns += 1
      }
      isDone = turns >= count
      guardian.release()
      // On a busy machine the other may not have lined up yet. It would never get to it, as this one
      // does not leave the thread while nobody keeps the key from it.
      if !isTurn && !isDone {
        await Task.yield()
      }
    }
  }
}

/// Two tasks that take turns with nothing but continuations: each resumes the other and suspends.
final class ContinuationTurns: @unchecked Sendable {
  // Sound to share: what changes is used by the task whose turn it is.
  private var turns = 0
  private var parked: UnsafeContinuation<Void, Never>?
  private var second: Task<Void, Never>?

  /// Nanoseconds from one turn to the next.
  /// On the pool if no executor is given.
  nonisolated(nonsending) func time(_ count: Int, on executor: OneThread?) async -> Double {
    let begin = monotonicNanoseconds()
    let first = Task.detached(executorPreference: executor) {
      await withUnsafeContinuation { continuation in
        self.parked = continuation
        self.second = Task.detached(executorPreference: executor) { await self.takeTurns(count) }
      }
      await self.takeTurns(count)
    }
    await first.value
    await second?.value
    return Double(monotonicNanoseconds() - begin) / Double(turns)
  }

  private func takeTurns(_ count: Int) async {
    while turns < count {
      turns += 1
      await withUnsafeContinuation { continuation in
        let other = parked
        parked = continuation
        other?.resume()
      }
    }
    let other = parked
    parked = nil
    other?.resume()
  }
}
