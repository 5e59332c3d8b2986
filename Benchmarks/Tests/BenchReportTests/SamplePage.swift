import BenchReport
import Foundation

/// A page of invented figures that has everything a page can have: many lines, long names, a row that
/// fails, spreads, wide tables, and text that has to be escaped.
enum SamplePage {
  static let page = Page(
    title: "LockTable <beside> its alternatives",
    summary: [
      "Invented figures, to look at a page with: nothing here was measured.",
      "Times are medians of 5 rounds; bands & whiskers reach from the fastest to the slowest round.",
    ],
    keyFigures: [
      KeyFigure(
        value: "18.4 ns", label: "to lock and unlock a key",
        beside: "one pthread_mutex, no keys: 16.4 ns", detail: "1 thread, Int keys"),
      KeyFigure(
        value: "7.7 ×", label: "as fast as the best exact alternative",
        beside: "refcounted pthread, 64 stripes: 142 ns; LockTable: 18.4 ns",
        detail: "8 threads, 100 000 keys"),
    ],
    sections: [
      Section(
        heading: "Beside the alternatives", reading: "How long one acquisition takes.",
        exhibits: [times, ratios, churn]),
      Section(
        heading: "How long one waits", reading: "Lower and flatter is better.", exhibits: [latency]),
      Section(
        heading: "How cost grows", reading: "A line that climbs uses the cores.",
        exhibits: [threads]),
    ],
    machine: [Fact("Processor", "Example 9000, 2 cores"), Fact("Load", "0.4 and 1.9")],
    commands: ["lock-table-bench report --output report.html", "lock-table-bench compare --json"],
    rawLines: (0..<200).map { #"{"kind":"row","name":"LockTable <\#($0)>","nanoseconds":18.4}"# })

  private static let names: [(String, Standing, Double)] = [
    ("LockTable", .ours, 18.4), ("LockTable, .fifo", .ours, 19.9),
    ("refcounted Mutex dictionary", .peer, 96), ("refcounted Mutex, 64 stripes", .peer, 103),
    ("refcounted pthread, 64 stripes", .peer, 61), ("NSLock dictionary", .peer, 88),
    ("array of 1024 Mutexes", .peer, 21), ("NIOLock, 64 stripes", .peer, 74),
    ("one pthread_mutex, no keys", .reference, 16.4), ("no lock: the loop itself", .reference, 2.1),
  ]

  static let failing = "dictionary & no lock"

  private static func table(_ header: [String], _ cells: (Double) -> [String]) -> Table {
    Table(
      header: [""] + header, rows: names.map { TableRow([$0.0] + cells($0.2), standing: $0.1) })
  }

  private static func rows(_ value: (Double) -> Double, text: String? = nil) -> [ChartRow] {
    names.map {
      let value = value($0.2)
      return ChartRow($0.0, $0.1, value, spread: value * 0.85...value * 1.2, text: text)
    }
  }

  private static let times: Exhibit = {
    let axis = Axis("Time for each acquisition", format: .nanoseconds, better: .less)
    let groups = [RowGroup("one key", rows { $0 }), RowGroup("many keys", rows { $0 * 1.7 })]
    var table = Self.table(["ns/op", "p50", "p99.9"]) { ["\($0)", "41 ns", "1 204 ns"] }
    table.rows.append(
      TableRow([failing, "7.0", "41 ns", "812 µs"], failure: "FAILS: 1 204 lost updates"))
    return Exhibit(
      title: "1 thread, 100 000 Int keys, uniform",
      chart: .rows(RowChart(description: "Times", axis: axis, groups: groups)), table: table,
      notes: ["NSLock dictionary: keeps every key it has ever seen."])
  }()

  private static let ratios = Exhibit(
    title: "8 threads, 100 000 Int keys, zipf: ratios paired by round",
    chart: .rows(
      RowChart(
        description: "Ratios to LockTable",
        axis: Axis("Time ÷ LockTable's time", scale: .log10, format: .times, better: .less),
        reference: RowChart.Reference(1, "as fast as LockTable"),
        groups: [RowGroup("", rows({ $0 / 18.4 }, text: "3.22 ×, 103 ns"))])),
    table: table(["time", "ratio"]) { ["\($0) ns", "0.95 (0.9 – 1.2)"] })

  private static let churn = Exhibit(
    title: "2 threads, Int keys, 0.25 s", chart: nil,
    table: table(
      [
        "time", "÷ LockTable", "× RMW", "keys", "left per key", "per held key",
        "allocations each", "RSS before", "RSS after", "RSS peak",
      ]
    ) {
      ["\($0) ns (1.9 – 123)", "7.24 (6.88 – 9.12)", "3.87", "28.7 k", "4.03 B", "135 B"]
        + ["0.000", "44.0 MiB", "45.3 MiB", "45.3 MiB"]
    })

  private static let latency = Exhibit(
    title: "8 threads, a few hot keys, 100 000 acquisitions a second",
    chart: .lines(
      LineChart(
        description: "Latency by percentile",
        x: Axis("Percentile of acquisitions", scale: .nines, format: .percentile),
        y: Axis("Time to acquire", scale: .log10, format: .nanoseconds, better: .less),
        series: names.map { name, standing, base in
          let points = zip([50, 90, 99, 99.9, 99.99, 100], [1, 1.4, 6, 90, 2_000, 60_000]).map {
            Point(x: $0, y: pow($1, 0.8 + base / 500) * base * 1.4)
          }
          return Series(name, standing, points)
        }, emphasis: ["LockTable", "LockTable, .fifo", "refcounted pthread, 64 stripes"])),
    table: table(["p50", "p90", "p99", "p99.9", "p99.99", "max"]) { _ in
      ["41 ns", "60 ns", "210 ns", "2.1 µs", "41 µs", "3.2 ms"]
    })

  private static let threads = Exhibit(
    title: "100 000 Int keys",
    chart: .lines(
      LineChart(
        description: "Throughput against threads",
        x: Axis("Threads", scale: .log2, format: .count),
        y: Axis("Million acquisitions a second", better: .more),
        series: names.map { name, standing, base in
          let points = [1.0, 2, 4, 8].map { threads in
            let y = 900 / base * min(2, threads) / (1 + threads * 0.01)
            return Point(x: threads, y: y, spread: y * 0.86...y * 1.07)
          }
          return Series(name, standing, points)
        })), table: table(["Mop/s"]) { ["\($0)"] })
}
