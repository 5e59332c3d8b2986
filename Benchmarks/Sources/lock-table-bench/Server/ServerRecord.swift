/// A server with one lock, under one skew of its accounts.
struct ServerRecord: ContenderRecord {
  static let kind = "server"

  var subject: Subject
  var lock: String
  var skew: Distribution
  var accounts: Int
  /// Between the reading and the writing of a balance; 0 if the task only yields.
  var storeDelayMicroseconds: Int
  var connections: Int
  var arrivals: Arrivals
  /// Requests a second that were asked for, of all connections. Nil in a closed loop.
  var rate: Double?
  var effort: Effort
  var requests: Int
  var requestsPerSecond: Spread
  /// Wall-clock time for each request, divided by that of the server with LockTable: more than 1 is
  /// slower. Only in a closed loop; in an open one the arrivals say how many requests there are.
  var timeToLockTable: Ratio?
  var latency: Percentiles
  /// In the time of a futex hand-off; nil where there are none.
  var p50TimesHandOff: Double?
  /// Deposits that were answered with success and are missing in the sum of the balances.
  var lostUpdates: Int
  var machine: MachineClass

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("requests/s", "the median of the rounds") {
      .spread($0.requestsPerSecond, .number)
    }
    Column.toLockTable(\.timeToLockTable)
    Column.percentiles(
      wide: ["p90", "p99.99"], "from the intended start of a request until its answer", \.latency)
    Column("p50 in hand-offs", wide: true, "in times of waking a thread on another core") {
      .number($0.p50TimesHandOff)
    }
    Column("requests", wide: true, "answered with success") { .count($0.requests) }
    Column("lost updates", "deposits that are missing in the balances") {
      .count($0.lostUpdates)
    }
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "A web server that locks accounts",
      reading: """
        Requests that deposit into accounts, under each lock. Server and load share the machine, so rates say \
        how the rows compare, not what a server can do.
        """,
      title: { row in
        let accounts =
          row.skew == .single
          ? "one account" : "\(grouped(row.accounts)) accounts, drawn \(row.skew)"
        let delay = row.storeDelayMicroseconds
        let store = delay == 0 ? "a store that yields" : "a store of \(grouped(delay)) µs"
        let arrivals = row.arrivals.words(row.rate, "requests")
        return "\(counted(row.connections, "connection")), \(accounts), \(store), \(arrivals)"
      },
      name: \.name,
      charts: Presentation<Self>.rows(Axis("Requests a second", better: .more)) {
        ChartRow($0.requestsPerSecond)
      },
      notes: { rows in
        let late = rows.filter { row in
          row.rate.map { row.requestsPerSecond.median < 0.95 * $0 } ?? false
        }.map(\.subject.name)
        let toothless = rows.first { $0.subject.role == .loop && $0.lostUpdates == 0 }
        let found = toothless.map {
          "\"\($0.subject.name)\" lost no update here: no two requests met."
        }
        return noteOnLate(late) + [found].compactMap(\.self)
      })
  }
}
