/// How often each thread gets the key.
struct FairnessRecord: ContenderRecord {
  static let kind = "fairness"

  var subject: Subject
  var threads: Int
  var holdNanoseconds: UInt64
  /// Of all acquisitions, each thread's part: those of the thread that had the least first; the median
  /// round's.
  var shares: [Double]
  var evenness: Spread
  var longestWait: Spread
  var p99: UInt64
  var operationsPerSecond: Double
  /// In the time of a futex hand-off; nil where there are none.
  var longestWaitTimesHandOff: Double?
  var machine: MachineClass

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("a second", "acquisitions of all threads") { .count(Int($0.operationsPerSecond)) }
    Column("least share", "of all acquisitions, of the thread that had the fewest") {
      .share($0.shares.first)
    }
    Column("greatest", "of the thread that had the most") { .share($0.shares.last) }
    Column("least ÷ greatest", "1 is even, 0 means that a thread starved") {
      .spread($0.evenness, .number)
    }
    Column("longest wait", "of a round; the median of the rounds") {
      .spread($0.longestWait, .nanoseconds)
    }
    Column("of all rounds", wide: true, "the longest wait of all rounds") {
      .time($0.longestWait.rounds.max())
    }
    Column("in hand-offs", wide: true, "in times of waking a thread on another core") {
      .number($0.longestWaitTimesHandOff)
    }
    Column("p99", "99 % of the acquisitions waited no longer") { .time($0.p99) }
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "Which thread gets the key",
      reading: """
        All threads want one key all the time. The first chart shows what the thread with the least had for \
        each acquisition of the thread with the most: at 100 % they had the same, near 0 % one has starved. \
        The second shows the longest that any thread waited. Strict order costs throughput, which the table has.
        """,
      title: { "\($0.threads) threads on one int key" },
      group: {
        $0.holdNanoseconds == 0
          ? "not held" : "held for \(ValueFormat.nanoseconds.tick(Double($0.holdNanoseconds)))"
      },
      name: \.name,
      charts: { title, rows in
        let (shares, waits) = (
          Axis("Least share ÷ greatest share", format: .share, better: .more),
          Axis("Longest wait", scale: .log10, format: .nanoseconds, better: .less)
        )
        return [
          Presentation.rows(title, rows, shares) { ChartRow($0.evenness) },
          Presentation.rows(title, rows, waits) { ChartRow($0.longestWait) },
        ]
      })
  }
}
