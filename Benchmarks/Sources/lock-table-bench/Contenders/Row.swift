import Dispatch

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

/// A row of the output: a contender and its keys, without their types.
struct Row {
  let name: String
  let role: Role
  /// What a reader has to know of it that the name does not say.
  let note: String
  /// One pass, of about so many seconds.
  let measure: (Pass, Double) -> PassResult
  /// Nil where many keys can't be held at once.
  var measureMemory: (() -> MemoryUse?)?
  /// With so many threads, for so many seconds; nil for tasks, and where there are no keys.
  var measureChurn: ((Int, Double) -> ChurnResult)?
}

// The one place where a contender's type is forgotten: outside everything that is timed.

extension Workload {
  func row<C: Contender>(
    _ name: String, _ role: Role, note: String = "", holdsManyKeys: Bool = true,
    make: @escaping @Sendable () -> C
  ) -> Row where C.Key == Key {
    let held = holdsManyKeys ? held : []
    var row = row(
      name, role, note, probing: false, make, during: { lock_table_bench.hold(held, of: $0, $1) }
    ) { lane, pass in
      .thread { lane.run(pass) }
    }
    if holdsManyKeys { row.measureMemory = { lock_table_bench.measureMemory(make: make) } }
    if role != .loop {
      row.measureChurn = { lock_table_bench.measureChurn(threads: $0, seconds: $1, make: make) }
    }
    return row
  }

  func taskRow<C: AsyncContender>(
    _ name: String, _ role: Role, note: String = "", make: @escaping @Sendable () -> C
  ) -> Row where C.Key == Key {
    row(name, role, note, probing: true, make) { lane, pass in
      .task { await lane.runInTask(pass) }
    }
  }

  func row<C: Contender & AsyncContender>(
    _ name: String, _ role: Role, note: String = "", holdsManyKeys: Bool = true,
    for waiters: Waiters, make: @escaping @Sendable () -> C
  ) -> Row where C.Key == Key {
    switch waiters {
    case .threads: row(name, role, note: note, holdsManyKeys: holdsManyKeys, make: make)
    case .tasks: taskRow(name, role, note: note, make: make)
    case .mixed:
      row(name, role, note, probing: true, make) { lane, pass in
        lane.number.isMultiple(of: 2)
          ? .thread { lane.run(pass) } : .task { await lane.runInTask(pass) }
      }
    }
  }

  private func row<C: KeyedLock>(
    _ name: String, _ role: Role, _ note: String, probing: Bool, _ make: @escaping () -> C,
    during: @escaping (C, () -> PassResult) -> PassResult = { $1() },
    worker: @escaping (Lane<C>, Pass) -> Running<Tally>
  ) -> Row where C.Key == Key {
    Row(name: name, role: role, note: note) { pass, seconds in
      let contender = make()
      return during(contender) {
        lock_table_bench.measure(self, seconds: seconds, probing: probing && pass.isSample) {
          worker(Lane(contender, self, number: $0, $1), pass)
        }
      }
    }
  }
}

/// Runs `body` while another thread holds all these keys, each inside the one before.
private func hold<C: Contender>(
  _ keys: [C.Key], of contender: C, _ body: () -> PassResult
) -> PassResult {
  guard !keys.isEmpty else { return body() }
  let (isReady, isOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
  let holder = Running.thread(stackBytes: (keys.count + 1_000) << 10) {
    @Sendable func hold(from index: Int) {
      guard index < keys.count else {
        isReady.signal()
        return isOver.wait()
      }
      contender.run(keys[index]) { hold(from: index + 1) }
    }
    hold(from: 0)
  }
  isReady.wait()
  let result = body()
  isOver.signal()
  holder.join()
  return result
}
