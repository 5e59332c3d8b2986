import Foundation
import LockTable

extension Row {
  /// All rows of a scenario, and those that were asked for besides: one whose lock lets several in, to see that
  /// the check sees it, and what C++ has to offer.
  static func all(
    _ scenario: Scenario, withBroken: Bool = false, withNative: Bool = false
  ) -> [Row] {
    func all<Key: BenchKey>(_ workload: Workload<Key>) -> [Row] {
      let broken = workload.row(
        "broken on purpose", .lesser, note: "locks nothing; with several threads it has to fail",
        holdsManyKeys: false, for: scenario.waiters
      ) { NoLock<Key>() }
      return workload.rows(scenario) + (withBroken ? [broken] : [])
        + (withNative ? workload.nativeRows(scenario) : [])
    }
    return switch scenario.keyType {
    case .int: all(Workload<Int>(scenario))
    case .string: all(Workload<String>(scenario))
    case .uuid: all(Workload<UUID>(scenario))
    }
  }
}

extension Workload {
  /// The rows of a scenario, with these keys.
  ///
  /// The guard form has no row: the compiler makes one function of it and of `withLock`, and a row of
  /// its own would add a jump to both.
  func rows(_ scenario: Scenario) -> [Row] {
    let peers: [Row] =
      switch scenario.waiters {
      case .threads: scenario.isShared ? sharingPeers : peers
      case .tasks: scenario.isShared ? sharingAsyncPeers : asyncPeers
      // One would have to block the pool's threads.
      case .mixed: []
      }
    return own(scenario) + peers + references(scenario)
  }

  private func own(_ scenario: Scenario) -> [Row] {
    typealias Table = LockTableContender<Key>
    let waiters = scenario.waiters
    var rows = [row("LockTable", .lockTable, for: waiters) { Table(fairness: .adaptive) }]
    if scenario.threads > 1 {
      rows.append(
        row("LockTable, .fifo", .lockTable, note: "strict arrival order", for: waiters) {
          Table(fairness: .fifo)
        })
    }
    if scenario.isShared {
      rows.append(
        row(
          "LockTable, exclusive only", .lockTable,
          note: "readers hold the key alone, too: what sharing is compared with", for: waiters
        ) { ExclusiveLockTable<Key>() })
    } else if waiters == .tasks && scenario.threads == 1 {
      rows.append(
        taskRow(
          "LockTable, blocking form", .lesser,
          note: "from a synchronous function that the task calls"
        ) { BlockingLockTable<Key>() })
    }
    return rows
  }

  private var peers: [Row] {
    [
      row(
        "refcounted Mutex dictionary", .exact,
        note: "a Mutex over Mutexes that count their users; the last one removes the key"
      ) { MutexDictionary<Key>() },
      row("refcounted Mutex, \(stripeCount) stripes", .exact) { Striped<MutexDictionary<Key>>() },
      row("refcounted pthread, \(stripeCount) stripes", .exact) {
        PthreadDictionary<Key, PthreadMutex>()
      },
      row(
        "refcounted NIOLock, \(stripeCount) stripes", .exact,
        note: "no form for tasks, no readers, no deadlines: a NIOLock blocks its thread"
      ) { Striped<NIOLockDictionary<Key>>() },
      row("NSLock dictionary", .lesser, note: "keeps every key it has ever seen") {
        NSLockDictionary<Key>()
      },
      row(
        "array of \(arrayCount) Mutexes", .lesser,
        note: "unrelated keys share a lock: they wait for each other, and two can deadlock",
        holdsManyKeys: false
      ) { MutexArray<Key>() },
    ]
  }

  private var sharingPeers: [Row] {
    [
      row(
        "refcounted rwlock, \(stripeCount) stripes", .exact,
        note: "dictionaries of pthread_rwlocks that count their users"
      ) { PthreadDictionary<Key, PthreadReadWriteLock>() }
    ]
  }

  private var asyncPeers: [Row] {
    [
      taskRow(
        "actor of continuations", .exact,
        note: "a dictionary of those who wait; the last one removes the key"
      ) { ContinuationActor<Key>() },
      taskRow(
        "refcounted semaphores", .exact,
        note: "a Mutex over semaphores for tasks that count their users"
      ) { SemaphoreDictionary<Key>() },
      stripedSemaphores(.exact),
      taskRow(
        "continuations, \(stripeCount) stripes", .exact,
        note: "Mutexes over dictionaries of those who wait; the last one removes the key"
      ) { Striped<ContinuationDictionary<Key>>() },
    ]
  }

  private var sharingAsyncPeers: [Row] {
    [stripedSemaphores(.lesser, note: "has no readers: every holder is alone")]
  }

  private func stripedSemaphores(_ role: Role, note: String = "") -> Row {
    taskRow("refcounted semaphores, \(stripeCount) stripes", role, note: note) {
      Striped<SemaphoreDictionary<Key>>()
    }
  }

  /// The yardstick, and the loop. Where some acquisitions are shared the yardstick is a read-write lock.
  private func references(_ scenario: Scenario) -> [Row] {
    let waiters = scenario.waiters
    let loop = row(
      "no lock: the loop itself", .loop,
      note: "several threads that write have to show violations, or the check would see nothing",
      holdsManyKeys: false, for: waiters
    ) { NoLock<Key>() }
    // A thread's lock may not be held across a suspension.
    if scenario.yields { return [loop] }
    let note = "does not even look at the key; blocks a thread, be it the pool's"
    func one<Lock: PthreadLock>(
      _ name: String, _ role: Role, _ note: String, _ make: @escaping @Sendable () -> Lock
    ) -> Row {
      row("one pthread_\(name)", role, note: note, holdsManyKeys: false, for: waiters) {
        OneLock<Key, Lock>(make())
      }
    }
    var rows: [Row] = []
    if scenario.isShared {
      rows.append(one("rwlock, no keys", .yardstick, note) { PthreadReadWriteLock() })
      if waiters == .threads {
        #if canImport(Glibc)
          rows.append(
            one(
              "rwlock, writers first", .lesser,
              "lets no reader in while a writer waits; a reader may not read again inside"
            ) { PthreadReadWriteLock.writersFirst() })
        #endif
        rows.append(one("mutex, no keys", .lesser, "") { PthreadMutex() })
      }
    } else {
      rows.append(one("mutex, no keys", .yardstick, note) { PthreadMutex() })
    }
    return rows + [loop]
  }
}
