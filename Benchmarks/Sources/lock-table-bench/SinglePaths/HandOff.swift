import LockTable

/// Two tasks that take turns: each acquires the key that the other holds, and lets go of its own.
///
/// They go round three keys, one behind the other, so that either always wants what the other has: each
/// acquisition waits, and each release hands over to one that waits. (Of two tasks on one key, on two
/// threads, whoever releases it is often back before the other has lined up.)
final class TableTurns: Sendable {
  private let table = LockTable<Int>(configuration: LockTableConfiguration(fairness: .fifo))

  /// Nanoseconds from one turn to the next. On the pool if no executor is given.
  nonisolated(nonsending) func time(_ count: Int, on executor: OneThread?) async throws
    -> Double
  {
    // Both are to hold a key before either goes on: one alone would never let the other have the thread.
    let guardian = try await table.acquire(all: [0, 1])
    let tasks = [0, 1].map { first in
      detached(on: executor) { try await self.takeTurns(from: first, count / 2) }
    }
    while table.statistics().contendedAcquisitions < 2 {
      try await Task.sleep(for: .milliseconds(1))
    }
    let begin = monotonicNanoseconds()
    guardian.release()
    for task in tasks {
      try await task.value
    }
    return Double(monotonicNanoseconds() - begin) / Double(count)
  }

  /// The part of the acquisitions that had to wait.
  var contended: Double {
    let statistics = table.statistics()
    return Double(statistics.contendedAcquisitions) / Double(statistics.acquisitions)
  }

  private func takeTurns(from first: Int, _ count: Int) async throws {
    var held = try await table.acquire(first)
    for turn in 1...count {
      let next = try await table.acquire((first + turn) % 3)
      held.release()
      held = next
    }
    held.release()
  }
}

/// Two tasks that take turns with nothing but continuations: each resumes the other and suspends.
final class ContinuationTurns: @unchecked Sendable {
  // Sound to share: what changes is used by the task whose turn it is.
  private var turns = 0
  private var parked: UnsafeContinuation<Void, Never>?
  private var second: Task<Void, any Error>?

  /// Nanoseconds from one turn to the next.
  /// On the pool if no executor is given.
  nonisolated(nonsending) func time(_ count: Int, on executor: OneThread?) async throws
    -> Double
  {
    let begin = monotonicNanoseconds()
    let first = detached(on: executor) {
      await withUnsafeContinuation { continuation in
        self.parked = continuation
        self.second = detached(on: executor) { await self.takeTurns(count) }
      }
      await self.takeTurns(count)
    }
    try await first.value
    try await second?.value
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

/// A task on the pool, or on the executor: a preference for none is a preference all the same, which the
/// runtime looks at each time the task goes on.
private func detached(
  on executor: OneThread?, _ body: @escaping @Sendable () async throws -> Void
) -> Task<Void, any Error> {
  guard let executor else { return Task.detached(operation: body) }
  return Task.detached(executorPreference: executor, operation: body)
}
