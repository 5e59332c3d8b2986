import Foundation

/// Where the figures go.
protocol Reporter {
  func begin()
  func report(_ result: ScenarioResult) throws
  func report(_ paths: PathResults) throws
  func report(memory: [MemoryResult], notes: [(name: String, note: String)]) throws
}

/// For readers.
struct TextReporter: Reporter {
  let effort: Effort

  func begin() {
    let rounds = effort.rounds == 1 ? "one round" : "\(effort.rounds) rounds"
    print(
      """
      Each thread or task acquires a key, increments the key's counter, and releases it, over and over;
      where not all of them write, the others share the key and look at the counter twice.
      Medians of \(rounds) of \(decimal(effort.seconds, 2)) s, on \(coreCount) cores. \
      Rows with * lock as LockTable does, each key for
      itself and only while it is needed. Less is better but for Mop/s; the rest is explained below.
      """)
  }

  func report(_ result: ScenarioResult) {
    let isSingle = result.scenario.threads == 1
    let hasTasks = result.scenario.waiters != .threads
    var table = TextTable(
      header: [
        "", "Mop/s", "ns/op", result.scenario.isShared ? "÷ rwlock" : "÷ pthread",
        isSingle ? "(no loop)" : "spread", "÷ best *", "p50",
        "p99", "p99.9", "max", "violations",
      ] + (hasTasks ? ["start p50", "p99", "max"] : []))
    for row in result.rows {
      let particular =
        isSingle ? "(\(decimal(row.timeToPthreadWithoutLoop, 2)))" : decimal(row.spread, 2)
      let cells = [
        Self.mark(row.role) + row.name,
        decimal(row.operationsPerSecond / 1e6, 2), decimal(row.nanosecondsPerOperation, 1),
        decimal(row.timeToPthread, 2), particular, decimal(row.timeToBestExact, 2),
        duration(nanoseconds: row.latency.p50), duration(nanoseconds: row.latency.p99),
        duration(nanoseconds: row.latency.p999), duration(nanoseconds: row.latency.max),
        grouped(row.violations),
      ]
      table.add(cells + (hasTasks ? Self.starts(row.taskStart) : []))
    }
    print("\n\(result.scenario.title)\n\n\(table.text)")
  }

  func report(_ results: PathResults) {
    var table = TextTable(header: ["", "keys", "ns", "beside", "ns", "ratio", "at most"])
    for result in results.paths {
      table.add([
        "  " + result.path, result.keyType.rawValue, decimal(result.nanoseconds, 1),
        result.reference, decimal(result.referenceNanoseconds, 1), decimal(result.ratio, 2),
        decimal(result.target, 2),
      ])
    }
    print(
      """

      Single paths, uncontended but for the hand-over, by one task on the pool

      \(table.text)

      Bytes allocated by \(grouped(pathOperations)) acquisitions in a task: \
      \(results.allocatedBytes.map(grouped) ?? "-")
      Of the acquisitions of the hand-over, those that were one: \(decimal(results.alternating * 100, 0)) %
      """)
  }

  private static func starts(_ latency: RowResult.Latency?) -> [String] {
    guard let latency else { return ["-", "-", "-"] }
    return [latency.p50, latency.p99, latency.max].map { duration(nanoseconds: $0) }
  }

  private static func mark(_ role: Role) -> String {
    role == .exact ? "* " : "  "
  }

  func report(memory: [MemoryResult], notes: [(name: String, note: String)]) {
    var table = TextTable(header: ["", "keys", "empty table", "per held key", "left per key"])
    for result in memory {
      guard let bytes = result.bytes else { continue }
      table.add([
        Self.mark(result.role) + result.name, result.keyType.rawValue, grouped(bytes.empty),
        decimal(bytes.perHeldKey, 1), decimal(bytes.perReleasedKey, 1),
      ])
    }
    print("\nBytes, with \(grouped(heldKeyCount)) keys held at once\n\n\(table.text)")
    print("\n\(Self.legend)")
    for (name, note) in notes {
      print("  \(name): \(note).")
    }
  }

  private static let legend = """
    ns/op       wall-clock time divided by the operations of all threads; Mop/s is its inverse
    ÷ pthread   the row's time divided by that of one pthread_mutex without keys, in the same round
    ÷ rwlock    the same with one pthread_rwlock, where there are readers
    (no loop)   the same after the loop's own time was taken off both; the figure above is official
    ÷ best *    the row's time divided by that of the fastest row with a star, in the same round
    spread      operations of the slowest thread divided by those of the fastest: 1 is even. With
                more threads than cores and passes this short it is the scheduler's doing, mostly
    p50 … max   time to acquire, over all rounds, in passes of their own that time one acquisition
                in seven. Reading the clock is included: the loop itself shows how much that is
    violations  increments of the counters that were lost, and counters that changed while a reader
                looked: every lock has to show 0
    start       until a task that has nothing to do with the keys runs, from its creation: what the
                row does to everybody else on the pool. Of one task each 100 µs or so
    left        what is still allocated for each key after all were released

    """
}

/// For programs: one JSON object a line.
struct JSONReporter: Reporter {
  let effort: Effort

  private struct RowLine: Encodable {
    var kind = "row"
    var cores = coreCount
    var effort: Effort
    var scenario: Scenario
    var row: RowResult
  }

  private struct MemoryLine: Encodable {
    var kind = "memory"
    var keys = heldKeyCount
    var row: MemoryResult
  }

  private struct PathLine: Encodable {
    var kind = "path"
    var path: PathResult
  }

  private struct AllocationLine: Encodable {
    var kind = "allocation"
    var operations = pathOperations
    var bytes: Int?
  }

  func begin() {}

  func report(_ results: PathResults) throws {
    for path in results.paths {
      try print(PathLine(path: path))
    }
    try print(AllocationLine(bytes: results.allocatedBytes))
  }

  func report(_ result: ScenarioResult) throws {
    for row in result.rows {
      try print(RowLine(effort: effort, scenario: result.scenario, row: row))
    }
  }

  func report(memory: [MemoryResult], notes: [(name: String, note: String)]) throws {
    for result in memory {
      try print(MemoryLine(row: result))
    }
  }

  private func print(_ line: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    Swift.print(String(decoding: try encoder.encode(line), as: UTF8.self))
  }
}
