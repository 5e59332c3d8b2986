struct LeaseRecord: Record {
  static let kind = "lease"

  var place: String
  var name: String
  /// Of one acquisition and its release.
  var nanoseconds: Spread
  var p50: UInt64
  var p99: UInt64
  /// In times of what the store can't do without.
  var bare: Ratio?
  /// In times of a lock that is no lease.
  var lock: Ratio?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("of an acquisition and its release, nobody else wants the key", \.nanoseconds)
    Column("p50", "percentiles of single turns, which take longer by two looks at the clock") {
      .time($0.p50)
    }
    Column("p99") { .time($0.p99) }
    Column.ratio("bare", of: "that of what the store can't do without, in C") { $0.bare }
    Column.ratio("lock", of: "that of a lock that is no lease") { $0.lock }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What a lease costs",
      reading: "A lock of the engine's own has no token, and nobody hears of its loss.",
      title: { "Acquire and release: \($0.place)" },
      name: { RowName($0.name) },
      charts: Presentation<Self>.rows(
        Axis("Time", scale: .log10, format: .nanoseconds, better: .less)
      ) { ChartRow($0.nanoseconds) })
  }
}

struct LeaseRenewalRecord: Record {
  static let kind = "leaseRenewal"

  var leases: Int
  /// Until all are renewed.
  var nanoseconds: Spread

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column.time("until all are renewed, a thousand in a statement", \.nanoseconds)
    Column("for each", "the same, for each lease") {
      .time($0.nanoseconds.median / Double($0.leases))
    }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "What renewals cost",
      reading: "A process renews all that it holds each third of the leases' duration.",
      title: { _ in "Renewals: PostgreSQL" },
      name: { RowName(counted($0.leases, "lease")) })
  }
}

/// Two processes whose tasks want one key.
struct LeaseProcessesRecord: Record {
  static let kind = "leaseProcesses"

  var place: String
  var name: String
  /// Acquisitions a second, of both together.
  var rate: Spread
  /// Those of the process with fewer, as a part of those of the other.
  var evenness: Spread
  /// The part that was handed over within a process.
  var handOffs: Double
  /// Holders that were not alone.
  var violations: Int
  /// In times of the row without a table in front.
  var front: Ratio?

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("a second", "acquisitions of both processes") { .spread($0.rate, .number) }
    Column("evenness", "those of one process ÷ those of the other, the smaller ÷ the larger") {
      .spread($0.evenness, .number)
    }
    Column("handed over", "the part that cost no request") { .share($0.handOffs) }
    Column("× without", "the row's rate divided by that without a table in front") {
      .ratio($0.front)
    }
    Column("violations", wide: true) { .count($0.violations) }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "One key, two processes",
      reading: "A table in front asks the engine once for all tasks of its process.",
      title: { "One key, two processes: \($0.place)" },
      name: { RowName($0.name) })
  }
}
