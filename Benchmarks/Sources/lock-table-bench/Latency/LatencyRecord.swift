import ArgumentParser

/// When the next acquisition is meant to begin.
enum Arrivals: String, Codable, CaseIterable, Sendable, ExpressibleByArgument {
  /// When the one before has ended: a thread that waits puts off all that it was to do.
  case closed
  /// At moments that lie equally far apart, whatever the lock does.
  case uniform
  /// At moments that know nothing of each other, as requests do.
  case poisson

  /// - Parameter things: What arrives, such as "requests".
  func words(_ rate: Double?, _ things: String) -> String {
    let rate = rate.map { "\(grouped(Int($0))) \(things) a second" } ?? ""
    return switch self {
    case .closed: "closed loop"
    case .uniform: "open loop, \(rate) at equal distances"
    case .poisson: "open loop, \(rate) at random (Poisson)"
    }
  }
}

/// Time to acquire, of every acquisition.
struct LatencyRecord: ContenderRecord {
  static let kind = "latency"

  struct Quantile: Codable, Sendable {
    var percentile: Double
    var nanoseconds: UInt64
  }

  var subject: Subject
  var arrivals: Arrivals
  /// Acquisitions a second that were asked for, of all threads. Nil in a closed loop.
  var rate: Double?
  var achievedRate: Double
  /// What it ran under: threads, keys, how long they are held.
  var scenario: Scenario
  /// From the intended start until the key was held.
  var latency: Percentiles
  /// From the call until the key was held: what a clock around the call would have shown. As `latency`
  /// in a closed loop.
  var service: Percentiles
  var roundMaxima: Spread?
  var roundP999: Spread?
  var curve: [Quantile]
  /// In the time of a futex hand-off; nil where there are none.
  var p99TimesHandOff: Double?
  var machine: MachineClass

  var title: String { "\(scenario.title); \(arrivals.words(rate, "acquisitions"))" }

  /// A row that does not keep up with the rate has latencies that grow for as long as it runs.
  var fallsBehind: Bool { rate.map { achievedRate < 0.95 * $0 } ?? false }

  @ColumnBuilder<Self> static var columns: [Column<Self>] {
    Column("a second", "acquisitions that there were") { .count(Int($0.achievedRate)) }
    Column.percentiles(
      wide: [],
      "time to acquire, of all rounds; in open loops from the intended start", \.latency)
    Column("max of a round", wide: true, "the median of the rounds' maxima") {
      .spread($0.roundMaxima, .nanoseconds)
    }
    Column("p99.9 of a round", wide: true) { .spread($0.roundP999, .nanoseconds) }
    Column("p99 in hand-offs", wide: true, "in times of waking a thread on another core") {
      .number($0.p99TimesHandOff)
    }
    Column("p99 from the call", wide: true, "what a clock around the call would have shown") {
      $0.arrivals == .closed ? .text("") : .time($0.service.p99)
    }
    Column.violations
  }

  static var presentation: Presentation<Self> {
    Presentation(
      heading: "How long one waits",
      reading: """
        Each acquisition was timed; lower and flatter is better. Where acquisitions come at a given rate, \
        the wait counts from the moment each was meant to begin, so that a stall counts for all that were to \
        begin meanwhile. In a closed loop the next one waits until the one before has ended, which hides that.
        """,
      title: \.title,
      name: \.name,
      charts: { title, rows in
        let best = best(rows)?.subject.name
        return [
          Presentation.lines(
            title, rows, x: Axis("Percentile of acquisitions", scale: .nines, format: .percentile),
            y: Axis("Time to acquire", scale: .log10, format: .nanoseconds, better: .less),
            emphasis: { $0.subject.role == .lockTable || $0.subject.name == best },
            { $0.flatMap(points) })
        ]
      },
      notes: { noteOnLate($0.filter(\.fallsBehind).map(\.subject.name)) },
      headlines: { headlines($0) })
  }

  /// Of the first table whose rows all kept up with the rate.
  static func headlines(_ rows: [Self]) -> [Headline] {
    let kept = rows.groups(by: \.title).first { !$0.members.contains(where: \.fallsBehind) }
    return kept.map { [headline($0.members)] } ?? []
  }

  private static func best(_ rows: [Self]) -> Self? {
    rows.filter { $0.subject.role == .exact && !$0.subject.fails }
      .min { ($0.latency.p999, $0.latency.p99) < ($1.latency.p999, $1.latency.p99) }
  }

  /// Markers at the percentiles of the table, bends at all others.
  private static func points(_ row: Self) -> [Point] {
    let known: [Double] = [50, 90, 99, 99.9, 99.99, 100]
    let marks = zip(known, Percentiles.named).map { ($0, row.latency[keyPath: $1.value], true) }
    let bends = row.curve.filter { $0.percentile > 50 && !known.contains($0.percentile) }
      .map { ($0.percentile, $0.nanoseconds, false) }
    // A logarithmic axis has no zero, and no clock here tells less than a nanosecond.
    return (marks + bends).sorted { $0.0 < $1.0 }
      .map { Point(x: $0, y: Double(max($1, 1)), isMarked: $2) }
  }

  /// Compares the tail with the best alternative's, if there are enough acquisitions in it.
  private static func headline(_ rows: [Self]) -> Headline {
    guard let own = rows.first(where: { $0.subject.role == .lockTable && !$0.subject.fails }),
      let best = best(rows)
    else { return Headline(conditions: "p99.9", doubt: "for there is nothing to compare with") }
    let conditions = "\(own.title), p99.9"
    let beyond = Int(min(own.latency.count, best.latency.count)) / 1_000
    // A percentile needs some acquisitions beyond it.
    guard beyond >= 20 else {
      return Headline(
        conditions: conditions, doubt: "for only \(beyond) acquisitions took longer than that")
    }
    let ratio = Ratio(
      own.roundP999?.rounds ?? [], over: best.roundP999?.rounds ?? [],
      refusal: Ratio.Refusal(own.subject, best.subject, own.machine))
    return Headline(
      conditions, ratio, as: "the best exact alternative", best.subject.name,
      "\(ValueFormat.nanoseconds.text(Double(best.latency.p999))); "
        + "LockTable: \(ValueFormat.nanoseconds.text(Double(own.latency.p999)))")
  }
}
