import Foundation

/// Everything that one run of the program measures.
struct Suite {
  let scenarios: [Scenario]
  let keyFile: KeyFile?
  let effort: Effort
  let reporter: any Reporter
  private let progress = Progress()

  init(scenarios: [Scenario], keyFile: KeyFile?, effort: Effort, reporter: any Reporter) {
    self.scenarios = scenarios
    self.keyFile = keyFile
    self.effort = effort
    self.reporter = reporter
  }

  /// Returns the violations that LockTable showed.
  func run() throws -> Int {
    // glibc leaves the atomics out of its mutexes in a process with one thread. This thread sees to
    // it that there is another one, whatever is measured.
    _ = WorkerThread {
      while true { sleepThread(seconds: 3_600) }
    }
    #if DEBUG
      writeToStandardError("Not optimised, so the figures mean nothing: use -c release.\n")
    #endif
    reporter.begin()
    var violations = 0
    for (number, scenario) in scenarios.enumerated() {
      let prefix = "scenario \(number + 1) of \(scenarios.count), "
      let result = try run(scenario) { progress.show(prefix + $0) }
      progress.clear()
      try reporter.report(result)
      violations += result.lockTableViolations
    }
    if scenarios.contains(where: { $0.waiters != .threads }) {
      progress.show("single paths")
      let paths = measurePaths()
      progress.clear()
      try reporter.report(paths)
    }
    progress.show("memory")
    let (memory, notes) = measureMemory()
    progress.clear()
    try reporter.report(memory: memory, notes: notes)
    return violations
  }

  private func run(_ scenario: Scenario, show: (String) -> Void) throws -> ScenarioResult {
    switch scenario.keyType {
    case .int: try run(scenario, Int.self, show)
    case .string: try run(scenario, String.self, show)
    case .uuid: try run(scenario, UUID.self, show)
    }
  }

  private func run<Key: BenchKey>(
    _ scenario: Scenario, _ type: Key.Type, _ show: (String) -> Void
  ) throws -> ScenarioResult {
    var scenario = scenario
    var order: KeyOrder<Key>
    if let keyFile {
      order = KeyOrder(lines: try keyFile.keys(as: type), threads: scenario.threads)
      scenario.keys = order.keys.count
    } else {
      order = KeyOrder(scenario)
    }
    order.share(writes: scenario.writes)
    let workload = Workload(order, holdNanoseconds: scenario.holdNanoseconds)
    let rows = Row<Key>.all(scenario)
    return ScenarioResult(scenario, rows, observe(rows, workload, effort, progress: show))
  }

  /// Of each type of keys that is measured at all.
  private func measureMemory() -> ([MemoryResult], [(name: String, note: String)]) {
    let types = Set(scenarios.map(\.keyType))
    var results: [MemoryResult] = []
    var notes: [(name: String, note: String)] = []
    let areShared = scenarios.contains(where: \.isShared)
    func add<Key: BenchKey>(_ rows: [Row<Key>], _ type: KeyType) {
      results += rows.compactMap { row in
        row.measureMemory.map {
          MemoryResult(name: row.name, role: row.role, keyType: type, bytes: $0())
        }
      }
      let names = Set(rows.map(\.name))
      let others = areShared ? Row<Key>.shared(threads: 2).filter { !names.contains($0.name) } : []
      notes = (rows + others).filter { !$0.note.isEmpty }.map { ($0.name, $0.note) }
    }
    if types.contains(.int) { add(Row<Int>.all(threads: 2), .int) }
    if types.contains(.string) { add(Row<String>.all(threads: 2), .string) }
    if types.contains(.uuid) { add(Row<UUID>.all(threads: 2), .uuid) }
    return (results, notes)
  }
}
