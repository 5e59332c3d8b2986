import BenchReport
import Foundation

/// A page of invented figures that has everything a page can have: many lines, long names, a row that
/// fails, spreads, and text that has to be escaped.
enum SamplePage {
  static let page = Page(
    title: "LockTable <beside> its alternatives",
    summary: [
      "Invented figures, to look at a page with: nothing here was measured.",
      "Times are medians of 5 rounds; bands & whiskers reach from the fastest to the slowest round.",
    ],
    keyFigures: [
      KeyFigure(value: "18.4 ns", label: "lock and unlock a key", detail: "one thread, Int keys"),
      KeyFigure(
        value: "1.12 ×", label: "one bare pthread_mutex", detail: "1.08 × to 1.19 × over the rounds"
      ),
      KeyFigure(
        value: "96 B", label: "for each key that is held", detail: "and 0 B when it is released"),
      KeyFigure(value: "2.1 µs", label: "p99.9 of acquiring", detail: "open loop, 100 k a second"),
    ],
    sections: [compare, latency, scale, fairness, floor],
    machine: [
      Fact("Processor", "Example 9000, 2 cores"), Fact("System", "Linux 6.1, glibc 2.36"),
      Fact("Load before and after", "0.4 and 1.9"),
      Fact("Hand-off between cores", "68 ns before, 71 ns after"),
    ],
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

  private static func rows(_ cells: (Double) -> [String]) -> [TableRow] {
    names.map { TableRow([$0.0] + cells($0.2), standing: $0.1) } + [
      TableRow([failing] + cells(7), failure: "FAILS: 1 204 lost updates")
    ]
  }

  private static let compare = Section(
    heading: "Beside the alternatives",
    reading:
      "How long one acquisition takes, and how many times LockTable's time that is, round by round.",
    exhibits: [
      Exhibit(
        title: "1 thread, 100 000 Int keys, uniform",
        chart: .rows(
          RowChart(
            description: "Bars of nanoseconds for each acquisition",
            axis: Axis("Time for each acquisition", format: .nanoseconds, better: .less),
            groups: [
              RowGroup(
                "", names.map { ChartRow($0.0, $0.1, $0.2, spread: $0.2 * 0.93...$0.2 * 1.2) })
            ])),
        table: Table(
          header: ["", "Mop/s", "ns/op", "÷ pthread", "p50", "p99", "p99.9", "max", "violations"],
          rows: rows { ns in
            [
              format(1e3 / ns), format(ns), format(ns / 16.4), "41 ns", "102 ns", "1 204 ns",
              "812 µs",
              "0",
            ]
          }),
        notes: ["NSLock dictionary: keeps every key it has ever seen."]),
      Exhibit(
        title: "8 threads, 100 000 Int keys, zipf: ratios paired by round",
        chart: .rows(
          RowChart(
            description: "Dots of ratios to LockTable",
            axis: Axis("Time ÷ LockTable's time, same round", scale: .log10, format: .times),
            reference: RowChart.Reference(1, "as fast as LockTable"),
            groups: [
              RowGroup(
                "",
                names.dropFirst().map {
                  let ratio = $0.2 / 18.4
                  return ChartRow(
                    $0.0, $0.1, ratio, spread: ratio * 0.85...ratio * 1.2,
                    text: abs(ratio - 1) < 0.15 ? "≈ 1" : nil)
                })
            ])),
        table: Table(header: ["", "ratio"], rows: rows { [format($0 / 18.4)] })),
    ])

  private static let latency = Section(
    heading: "How long one waits",
    reading:
      "The time to acquire, from the moment it was meant to start; lower and flatter is better.",
    exhibits: [
      Exhibit(
        title: "8 threads, a few hot keys, 100 000 acquisitions a second",
        chart: .lines(
          LineChart(
            description: "Curves of latency by percentile",
            x: Axis("Percentile of acquisitions", scale: .nines, format: .percentile),
            y: Axis("Time to acquire", scale: .log10, format: .nanoseconds, better: .less),
            series: names.prefix(8).map { name, standing, base in
              Series(
                name, standing,
                zip([50, 90, 99, 99.9, 99.99, 100], [1, 1.4, 6, 90, 2_000, 60_000]).map {
                  Point(x: $0, y: pow($1, 0.8 + base / 500) * base * 1.4)
                })
            })),
        table: Table(
          header: ["", "p50", "p90", "p99", "p99.9", "p99.99", "max"],
          rows: rows { _ in ["41 ns", "60 ns", "210 ns", "2.1 µs", "41 µs", "3.2 ms"] }))
    ])

  private static let scale = Section(
    heading: "How cost grows",
    reading:
      "Throughput with more threads: a line that climbs uses the cores; one that falls is fought over.",
    exhibits: [
      threads(.log2), threads(.linear),
      Exhibit(
        title: "A fresh key goes in and out beside so many held ones",
        chart: .lines(
          LineChart(
            description: "Time against live keys",
            x: Axis("Keys held meanwhile", scale: .log10, format: .count),
            y: Axis(
              "Time for each acquisition", scale: .log10, format: .nanoseconds, better: .less),
            series: names.prefix(5).map { name, standing, base in
              Series(
                name, standing,
                (0...7).map {
                  let y = base * (1 + pow(Double($0) / 5, 3))
                  return Point(x: pow(10, Double($0)), y: y, spread: y * 0.9...y * 1.3)
                })
            })),
        table: Table(header: ["", "ns"], rows: rows { [format($0)] })),
    ])

  private static func threads(_ scale: ScaleKind) -> Exhibit {
    Exhibit(
      title: "100 000 Int keys, uniform, \(scale == .log2 ? "doubling" : "one by one")",
      chart: .lines(
        LineChart(
          description: "Throughput against threads",
          x: Axis("Threads", scale: scale, format: .count),
          y: Axis("Million acquisitions a second", better: .more),
          series: names.map { name, standing, base in
            Series(
              name, standing,
              [1.0, 2, 4, 8].map { (threads: Double) -> Point in
                let y: Double = 900 / base * min(2, threads) / (1 + threads * 0.01)
                return Point(x: threads, y: y, spread: y * 0.86...y * 1.07)
              })
          })),
      table: Table(header: ["", "Mop/s"], rows: rows { [format($0)] }))
  }

  private static let fairness = Section(
    heading: "Who gets the key",
    reading: "The slowest thread's share of an even share: 100 % is even, 0 % has starved.",
    exhibits: [
      Exhibit(
        title: "8 threads on one key",
        chart: .rows(
          RowChart(
            description: "Bars of shares",
            axis: Axis("Least share ÷ even share", format: .share, better: .more),
            groups: ["held for 0 ns", "held for 1 µs", "held for 100 µs"].enumerated().map {
              number, heading in
              RowGroup(
                heading,
                names.prefix(5).enumerated().map {
                  let value = $1.0 == "LockTable, .fifo" ? 0.99 : 0.1 * Double($0 + number)
                  return ChartRow($1.0, $1.1, value, spread: value * 0.8...value * 1.1)
                })
            })),
        table: Table(header: ["", "share"], rows: rows { _ in ["12 %"] }))
    ])

  private static let floor = Section(
    heading: "What this machine can do at all",
    reading: "The least that any lock here could take.",
    exhibits: [
      Exhibit(
        title: "",
        chart: .rows(
          RowChart(
            description: "Dots of times",
            axis: Axis("Time", scale: .log10, format: .nanoseconds, better: .less),
            groups: [
              RowGroup(
                "",
                [
                  ("one atomic read-modify-write and a store", 6.2),
                  ("two atomic read-modify-writes", 11.9),
                  ("pthread_mutex pair", 16.4), ("hash of a 32-byte String", 22),
                  ("futex hand-off", 4_900),
                  ("continuation hand-off", 390),
                ].map { ChartRow($0.0, .reference, $0.1, spread: $0.1 * 0.9...$0.1 * 1.2) })
            ])),
        table: Table(
          header: ["", "time"],
          rows: [TableRow(["pthread_mutex pair", "16.4 ns"], standing: .reference)]))
    ])

  private static func format(_ value: Double) -> String {
    ValueFormat.number.text(value)
  }
}
