import LockTable

/// What a row stands for in the comparison.
enum Role: String, Codable, Sendable {
  /// The table under test.
  case lockTable
  /// Gives the same: a lock for each key, and nothing kept when it is released.
  case exact
  /// Gives less; the row's note says what.
  case lesser
  /// One mutex without keys: what a lock costs at least.
  case yardstick
  /// The timed loop without a lock.
  case loop
}

/// A row of the output: a contender, without its type.
struct Row<Key: BenchKey> {
  let name: String
  let role: Role
  /// What a reader has to know of it that the name does not say.
  let note: String

  let measure: (Workload<Key>, Pass, Double) -> PassResult
  /// Nil where many keys can't be held at once.
  let measureMemory: (() -> MemoryUse?)?
  /// With so many threads, for so many seconds; nil for tasks, and where there are no keys.
  let measureChurn: ((Int, Double) -> ChurnResult)?

  // The one place where a contender's type is forgotten: outside everything that is timed.

  /// Of threads.
  init<C: Contender>(
    _ name: String, _ role: Role, note: String = "", holdsManyKeys: Bool = true,
    make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    self.name = name
    self.role = role
    self.note = note
    measure = { workload, pass, seconds in
      let contender = make()
      return lock_table_bench.measure(workload, pass, seconds: seconds, probing: false) {
        .thread(Lane(contender, workload, number: $0, $1), pass)
      }
    }
    measureMemory = holdsManyKeys ? { lock_table_bench.measureMemory(make: make) } : nil
    measureChurn =
      role == .loop
      ? nil : { lock_table_bench.measureChurn(threads: $0, seconds: $1, make: make) }
  }

  /// Of tasks.
  init<C: AsyncContender>(
    _ name: String, _ role: Role, note: String = "", tasks make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    self.name = name
    self.role = role
    self.note = note
    measure = { workload, pass, seconds in
      let contender = make()
      return lock_table_bench.measure(workload, pass, seconds: seconds, probing: true) {
        .task(Lane(contender, workload, number: $0, $1), pass)
      }
    }
    measureMemory = nil
    measureChurn = nil
  }

  /// Of threads and tasks by turns.
  init<C: Contender & AsyncContender>(
    _ name: String, _ role: Role, note: String = "", mixed make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    self.name = name
    self.role = role
    self.note = note
    measure = { workload, pass, seconds in
      let contender = make()
      return lock_table_bench.measure(workload, pass, seconds: seconds, probing: true) {
        let lane = Lane(contender, workload, number: $0, $1)
        return $0.isMultiple(of: 2) ? .thread(lane, pass) : .task(lane, pass)
      }
    }
    measureMemory = nil
    measureChurn = nil
  }
}

extension Row {
  /// All rows of a scenario, and those that were asked for besides.
  static func all(_ scenario: Scenario, with extras: ExtraRows) -> [Row] {
    all(scenario) + Self.extra(extras, scenario)
  }

  /// All rows of a scenario.
  static func all(_ scenario: Scenario) -> [Row] {
    switch scenario.waiters {
    case .threads where scenario.isShared: shared(threads: scenario.threads)
    case .tasks where scenario.isShared: shared(tasks: scenario.threads)
    case .mixed where scenario.isShared: sharedMixed
    case .threads: all(threads: scenario.threads)
    case .tasks: all(tasks: scenario.threads)
    case .mixed: mixed
    }
  }

  /// All rows of a scenario with so many threads.
  ///
  /// The guard form has no row: the compiler makes one function of it and of `withLock`, and a row of
  /// its own would add a jump to both.
  static func all(threads: Int) -> [Row] {
    // With its label: a trailing closure of this contender would also be one of tasks, or mixed.
    let adaptive = Row(
      "LockTable", .lockTable, make: { LockTableContender<Key>(fairness: .adaptive) })
    let fifo = Row(
      "LockTable, .fifo", .lockTable, note: RowNote.strictOrder,
      make: { LockTableContender<Key>(fairness: .fifo) })
    return (threads == 1 ? [adaptive] : [adaptive, fifo]) + peers
  }

  private static var peers: [Row] {
    [
      Row(
        "refcounted Mutex dictionary", .exact,
        note: "a Mutex over Mutexes that count their users; the last one removes the key"
      ) { MutexDictionary<Key>() },
      Row("refcounted Mutex, \(stripeCount) stripes", .exact) { StripedMutexDictionary<Key>() },
      Row("refcounted pthread, \(stripeCount) stripes", .exact) {
        StripedPthreadDictionary<Key>()
      },
      Row(
        "refcounted NIOLock, \(stripeCount) stripes", .exact,
        note: "no form for tasks, no readers, no deadlines: a NIOLock blocks its thread"
      ) { StripedNIOLockDictionary<Key>() },
      Row("NSLock dictionary", .lesser, note: "keeps every key it has ever seen") {
        NSLockDictionary<Key>()
      },
      Row(
        "array of \(arrayCount) Mutexes", .lesser,
        note: "unrelated keys share a lock: they wait for each other, and two can deadlock",
        holdsManyKeys: false
      ) { MutexArray<Key>() },
      Row(
        RowNote.yardstickName, .yardstick, note: RowNote.yardstick,
        holdsManyKeys: false
      ) { OnePthreadMutex<Key>() },
      Row(
        RowNote.loopName, .loop,
        note: RowNote.loop,
        holdsManyKeys: false
      ) { NoLock<Key>() },
    ]
  }
}

/// The stripes of the striped contenders.
let stripeCount = 64

/// The mutexes of the fixed array.
let arrayCount = 1024
