import Histogram

/// The finished figures of one row.
struct RowRecord: ContenderRecord {
  static let kind = "row"

  var scenario: Scenario
  var effort: Effort
  var machine: MachineClass
  var subject: Subject
  var operationsPerSecond: Double
  var nanosecondsPerOperation: Spread
  var timesRMWPair: Double
  var timeToLockTable: Ratio?
  /// Time divided by the yardstick's: one pthread_mutex, or one pthread_rwlock where there are readers.
  var timeToPthread: Ratio?
  var timeToBestExact: Ratio?
  /// As `timeToPthread`, after the loop's own time was taken off both. Only with one thread: the
  /// loop without a lock says nothing of how several threads slow each other down.
  var timeToPthreadWithoutLoop: Ratio?
  /// What the lock adds to the loop, divided by what LockTable adds. Only where keys are held across a
  /// suspension, which is most of the time.
  var addedToLockTable: Ratio?
  var latency: Percentiles
  /// How long unrelated tasks took to start meanwhile. Only where there are tasks.
  var taskStart: Percentiles?
  var evenness: Spread?

  /// Of all rows of a scenario, once its rounds are through.
  static func records(
    _ rows: [Observations], _ scenario: Scenario, _ effort: Effort, _ machine: MachineClass,
    _ floor: QuickFloor
  ) -> [RowRecord] {
    let (yardstick, loop) = (rows.fastest(.yardstick), rows.fastest(.loop))
    let (table, best) = (rows.lockTable, rows.fastest(.exact))
    func withoutLoop(_ row: Observations?) -> Observations? {
      guard var row, let loop, scenario.threads == 1 || scenario.yields else { return nil }
      row.nanoseconds = zip(row.nanoseconds, loop.nanoseconds).map { $0 - $1 }
      return row
    }
    return rows.compactMap { own in
      guard let nanoseconds = Spread(own.nanoseconds) else { return nil }
      return RowRecord(
        scenario: scenario, effort: effort, machine: machine, subject: own.subject,
        operationsPerSecond: 1e9 / nanoseconds.median, nanosecondsPerOperation: nanoseconds,
        timesRMWPair: nanoseconds.median / floor.rmwPair,
        timeToLockTable: Ratio(own, over: table, machine),
        timeToPthread: Ratio(own, over: yardstick, machine),
        timeToBestExact: Ratio(own, over: best, machine),
        timeToPthreadWithoutLoop: withoutLoop(own).flatMap {
          Ratio($0, over: withoutLoop(yardstick), machine)
        },
        addedToLockTable: scenario.yields && own.role != .loop
          ? withoutLoop(own).flatMap { Ratio($0, over: withoutLoop(table), machine) } : nil,
        latency: Percentiles(own.latencies),
        taskStart: own.starts.totalCount == 0 ? nil : Percentiles(own.starts),
        evenness: scenario.threads == 1 ? nil : Spread(own.evenness))
    }
  }

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time(
      "wall-clock time divided by the operations of all threads", \.nanosecondsPerOperation)
    Column("Mop/s", wide: true, "million operations a second: the inverse") {
      .number($0.operationsPerSecond / 1e6)
    }
    Column.floor(\.timesRMWPair)
    Column.toLockTable(\.timeToLockTable)
    Column.ratio("÷ pthread", of: "that of one pthread_mutex without keys") {
      $0.scenario.isShared ? nil : $0.timeToPthread
    }
    Column.ratio("÷ rwlock", of: "that of one pthread_rwlock without keys") {
      $0.scenario.isShared ? $0.timeToPthread : nil
    }
    Column("(no loop)", wide: true, "÷ pthread after the loop's own time was taken off both") {
      .ratio($0.timeToPthreadWithoutLoop)
    }
    Column(
      "adds ÷", "the row's time beyond the loop's, divided by LockTable's, paired by rounds"
    ) { .ratio($0.addedToLockTable) }
    Column("evenness", wide: true, "operations of the slowest thread ÷ the fastest's; 1 is even") {
      .spread($0.evenness, .number)
    }
    Column.ratio(
      "÷ best *", wide: true, of: "that of the fastest row with a star", \.timeToBestExact)
    Column.percentiles(
      wide: ["p90", "p99.99"],
      "p50 … max: time to acquire, over all rounds, in passes of their own that time one acquisition "
        + "in seven; the clock's own time shows in the row without a lock",
      \.latency)
    Column("start p50", wide: true, "until a task that does not use the keys runs") {
      .time($0.taskStart.map { Double($0.p50) })
    }
    Column("start p99", wide: true) { .time($0.taskStart.map { Double($0.p99) }) }
    Column("start max", wide: true) { .time($0.taskStart.map { Double($0.max) }) }
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "Compared with the alternatives",
      reading: """
        Each row's time for an acquisition, divided by LockTable's in the same round. Right of the line \
        is slower than LockTable, left of it is faster; a whisker that crosses the line does not say which.
        """,
      title: \.scenario.title,
      name: \.name,
      charts: { [chart($0, $1)] },
      headlines: { headlines($0) })
  }

  /// Ratios, or times where the scenario has no ratios to be quoted.
  private static func chart(_ title: String, _ rows: [Self]) -> any Chart {
    let refusals = rows.map { $0.timeToLockTable?.refusal }
    guard rows.contains(where: { $0.subject.role == .lockTable && !$0.subject.fails }),
      !refusals.contains(.oneRound), !refusals.contains(.classesDiffer)
    else {
      let axis = Axis("Time for an acquisition", scale: .log10, format: .nanoseconds, better: .less)
      return Presentation.rows(title, rows, axis) { ChartRow($0.nanosecondsPerOperation) }
    }
    let axis = Axis("Time ÷ LockTable's", scale: .log10, format: .times, better: .less)
    return Presentation.rows(title, rows, axis, reference: (1, "as fast as LockTable")) {
      row in
      row.timeToLockTable.map { ratio in
        let time = row.nanosecondsPerOperation.cell(.nanoseconds, isWide: false)
        let times = "\(ratio.cell(isWide: false))\(ratio.refusal == nil ? " ×" : "")"
        return ChartRow(
          value: ratio.spread.median, spread: ratio.spread.range,
          text: ratio.isSelf ? time : "\(times), \(time)")
      }
    }
  }
}

/// One path through LockTable, with what it is to be compared with.
struct PathRecord: Record {
  static let kind = "path"

  var path: String
  var keyType: KeyType
  var nanoseconds: Double
  var reference: String
  var referenceNanoseconds: Double
  var timesRMWPair: Double?
  var ratio: Ratio?
  var target: Double?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("keys", "the type of the keys") { .text($0.keyType.rawValue) }
    Column("time", "of one call, and the release") { .time($0.nanoseconds) }
    Column.floor(\.timesRMWPair)
    Column("compared with") { .text($0.reference) }
    Column("its time") { .time($0.referenceNanoseconds) }
    Column.ratio("ratio", of: "that of what it is compared with", \.ratio)
    Column("at most", "what the ratio should not exceed") { .number($0.target) }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: RowRecord.presentation.heading,
      title: { _ in "Single paths, uncontended but for the hand-off, by one task on the pool" },
      name: { RowName($0.path) })
  }
}

/// What the single paths allocate.
struct AllocationRecord: Record {
  static let kind = "allocation"

  var operations: Int
  /// What the C library's allocator gave out, and did not get back, over the acquisitions by tasks.
  var bytes: Int?
  /// Of the acquisitions of the hand-offs, the least part that had to wait.
  var contended: Double

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("acquisitions") { .count($0.operations) }
    Column("bytes", "still allocated after them") { .count($0.bytes) }
    Column("hand-offs that waited", "of all, at least") { .share($0.contended) }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: RowRecord.presentation.heading,
      title: { _ in "What the single paths allocate" },
      name: { _ in RowName("in a task") })
  }
}

/// The memory of one row, for one type of keys.
struct MemoryRecord: Record {
  static let kind = "memory"

  var name: String
  var role: Role
  var keyType: KeyType
  var heldKeys: Int
  var bytes: MemoryUse?

  private var subject: Subject { Subject(name: name, role: role, violations: 0) }

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("empty table", "bytes before the first key") {
      .bytes($0.bytes.map { Double($0.empty) })
    }
    Column("per held key", "bytes for each key while all are held") { .bytes($0.bytes?.perHeldKey) }
    Column("left per key", "bytes still allocated for each key after all were released") {
      .bytes($0.bytes?.perReleasedKey)
    }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: RowRecord.presentation.heading,
      title: { "Memory, with \(grouped($0.heldKeys)) keys held at once" },
      group: { "\($0.keyType) keys" },
      name: { RowName($0.subject) },
      charts: Presentation<Self>.rows(Axis("Bytes for each held key", better: .less)) {
        $0.bytes.map { ChartRow(value: $0.perHeldKey) }
      },
      headlines: { headline($0.filter { $0.keyType == .int }) })
  }

  private static func headline(_ rows: [Self]) -> [Headline] {
    let exact = rows.filter { $0.role == .exact }.compactMap { row in
      row.bytes.map { (row.name, $0.perHeldKey) }
    }
    guard let bytes = rows.first(where: { $0.role == .lockTable })?.bytes,
      let least = exact.min(by: { $0.1 < $1.1 })
    else { return [] }
    return [
      Headline(
        conditions: "Memory, int keys", value: "\(decimal(bytes.perHeldKey, 0)) B",
        claim:
          "for each held key, \(decimal(max(bytes.perReleasedKey, 0), 0)) B once it is released",
        other: least.0, figures: "\(decimal(least.1, 0)) B")
    ]
  }
}
