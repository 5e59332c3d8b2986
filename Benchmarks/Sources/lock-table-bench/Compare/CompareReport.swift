// The tables of `compare`.

extension [RowRecord] {
  var text: String {
    guard let first else { return "" }
    let isSingle = first.scenario.threads == 1
    let hasTasks = first.scenario.waiters != .threads
    var table = TextTable(
      header: [
        "", "Mop/s", "ns/op", "× RMW", first.scenario.isShared ? "÷ rwlock" : "÷ pthread",
        isSingle ? "(no loop)" : "evenness", "÷ best *", "p50", "p99", "p99.9", "max", "violations",
      ] + (hasTasks ? ["start p50", "p99", "max"] : []))
    for row in self {
      table.add(row.cells(isSingle: isSingle) + (hasTasks ? row.startCells : []))
    }
    let ratios = flatMap { [$0.timeToPthread, $0.timeToBestExact] }
    return """

      \(first.scenario.title)

      \(table.text)\(first.machine.remark)\(remarks(on: ratios))
      """
  }
}

extension RowRecord {
  fileprivate func cells(isSingle: Bool) -> [String] {
    let particular =
      isSingle
      ? timeToPthreadWithoutLoop.map { "(\($0.shortCell))" } ?? "-"
      : decimal(evenness?.median, 2)
    return [
      subject.title, decimal(operationsPerSecond / 1e6, 2),
      decimal(nanosecondsPerOperation.median, 1), decimal(timesRMWPair, 1), timeToPthread.cell,
      particular, timeToBestExact.cell, duration(nanoseconds: latency.p50),
      duration(nanoseconds: latency.p99), duration(nanoseconds: latency.p999),
      duration(nanoseconds: latency.max), grouped(subject.violations),
    ]
  }

  fileprivate var startCells: [String] {
    guard let taskStart else { return ["-", "-", "-"] }
    return [taskStart.p50, taskStart.p99, taskStart.max].map { duration(nanoseconds: $0) }
  }
}

extension [PathRecord] {
  var text: String {
    var table = TextTable(header: ["", "keys", "ns", "× RMW", "beside", "ns", "ratio", "at most"])
    for path in self {
      table.add([
        "  " + path.path, path.keyType.rawValue, decimal(path.nanoseconds, 1),
        decimal(path.timesRMWPair, 1), path.reference, decimal(path.referenceNanoseconds, 1),
        path.ratio.cell, decimal(path.target, 2),
      ])
    }
    return """

      Single paths, uncontended but for the hand-over, by one task on the pool

      \(table.text)\(remarks(on: map(\.ratio)))
      """
  }
}

extension [AllocationRecord] {
  var text: String {
    map {
      """

      Bytes allocated by \(grouped($0.operations)) acquisitions in a task: \
      \($0.bytes.map(grouped) ?? "-")
      Of the acquisitions of the hand-overs, those that had to wait: \(decimal($0.contended * 100, 0)) % or more
      """
    }.joined(separator: "\n")
  }
}

extension [MemoryRecord] {
  var text: String {
    var table = TextTable(header: ["", "keys", "empty table", "per held key", "left per key"])
    for row in self {
      guard let bytes = row.bytes else { continue }
      table.add([
        row.role.mark + row.name, row.keyType.rawValue, grouped(bytes.empty),
        decimal(bytes.perHeldKey, 1), decimal(bytes.perReleasedKey, 1),
      ])
    }
    return "\nBytes, with \(grouped(first?.heldKeys ?? 0)) keys held at once\n\n\(table.text)"
  }

}

extension [NoteRecord] {
  var text: String {
    "\n\(compareLegend)\n" + map { "  \($0.name): \($0.note)." }.joined(separator: "\n") + "\n"
  }
}

private let compareLegend = """
  ns/op       wall-clock time divided by the operations of all threads; Mop/s is its inverse
  × RMW       the same in the time of one uncontended atomic read-modify-write and a store: see 'floor'
  ÷ pthread   the row's time divided by that of one pthread_mutex without keys, in the same round
  ÷ rwlock    the same with one pthread_rwlock, where there are readers
  (no loop)   the same after the loop's own time was taken off both; the figure above is official
  ÷ best *    the row's time divided by that of the fastest row with a star, in the same round
  (… – …)     the spread of a ratio: the median of many rounds lies there with 90 % or more
  evenness    operations of the slowest thread divided by those of the fastest: 1 is even. With
              more threads than cores and passes this short it is the scheduler's doing, mostly
  p50 … max   time to acquire, over all rounds, in passes of their own that time one acquisition
              in seven. Reading the clock is included: the loop itself shows how much that is
  violations  increments of the counters that were lost, and counters that changed while a reader
              looked: every lock has to show 0. A row that does not FAILS
  start       until a task that has nothing to do with the keys runs, from its creation: what the
              row does to everybody else on the pool. Of one task each 100 µs or so
  left        what is still allocated for each key after all were released

  """
