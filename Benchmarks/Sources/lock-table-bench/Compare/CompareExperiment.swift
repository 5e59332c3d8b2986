import Foundation

/// LockTable beside the alternatives, scenario by scenario.
struct CompareExperiment: Experiment {
  var scenarios = Scenario.standard
  var keyFile: KeyFile?
  var extras: ExtraRows = []
  var effort = Effort(seconds: 0.045, rounds: 5)

  let name = "compare"

  var summary: String {
    """
    Each thread or task acquires a key, increments the key's counter, and releases it, over and over; \
    where not all of them write, the others share the key and look at the counter twice. Medians of \
    \(effort.words). Rows with * lock as LockTable does, each key for itself and only while it is needed. \
    Less is better but for Mop/s; the rest is explained below.
    """
  }

  func run(in session: Session) throws {
    let floor = session.floor
    for (number, scenario) in scenarios.enumerated() {
      let prefix = "scenario \(number + 1) of \(scenarios.count), "
      let rows = try run(scenario, session, floor) { session.show(prefix + $0) }
      try session.emit(rows.map(Record.row))
    }
    if scenarios.contains(where: { $0.waiters != .threads }) {
      session.show("single paths")
      let results = measurePaths()
      let paths = results.paths.map { path in
        var path = path
        path.timesRMWPair = path.nanoseconds / floor.rmwPair
        return Record.path(path)
      }
      try session.emit(paths + [.allocation(results.allocation)])
    }
    session.show("memory")
    try session.emit(measureMemory())
  }

  private func run(
    _ scenario: Scenario, _ session: Session, _ floor: QuickFloor, _ show: (String) -> Void
  ) throws -> [RowRecord] {
    switch scenario.keyType {
    case .int: try run(scenario, Int.self, session, floor, show)
    case .string: try run(scenario, String.self, session, floor, show)
    case .uuid: try run(scenario, UUID.self, session, floor, show)
    }
  }

  private func run<Key: BenchKey>(
    _ scenario: Scenario, _ type: Key.Type, _ session: Session, _ floor: QuickFloor,
    _ show: (String) -> Void
  ) throws -> [RowRecord] {
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
    let rows = Row<Key>.all(scenario, with: extras)
    let (observed, machine) = session.classified {
      observe(rows, workload, effort, progress: show)
    }
    return CompareRows(scenario: scenario, effort: effort, machine: machine, floor: floor)
      .records(rows, observed)
  }

  /// Of each type of keys that is measured at all.
  private func measureMemory() -> [Record] {
    let types = Set(scenarios.map(\.keyType))
    var memory: [Record] = []
    var notes: [Record] = []
    let areShared = scenarios.contains(where: \.isShared)
    func add<Key: BenchKey>(_ rows: [Row<Key>], _ type: KeyType) {
      memory += rows.compactMap { row in
        row.measureMemory.map {
          .memory(
            MemoryRecord(
              name: row.name, role: row.role, keyType: type, heldKeys: heldKeyCount, bytes: $0()))
        }
      }
      let names = Set(rows.map(\.name))
      let others = areShared ? Row<Key>.shared(threads: 2).filter { !names.contains($0.name) } : []
      notes = (rows + others).filter { !$0.note.isEmpty }.map {
        .note(NoteRecord(name: $0.name, note: $0.note))
      }
    }
    let scenario = Scenario(threads: 2)
    if types.contains(.int) { add(Row<Int>.all(scenario, with: extras), .int) }
    if types.contains(.string) { add(Row<String>.all(scenario, with: extras), .string) }
    if types.contains(.uuid) { add(Row<UUID>.all(scenario, with: extras), .uuid) }
    return memory + notes
  }
}
