/// What all paths showed.
struct PathResults {
  var paths: [PathRecord]
  var allocation: AllocationRecord
}

/// Acquisitions in one go.
let pathOperations = 100_000

private let pathRounds = 15
private let handOvers = 50_000

/// Measures them, in a task on the pool. Not to be called from one.
func measurePaths() -> PathResults {
  blocking { try await measurePathsInTask() }
}

private nonisolated(nonsending) func measurePathsInTask() async throws -> PathResults {
  let (integers, strings) = (PathState<Int>(), PathState<String>())
  var times = (integer: PathTimes(), string: PathTimes())
  var turns = TurnTimes(executor: OneThread())
  var turnsOnPool = TurnTimes(executor: nil)
  var bytes: [Int] = []
  for _ in 0..<pathRounds {
    try await times.integer.add(integers, integers.key, .ofIntegers)
    try await times.string.add(strings, strings.key, .ofStrings)
    if let grown = try await growth(integers, integers.key) {
      bytes.append(grown)
    }
    try await turns.add()
    try await turnsOnPool.add()
  }
  return PathResults(
    paths: times.integer.results(.int) + times.string.results(.string)
      + [turns.result("hand-over, one thread"), turnsOnPool.result("hand-over, on the pool")],
    allocation: AllocationRecord(
      operations: pathOperations, bytes: bytes.max(),
      contended: min(turns.contended, turnsOnPool.contended)))
}

/// The bytes that are allocated after many acquisitions and were not before.
private nonisolated(nonsending) func growth(
  _ state: PathState<Int>, _ key: Int
) async throws -> Int? {
  guard let before = allocatedBytes() else { return nil }
  let loops = TaskLoops.ofIntegers
  _ = try await loops.acquire(state, key, pathOperations / 2)
  _ = try await loops.withLock(state, key, pathOperations / 2)
  return allocatedBytes().map { $0 - before }
}

/// Nanoseconds of an operation, round by round.
private struct PathTimes {
  private var pthread: [Double] = []
  private var acquire: [Double] = []
  private var acquireInTask: [Double] = []
  private var withLock: [Double] = []
  private var withLockOfTwo: [Double] = []
  private var withLockAndPair: [Double] = []
  private var withLockInTask: [Double] = []
  private var withLockConcurrently: [Double] = []

  nonisolated(nonsending) mutating func add<Key: BenchKey>(
    _ state: PathState<Key>, _ key: Key, _ loops: TaskLoops<Key>
  ) async throws {
    let (table, counter, count) = (state.table, state.counter, pathOperations / 2)
    let each = 1 / Double(count)
    acquire.append(timeAcquire(table, key, counter, count) * each)
    acquireInTask.append(try await loops.acquire(state, key, count) * each)
    withLock.append(timeWithLock(table, key, counter, count) * each)
    withLockOfTwo.append(timeWithLockOfTwo(table, key, state.other, counter, count) * each)
    withLockInTask.append(try await loops.withLock(state, key, count) * each)
    withLockConcurrently.append(
      try await loops.withLockConcurrently(state, key, count) * each)
    withLockAndPair.append(timeWithLockAndPair(table, key, state.mutex, counter, count) * each)
    pthread.append(timePthreadPairs(state.mutex, counter, count) * each)
  }

  func results(_ type: KeyType) -> [PathRecord] {
    [
      PathRecord("acquire, blocking", type, acquire, "pthread_mutex", pthread, target: nil),
      PathRecord("withLock, blocking", type, withLock, "pthread_mutex", pthread, target: nil),
      PathRecord("withLock of two", type, withLockOfTwo, "pthread_mutex", pthread, target: nil),
      PathRecord(
        "acquire in a task", type, acquireInTask, "acquire, blocking", acquire, target: 1.3),
      PathRecord(
        "withLock in a task", type, withLockInTask, "withLock, blocking + pthread_mutex",
        withLockAndPair, target: 1),
      PathRecord(
        "withLock, @concurrent", type, withLockConcurrently, "withLock, blocking + pthread_mutex",
        withLockAndPair, target: 1),
    ]
  }
}

/// Nanoseconds from a turn to the next, round by round.
private struct TurnTimes {
  let executor: OneThread?
  private(set) var contended = 1.0
  private var table: [Double] = []
  private var continuations: [Double] = []

  init(executor: OneThread?) {
    self.executor = executor
  }

  nonisolated(nonsending) mutating func add() async throws {
    let turns = TableTurns()
    table.append(try await turns.time(handOvers, on: executor))
    contended = min(contended, turns.contended)
    continuations.append(try await ContinuationTurns().time(handOvers, on: executor))
  }

  func result(_ path: String) -> PathRecord {
    PathRecord(
      path, .int, table, "tasks that resume each other", continuations,
      target: 1.5)
  }
}

extension PathRecord {
  fileprivate init(
    _ path: String, _ keyType: KeyType, _ times: [Double], _ reference: String,
    _ references: [Double], target: Double?
  ) {
    self.path = path
    self.keyType = keyType
    nanoseconds = median(times)
    self.reference = reference
    referenceNanoseconds = median(references)
    ratio = Ratio(times, over: references)
    self.target = target
  }
}
