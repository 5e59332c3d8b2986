import LockTable

extension SinglePath {
  /// The name of the plainest.
  public static let withLockName = "withLock, blocking"

  /// Those of `Int` keys, on a table of their own.
  public static func ints() -> [SinglePath] {
    let (table, key, counter) = (LockTable<Int>(), 1, Counter())
    let inTask = LoopsInTask(
      acquire: {
        for _ in 0..<$0 {
          let held = try await table.acquire(key)
          counter.increment()
          held.release()
        }
      },
      withLock: { for _ in 0..<$0 { try await table.withLock(key) { counter.increment() } } },
      concurrently: { @concurrent count in
        for _ in 0..<count { try await table.withLock(key) { counter.increment() } }
      })
    return all(
      .int, table, key, 2, counter, inTask, acquire: 1.2, withLock: 1.2, diagnosed: 6, leastGain: 4)
  }

  /// Those of `String` keys, on a table of their own.
  public static func strings() -> [SinglePath] {
    let table = LockTable<String>()
    let key = "account-000000000000000000000001"
    let counter = Counter()
    let inTask = LoopsInTask(
      acquire: {
        for _ in 0..<$0 {
          let held = try await table.acquire(key)
          counter.increment()
          held.release()
        }
      },
      withLock: { for _ in 0..<$0 { try await table.withLock(key) { counter.increment() } } },
      concurrently: { @concurrent count in
        for _ in 0..<count { try await table.withLock(key) { counter.increment() } }
      })
    return all(
      .string, table, key, "account-000000000000000000000002", counter, inTask,
      acquire: nil, withLock: 1.8, diagnosed: 7, leastGain: 3)
  }

  /// The bounds are those that depend on the type of the keys.
  private static func all<Key: Hashable & Sendable>(
    _ type: KeyType, _ table: LockTable<Key>, _ key: Key, _ other: Key, _ counter: Counter,
    _ inTask: LoopsInTask, acquire acquireBound: Double?, withLock withLockBound: Double,
    diagnosed diagnosedBound: Double, leastGain: Double
  ) -> [SinglePath] {
    let mutex = MutexPair()
    let pair = mutex.loop
    let acquire = Loop("acquire, blocking") {
      for _ in 0..<$0 {
        let held = table.acquire(key)
        counter.increment()
        held.release()
      }
    }
    let withLock = Loop(withLockName) {
      for _ in 0..<$0 { table.withLock(key) { counter.increment() } }
    }
    let ifAvailable = Loop("withLockIfAvailable") {
      for _ in 0..<$0 { table.withLockIfAvailable(key) { counter.increment() } }
    }
    let shared = Loop("withSharedLock") {
      for _ in 0..<$0 { table.withSharedLock(key) { counter.increment() } }
    }
    let ofTwo = Loop("withLock of two") {
      for _ in 0..<$0 { table.withLock(all: [key, other]) { counter.increment() } }
    }
    let diagnosing = LockTable<Key>(configuration: .init(diagnostics: .init()))
    let diagnosed = Loop("withLock with diagnostics") {
      for _ in 0..<$0 { diagnosing.withLock(key) { counter.increment() } }
    }
    // The label is that of a request, which a loop of a thousand locks shares.
    let labelled = Loop("withLock with diagnostics and a label") {
      for _ in 0..<($0 / 1_000) {
        LockLabel.$current.withValue("request 4711") {
          for _ in 0..<1_000 { diagnosing.withLock(key) { counter.increment() } }
        }
      }
    }
    // A task may cost a mutex more than a thread.
    let withLockAndPair = Loop("withLock, blocking + pthread_mutex") {
      for _ in 0..<$0 {
        table.withLock(key) { counter.increment() }
        mutex.lockAndUnlock()
      }
    }
    return [
      SinglePath(type, acquire, over: pair, atMost: acquireBound),
      SinglePath(type, withLock, over: pair, atMost: withLockBound),
      SinglePath(type, ifAvailable, over: pair),
      SinglePath(type, shared, over: pair),
      SinglePath(type, ofTwo, over: pair),
      SinglePath(type, diagnosed, over: pair, atMost: diagnosedBound),
      SinglePath(type, labelled, over: pair, atMost: 11),
      SinglePath(
        type, Loop("acquire in a task", inTask: inTask.acquire), over: acquire, atMost: 1.3),
      SinglePath(
        type, Loop("withLock in a task", inTask: inTask.withLock), over: withLockAndPair, atMost: 1,
        leastGain: leastGain),
      SinglePath(
        type, Loop("withLock, @concurrent", inTask: inTask.concurrently), over: withLockAndPair,
        atMost: 1),
    ]
  }
}

/// Written out for each type of keys: the compiler specialises a generic asynchronous function too late, and
/// leaves in it a look at where the task is, after each acquisition.
private struct LoopsInTask {
  let acquire: Loop.Suspending
  let withLock: Loop.Suspending
  /// Leaves its caller's actor, which functions do unless they say otherwise.
  let concurrently: Loop.Suspending
}

/// What all loops increment, so that there is something inside the lock.
struct Counter: @unchecked Sendable {
  // Sound to share: one loop at a time runs. It is never freed: the lists are made a few times in a run.
  private let value = UnsafeMutablePointer<Int>.allocate(capacity: 1)

  init() { value.initialize(to: 0) }

  @inline(__always)
  func increment() { value.pointee &+= 1 }
}
