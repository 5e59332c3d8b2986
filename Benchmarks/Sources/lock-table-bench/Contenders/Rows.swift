import LockTable

/// Rows that are there only if they were asked for.
enum ExtraRow {
  /// A lock that lets several in: to see that the check sees it.
  case broken
  /// What C++ has to offer; see `NativeRows`.
  case native
}

extension Row {
  /// All rows of a scenario, and those that were asked for besides.
  ///
  /// The guard form has no row: the compiler makes one function of it and of `withLock`, and a row of
  /// its own would add a jump to both.
  static func all(_ scenario: Scenario, with extras: Set<ExtraRow> = []) -> [Row] {
    let waiters = scenario.waiters
    let peers: [Row] =
      switch waiters {
      case .threads: scenario.isShared ? sharingPeers : Self.peers
      case .tasks: scenario.isShared ? sharingAsyncPeers : asyncPeers
      // One would have to block the pool's threads.
      case .mixed: []
      }
    var rows = own(scenario) + peers + references(scenario)
    if extras.contains(.broken) {
      rows.append(
        Row(
          "broken on purpose", .lesser, note: "locks nothing; with several threads it has to fail",
          holdsManyKeys: false, for: waiters, make: { NoLock<Key>() }))
    }
    return rows + (extras.contains(.native) ? NativeRows.rows(scenario) : [])
  }

  private static func own(_ scenario: Scenario) -> [Row] {
    typealias Table = LockTableContender<Key>
    let waiters = scenario.waiters
    var rows = [
      Row("LockTable", .lockTable, for: waiters, make: { Table(fairness: .adaptive) })
    ]
    if scenario.threads > 1 {
      rows.append(
        Row(
          "LockTable, .fifo", .lockTable, note: "strict arrival order", for: waiters,
          make: { Table(fairness: .fifo) }))
    }
    if scenario.isShared {
      rows.append(
        Row(
          "LockTable, exclusive only", .lockTable,
          note: "readers hold the key alone, too: what sharing is compared with", for: waiters,
          make: { ExclusiveLockTable<Key>() }))
    } else if waiters == .tasks && scenario.threads == 1 {
      rows.append(
        Row(
          "LockTable, blocking form", .lesser,
          note: "from a synchronous function that the task calls",
          tasks: { BlockingLockTable<Key>() }))
    }
    return rows
  }

  private static var peers: [Row] {
    [
      Row(
        "refcounted Mutex dictionary", .exact,
        note: "a Mutex over Mutexes that count their users; the last one removes the key"
      ) { MutexDictionary<Key>() },
      Row("refcounted Mutex, \(stripeCount) stripes", .exact) { Striped<MutexDictionary<Key>>() },
      Row("refcounted pthread, \(stripeCount) stripes", .exact) {
        StripedPthreadDictionary<Key>()
      },
      Row(
        "refcounted NIOLock, \(stripeCount) stripes", .exact,
        note: "no form for tasks, no readers, no deadlines: a NIOLock blocks its thread"
      ) { Striped<NIOLockDictionary<Key>>() },
      Row("NSLock dictionary", .lesser, note: "keeps every key it has ever seen") {
        NSLockDictionary<Key>()
      },
      Row(
        "array of \(arrayCount) Mutexes", .lesser,
        note: "unrelated keys share a lock: they wait for each other, and two can deadlock",
        holdsManyKeys: false
      ) { MutexArray<Key>() },
    ]
  }

  private static var sharingPeers: [Row] {
    [
      Row(
        "refcounted rwlock, \(stripeCount) stripes", .exact,
        note: "dictionaries of pthread_rwlocks that count their users"
      ) { StripedReadWriteDictionary<Key>() }
    ]
  }

  private static var asyncPeers: [Row] {
    [
      Row(
        "actor of continuations", .exact,
        note: "a dictionary of those who wait; the last one removes the key",
        tasks: { ActorContender<Key>() }),
      Row(
        "refcounted semaphores", .exact,
        note: "a Mutex over semaphores for tasks that count their users",
        tasks: { SemaphoreDictionary<Key>() }),
      Row(
        "refcounted semaphores, \(stripeCount) stripes", .exact,
        tasks: { Striped<SemaphoreDictionary<Key>>() }),
    ]
  }

  private static var sharingAsyncPeers: [Row] {
    [
      Row(
        "refcounted semaphores, \(stripeCount) stripes", .lesser,
        note: "has no readers: every holder is alone",
        tasks: { Striped<SemaphoreDictionary<Key>>() })
    ]
  }

  /// The yardstick, and the loop. Where some acquisitions are shared the yardstick is a read-write lock.
  private static func references(_ scenario: Scenario) -> [Row] {
    let waiters = scenario.waiters
    let note = "does not even look at the key; blocks a thread, be it the pool's"
    func mutex(_ role: Role, note: String) -> Row {
      Row(
        "one pthread_mutex, no keys", role, note: note, holdsManyKeys: false, for: waiters,
        make: { OneLock<Key, PthreadMutex>() })
    }
    var rows: [Row] = []
    if scenario.isShared {
      rows.append(
        Row(
          "one pthread_rwlock, no keys", .yardstick, note: note, holdsManyKeys: false, for: waiters,
          make: { OneLock<Key, PthreadReadWriteLock>() }))
      if waiters == .threads {
        #if canImport(Glibc)
          rows.append(
            Row(
              "one pthread_rwlock, writers first", .lesser,
              note: "lets no reader in while a writer waits; a reader may not read again inside",
              holdsManyKeys: false, for: waiters,
              make: { OneLock<Key, PthreadReadWriteLock>(.writersFirst()) }))
        #endif
        rows.append(mutex(.lesser, note: ""))
      }
    } else {
      rows.append(mutex(.yardstick, note: note))
    }
    rows.append(
      Row(
        "no lock: the loop itself", .loop,
        note: "several threads that write have to show violations, or the check would see nothing",
        holdsManyKeys: false, for: waiters, make: { NoLock<Key>() }))
    return rows
  }
}
