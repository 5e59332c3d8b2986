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
        heading: "Beside the alternatives",
        reading: "How long one acquisition takes, and how many times LockTable's time that is.",
        exhibits: [times, ratios, churn]),
      Section(
        heading: "How long one waits", reading: "Lower and flatter is better.", exhibits: [latency]),
      Section(
        heading: "How cost grows", reading: "A line that climbs uses the cores.",
        exhibits: [threads(.log2), threads(.linear), liveKeys]),
      Section(heading: "Who gets the key", reading: "100 % is even.", exhibits: [shares]),
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

  private static func table(
    _ header: [String], fails: Bool = false, _ cells: (Double) -> [String]
  ) -> Table {
    let failure = TableRow([failing] + cells(7), failure: "FAILS: 1 204 lost updates")
    return Table(
      header: [""] + header,
      rows: names.map { TableRow([$0.0] + cells($0.2), standing: $0.1) } + (fails ? [failure] : []))
  }

  private static func rows(_ value: (Double) -> Double, text: String? = nil) -> [ChartRow] {
    names.map {
      let value = value($0.2)
      return ChartRow($0.0, $0.1, value, spread: value * 0.85...value * 1.2, text: text)
    }
  }

  private static let times = Exhibit(
    title: "1 thread, 100 000 Int keys, uniform",
    chart: .rows(
      RowChart(
        description: "Bars of nanoseconds for each acquisition",
        axis: Axis("Time for each acquisition", format: .nanoseconds, better: .less),
        groups: [RowGroup("", rows { $0 })])),
    table: table(["ns/op", "÷ pthread", "p50", "p99.9", "max", "violations"], fails: true) {
      [format($0), format($0 / 16.4), "41 ns", "1 204 ns", "812 µs", "0"]
    },
    notes: ["NSLock dictionary: keeps every key it has ever seen."])

  private static let ratios = Exhibit(
    title: "8 threads, 100 000 Int keys, zipf: ratios paired by round",
    chart: .rows(
      RowChart(
        description: "Dots of ratios to LockTable",
        axis: Axis("Time ÷ LockTable's time, same round", scale: .log10, format: .times),
        reference: RowChart.Reference(1, "as fast as LockTable"),
        groups: [RowGroup("", rows({ $0 / 18.4 }, text: "3.22 ×, 103 ns"))])),
    table: table(["ratio"]) { ["\(format($0 / 18.4)) (0.9 – 1.2)"] })

  private static let churn = Exhibit(
    title: "", chart: nil,
    table: table(
      [
        "time", "÷ LockTable", "× RMW", "keys", "left per key", "per held key",
        "allocations each", "RSS before", "RSS after", "RSS peak",
      ]
    ) {
      ["\(format($0)) ns (\(format($0 * 0.9)) – \(format($0 * 1.3)))", "7.24 (6.88 – 9.12)"]
        + ["3.87", "28.7 k", "4.03 B", "135 B", "0.000", "44.0 MiB", "45.3 MiB", "45.3 MiB"]
    })

  private static let latency = Exhibit(
    title: "8 threads, a few hot keys, 100 000 acquisitions a second",
    chart: .lines(
      LineChart(
        description: "Curves of latency by percentile",
        x: Axis("Percentile of acquisitions", scale: .nines, format: .percentile),
        y: Axis("Time to acquire", scale: .log10, format: .nanoseconds, better: .less),
        series: names.prefix(8).map { name, standing, base in
          let points = zip([50, 90, 99, 99.9, 99.99, 100], [1, 1.4, 6, 90, 2_000, 60_000]).map {
            Point(x: $0, y: pow($1, 0.8 + base / 500) * base * 1.4)
          }
          return Series(name, standing, points)
        }, emphasis: ["LockTable", "LockTable, .fifo", "refcounted pthread, 64 stripes"])),
    table: table(["p50", "p90", "p99", "p99.9", "p99.99", "max"]) { _ in
      ["41 ns", "60 ns", "210 ns", "2.1 µs", "41 µs", "3.2 ms"]
    })

  private static func lines(
    _ title: String, _ x: Axis, _ y: Axis, at values: [Double], _ value: (Double, Double) -> Double
  ) -> Exhibit {
    Exhibit(
      title: title,
      chart: .lines(
        LineChart(
          description: title, x: x, y: y,
          series: names.map { name, standing, base in
            let points = values.map { x in
              let y = value(x, base)
              return Point(x: x, y: y, spread: y * 0.86...y * 1.07)
            }
            return Series(name, standing, points)
          })),
      table: table(["figure"]) { [format($0)] })
  }

  private static func threads(_ scale: ScaleKind) -> Exhibit {
    lines(
      "100 000 Int keys, \(scale == .log2 ? "doubling" : "one by one")",
      Axis("Threads", scale: scale, format: .count),
      Axis("Million acquisitions a second", better: .more), at: [1, 2, 4, 8]
    ) { threads, base in 900 / base * min(2, threads) / (1 + threads * 0.01) }
  }

  private static let liveKeys = lines(
    "A fresh key goes in and out beside so many held ones",
    Axis("Keys held meanwhile", scale: .log10, format: .count),
    Axis("Time for each acquisition", scale: .log10, format: .nanoseconds, better: .less),
    at: [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7]
  ) { keys, base in base * (1 + pow(log10(keys) / 5, 3)) }

  private static let shares = Exhibit(
    title: "8 threads on one key",
    chart: .rows(
      RowChart(
        description: "Bars of shares",
        axis: Axis("Least share ÷ even share", format: .share, better: .more),
        groups: [RowGroup("held for 0 ns", rows { $0 / 200 }), RowGroup("1 µs", rows { $0 / 150 })])
    ),
    table: Table(header: ["", "share"], rows: [TableRow(["LockTable", "12 %"], standing: .ours)]))

  private static func format(_ value: Double) -> String { ValueFormat.number.text(value) }
}
