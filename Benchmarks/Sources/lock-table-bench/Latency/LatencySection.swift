import BenchReport

/// How long one waits, by percentile.
struct LatencySection {
  let rows: [LatencyRecord]

  var section: Section? {
    guard !rows.isEmpty else { return nil }
    return Section(
      heading: "How long one waits",
      reading: """
        Each acquisition was timed; lower and flatter is better. Where acquisitions come at a given rate, \
        the wait counts from the moment each was meant to begin, so that a stall counts for all who came \
        meanwhile. In a closed loop the next one waits until the one before is through, which hides that.
        """,
      exhibits: rows.groups { Self.title($0) }.map { Self.exhibit($0.key, $0.members) })
  }

  private static func title(_ row: LatencyRecord) -> String {
    let rate = row.rate.map { ValueFormat.count.tick($0) + " acquisitions a second" }
    let arrivals =
      switch row.arrivals {
      case .closed: "closed loop"
      case .uniform: "open loop, \(rate ?? ""), evenly apart"
      case .poisson: "open loop, \(rate ?? ""), at random moments"
      }
    return "\(row.scenario.title); \(arrivals)"
  }

  private static func exhibit(_ title: String, _ rows: [LatencyRecord]) -> Exhibit {
    let isOpen = rows.contains { $0.arrivals != .closed }
    let chart = LineChart(
      description: "Time to acquire by percentile: \(title)",
      x: Axis("Percentile of acquisitions", scale: .nines, format: .percentile),
      y: Axis("Time to acquire", scale: .log10, format: .nanoseconds, better: .less),
      series: rows.filter { !$0.subject.fails }.map {
        Series($0.subject.label, $0.subject.standing, points($0))
      }, emphasis: emphasis(rows))
    return Exhibit(
      title: title, chart: .lines(chart),
      table: Table(
        header: [""] + Percentiles.header + ["p99 × hand-off"] + (isOpen ? ["acquired/s"] : []),
        rows: rows.map { row in
          TableRow(
            [row.subject.label] + row.latency.cells + [
              row.p99TimesHandOff.map(ValueFormat.number.text) ?? "–"
            ]
              + (isOpen ? [ValueFormat.count.text(row.achievedRate)] : []),
            standing: row.subject.standing, failure: row.subject.failure)
        }),
      notes: ["p99 × hand-off: in times of a futex hand-off between two threads."]
        + tooSlow(rows))
  }

  /// LockTable's rows and the exact alternative with the least p99.
  private static func emphasis(_ rows: [LatencyRecord]) -> Set<String> {
    let sound = rows.filter { !$0.subject.fails }
    let best = sound.filter { $0.subject.role == .exact }
      .min { $0.latency.p99 < $1.latency.p99 }
    let ours = sound.filter { $0.subject.role == .lockTable }.map(\.subject.label)
    return Set(ours + (best.map { [$0.subject.label] } ?? []))
  }

  /// Markers at the percentiles of the table, bends at all others.
  private static func points(_ row: LatencyRecord) -> [Point] {
    let marked: Set<Double> = [50, 90, 99, 99.9, 99.99, 100]
    let latency = row.latency
    let known = [
      (50, latency.p50), (90, latency.p90), (99, latency.p99), (99.9, latency.p999),
      (99.99, latency.p9999), (100, latency.max),
    ]
    let bends = row.curve.filter { $0.percentile > 50 && !marked.contains($0.percentile) }
    // A logarithmic axis has no zero, and no clock here tells less than a nanosecond.
    return
      (known.map { Point(x: $0, y: Double(max($1, 1))) }
      + bends.map { Point(x: $0.percentile, y: Double(max($0.nanoseconds, 1)), isMarked: false) })
      .sorted { $0.x < $1.x }
  }

  /// Whoever does not keep up with the rate waits the longer the longer one measures.
  private static func tooSlow(_ rows: [LatencyRecord]) -> [String] {
    let slow = rows.filter { row in row.rate.map { row.achievedRate < 0.95 * $0 } ?? false }
    guard !slow.isEmpty else { return [] }
    let names = slow.map(\.subject.label).joined(separator: ", ")
    return ["Not as many as were asked for: \(names). Their waits grow with the time of measuring."]
  }
}
