import LockTable
import Synchronization

/// A key goes from one task to another that waits for it.
public struct HandOffs: Sendable {
  /// On an executor with one thread, and on the pool.
  public let paths: [SinglePath]
  private let turns: [TableTurns]

  /// Starts a thread, which waits until the program ends.
  public init() {
    turns = [TableTurns(on: OneThread()), TableTurns(on: nil)]
    paths = zip(["one thread", "on the pool"], turns).map { place, turns in
      SinglePath(
        .int, Loop("hand-off, \(place)", inTask: { try await turns.run($0) }),
        over: .resumingEachOther(on: turns.executor), atMost: 1.5)
    }
  }

  /// The part of the acquisitions that had to wait: the least of all loops.
  public var contended: Double { turns.map(\.contended).min() ?? 0 }
}

/// Two tasks that take turns: each acquires the key that the other holds, and releases its own.
///
/// They go round three keys, one behind the other, so that either always wants what the other has: each
/// acquisition waits, and each release hands the key to a task that waits. (Of two tasks on one key, on two
/// threads, the one that releases it is often back before the other waits.)
private final class TableTurns: Sendable {
  let executor: OneThread?
  private let least = Mutex(1.0)

  init(on executor: OneThread?) { self.executor = executor }

  var contended: Double { least.withLock { $0 } }

  nonisolated(nonsending) func run(_ count: Int) async throws {
    let table = LockTable<Int>(configuration: LockTableConfiguration(fairness: .fifo))
    // Both must hold a key before either goes on: one alone would never let the other have the thread.
    let held = try await table.acquire(all: [0, 1])
    let tasks = [0, 1].map { first in
      detached(on: executor) { try await Self.takeTurns(table, from: first, count / 2) }
    }
    while table.statistics().contendedAcquisitions < 2 { await Task.yield() }
    held.release()
    for task in tasks { try await task.value }
    let statistics = table.statistics()
    let contended =
      Double(statistics.contendedAcquisitions) / Double(statistics.acquisitions)
    least.withLock { $0 = min($0, contended) }
  }

  private static func takeTurns(
    _ table: LockTable<Int>, from first: Int, _ count: Int
  ) async throws {
    var held = try await table.acquire(first)
    for turn in 1...count {
      let next = try await table.acquire((first + turn) % 3)
      held.release()
      held = next
    }
    held.release()
  }
}

extension Loop {
  /// Two tasks on the pool that take turns with nothing but continuations: each resumes the other and
  /// suspends.
  public static var resumingEachOther: Loop { resumingEachOther(on: nil) }

  fileprivate static func resumingEachOther(on executor: OneThread?) -> Loop {
    Loop(
      "tasks that resume each other",
      inTask: { try await ContinuationTurns(count: $0).run(on: executor) })
  }
}

private final class ContinuationTurns: @unchecked Sendable {
  // Sound to share: what changes is used by the task whose turn it is.
  private var turnsLeft: Int
  private var parked: UnsafeContinuation<Void, Never>?
  private var second: Task<Void, any Error>?

  init(count: Int) { turnsLeft = count }

  nonisolated(nonsending) func run(on executor: OneThread?) async throws {
    let first = detached(on: executor) {
      await withUnsafeContinuation { continuation in
        self.parked = continuation
        self.second = detached(on: executor) { await self.takeTurns() }
      }
      await self.takeTurns()
    }
    try await first.value
    try await second?.value
  }

  private func takeTurns() async {
    while turnsLeft > 0 {
      turnsLeft -= 1
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
