import LockTable

/// The loops of tasks, for one type of keys.
///
/// Written out for each type: in a generic function that is specialised the compiler leaves a look at
/// where the task is, after each acquisition, which functions of known types don't have.
struct TaskLoops<Key: BenchKey>: Sendable {
  typealias Loop =
    nonisolated(nonsending) @Sendable (PathState<Key>, Key, Int) async throws -> Double
  typealias ConcurrentLoop = @concurrent @Sendable (PathState<Key>, Key, Int) async throws -> Double

  let acquire: Loop
  let withLock: Loop
  /// Called from a function that leaves its caller's actor, which functions do unless they say otherwise.
  let withLockConcurrently: ConcurrentLoop
}

extension TaskLoops<Int> {
  static let ofIntegers = TaskLoops(
    acquire: timeAcquireInTask, withLock: timeWithLockInTask,
    withLockConcurrently: timeWithLockConcurrently)
}

extension TaskLoops<String> {
  static let ofStrings = TaskLoops(
    acquire: timeAcquireInTask, withLock: timeWithLockInTask,
    withLockConcurrently: timeWithLockConcurrently)
}

@inline(never)
nonisolated(nonsending) private func timeAcquireInTask(
  _ state: PathState<Int>, _ key: Int, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    let guardian = try await table.acquire(key)
    counter.pointee += 1
    guardian.release()
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
nonisolated(nonsending) private func timeWithLockInTask(
  _ state: PathState<Int>, _ key: Int, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    try await table.withLock(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
@concurrent private func timeWithLockConcurrently(
  _ state: PathState<Int>, _ key: Int, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    try await table.withLock(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
nonisolated(nonsending) private func timeAcquireInTask(
  _ state: PathState<String>, _ key: String, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    let guardian = try await table.acquire(key)
    counter.pointee += 1
    guardian.release()
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
nonisolated(nonsending) private func timeWithLockInTask(
  _ state: PathState<String>, _ key: String, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    try await table.withLock(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
@concurrent private func timeWithLockConcurrently(
  _ state: PathState<String>, _ key: String, _ count: Int
) async throws -> Double {
  let (table, counter) = (state.table, state.counter)
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    try await table.withLock(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}
