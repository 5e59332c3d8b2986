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
  private(set) var measureMemory: (() -> MemoryUse?)?
  /// With so many threads, for so many seconds; nil for tasks, and where there are no keys.
  private(set) var measureChurn: ((Int, Double) -> ChurnResult)?

  /// The one place where a contender's type is forgotten: outside everything that is timed.
  private init<C: KeyedLock>(
    _ name: String, _ role: Role, _ note: String, probing: Bool, _ make: @escaping () -> C,
    worker: @escaping (_ lane: Lane<C>, _ number: Int, Pass) -> Worker
  ) where C.Key == Key {
    self.name = name
    self.role = role
    self.note = note
    measure = { workload, pass, seconds in
      let contender = make()
      return lock_table_bench.measure(workload, pass, seconds: seconds, probing: probing) {
        worker(Lane(contender, workload, number: $0, $1), $0, pass)
      }
    }
  }

  init<C: Contender>(
    _ name: String, _ role: Role, note: String = "", holdsManyKeys: Bool = true,
    make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    self.init(name, role, note, probing: false, make) { lane, _, pass in .thread(lane, pass) }
    if holdsManyKeys { measureMemory = { lock_table_bench.measureMemory(make: make) } }
    if role != .loop {
      measureChurn = { lock_table_bench.measureChurn(threads: $0, seconds: $1, make: make) }
    }
  }

  init<C: AsyncContender>(
    _ name: String, _ role: Role, note: String = "", tasks make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    self.init(name, role, note, probing: true, make) { lane, _, pass in .task(lane, pass) }
  }

  init<C: Contender & AsyncContender>(
    _ name: String, _ role: Role, note: String = "", holdsManyKeys: Bool = true,
    for waiters: Waiters, make: @escaping @Sendable () -> C
  ) where C.Key == Key {
    switch waiters {
    case .threads:
      self.init(name, role, note: note, holdsManyKeys: holdsManyKeys, make: make)
    case .tasks:
      self.init(name, role, note: note, tasks: make)
    case .mixed:
      self.init(name, role, note, probing: true, make) { lane, number, pass in
        number.isMultiple(of: 2) ? .thread(lane, pass) : .task(lane, pass)
      }
    }
  }
}
