import BenchReport
import Foundation

extension Page {
  /// The page of what one or several experiments have found.
  init(records: [Record], lines: [String]) {
    let found = Findings(records)
    self.init(
      title: "LockTable beside its alternatives", summary: found.summary,
      keyFigures: found.keyFigures, sections: found.sections, machine: found.machine,
      commands: found.conditions.map(\.command).groups { $0 }.map(\.key), rawLines: lines)
  }
}

/// Records by their kind.
struct Findings {
  private(set) var conditions: [Conditions] = []
  private(set) var floor: [FloorRecord] = []
  private(set) var rows: [RowRecord] = []
  private(set) var paths: [PathRecord] = []
  private(set) var memory: [MemoryRecord] = []
  private(set) var latency: [LatencyRecord] = []
  private(set) var scale: [ScaleRecord] = []
  private(set) var churn: [ChurnRecord] = []
  private(set) var fairness: [FairnessRecord] = []
  private(set) var replay: [ReplayRecord] = []
  private(set) var heat: [HeatRecord] = []
  private(set) var targets: [TargetRecord] = []
  private(set) var notes: [NoteRecord] = []

  init(_ records: [Record]) {
    for record in records {
      switch record {
      case .conditions(let record): conditions.append(record)
      case .floor(let record): floor.append(record)
      case .row(let record): rows.append(record)
      case .path(let record): paths.append(record)
      case .memory(let record): memory.append(record)
      case .latency(let record): latency.append(record)
      case .scale(let record): scale.append(record)
      case .churn(let record): churn.append(record)
      case .fairness(let record): fairness.append(record)
      case .replay(let record): replay.append(record)
      case .heat(let record): heat.append(record)
      case .target(let record): targets.append(record)
      case .note(let record): notes.append(record)
      case .allocation, .server: break
      }
    }
  }

  var sections: [Section] {
    [
      CompareSection(rows: rows, paths: paths, memory: memory, notes: notes).section,
      LatencySection(rows: latency).section, ScaleSection(rows: scale).section,
      FairnessSection(rows: fairness).section, ChurnSection(rows: churn).section,
      ReplaySection(rows: replay, heat: heat).section, TargetSection(rows: targets).section,
      FloorSection(rows: floor).section,
    ].compactMap { $0 }
  }
}

// MARK: The top of the page

extension Findings {
  var summary: [String] {
    var paragraphs: [String] = []
    if let first = conditions.first {
      paragraphs.append(
        "Measured on \(first.date.prefix(10)) on \(first.processor) with \(first.cores) cores. "
          + "All figures are this machine's at that hour: compare rows with rows, not with another page."
      )
    }
    if let first = conditions.first, let load = first.load, load > Double(first.cores) / 2 {
      paragraphs.append(
        "Something else kept the machine busy before this began, so that spreads are wide.")
    }
    if conditions.contains(where: { !$0.isOptimised }) {
      paragraphs.append(
        "NOT OPTIMISED: the program was built without -c release. These figures mean nothing.")
    }
    paragraphs.append(
      """
      Times are medians of rounds in which every contender was measured once; whiskers and bands are the \
      rounds' spread. A ratio is of figures of the same round. Where its spread covers 1 it is not quoted: \
      ≈ 1 is close to it, ? is not. A row marked † gives less than LockTable does. Each lock has to keep a \
      counter right in every key: a row that does not is marked as failing, drawn nowhere, and compared with \
      nothing. × RMW is in times of an atomic read-modify-write and a store that nobody contends for.
      """)
    return paragraphs
  }

  var keyFigures: [KeyFigure] {
    [uncontended, besideBest, heldKey, tail].compactMap { $0 }
  }

  private var uncontended: KeyFigure? {
    let row = rows.first {
      $0.subject.role == .lockTable && $0.scenario.threads == 1 && !$0.scenario.isShared
        && $0.scenario.waiters == .threads && !$0.subject.fails
    }
    return row.flatMap { row in
      beside(rows.filter { $0.scenario.title == row.scenario.title }, .yardstick, \.time).map {
        KeyFigure(
          value: row.nanosecondsPerOperation.cell(), label: "to lock and unlock a key", beside: $0,
          detail: "1 thread, \(row.scenario.keyType) keys")
      }
    }
  }

  /// Not the scenario that suits best, but the one with the most threads on many keys.
  private var besideBest: KeyFigure? {
    let candidates = rows.filter {
      $0.subject.role == .lockTable && !$0.scenario.isShared && $0.scenario.threads > 1
        && $0.scenario.keys > 1 && $0.scenario.waiters == .threads && !$0.subject.fails
    }
    let row = candidates.max { $0.scenario.threads < $1.scenario.threads }
    guard let row, let ratio = row.timeToBestExact, ratio.refusal == nil else { return nil }
    let rivals = rows.filter { $0.scenario.title == row.scenario.title }
    return beside(rivals, .exact, \.time).map {
      KeyFigure(
        value: ValueFormat.times.text(1 / ratio.spread.median),
        label: "as fast as the fastest that does the same",
        beside: "\($0); LockTable: \(row.nanosecondsPerOperation.cell())",
        detail: "\(row.scenario.threads) threads, \(grouped(row.scenario.keys)) keys, "
          + row.scenario.distribution.rawValue)
    }
  }

  private var heldKey: KeyFigure? {
    guard let row = memory.first(where: { $0.role == .lockTable && $0.bytes != nil }),
      let bytes = row.bytes
    else { return nil }
    let others = memory.filter { $0.role == .exact && $0.keyType == row.keyType }
    let best = others.compactMap { other in other.bytes.map { (other.name, $0.perHeldKey) } }
      .min { $0.1 < $1.1 }
    return best.map { name, held in
      KeyFigure(
        value: ValueFormat.number.text(bytes.perHeldKey) + " B", label: "for each key that is held",
        beside: "\(name): \(ValueFormat.number.text(held)) B",
        detail: decimal(bytes.perReleasedKey, 1) + " B once it is released; \(row.keyType) keys")
    }
  }

  private var tail: KeyFigure? {
    let ours = latency.filter { $0.subject.role == .lockTable && !$0.subject.fails }
    // Not of a rate that the machine did not keep up with: that is as long as one cares to measure.
    let isKept = { (row: LatencyRecord) in row.rate.map { row.achievedRate >= 0.95 * $0 } ?? false }
    guard let row = ours.first(where: isKept) ?? ours.first(where: { $0.rate == nil }) else {
      return nil
    }
    let rivals = latency.filter { $0.rate == row.rate && $0.arrivals == row.arrivals }
    return beside(rivals, .exact, { Double($0.latency.p999) }).map {
      let rate = row.rate.map {
        ", \(ValueFormat.count.tick($0)) a second, from the intended start"
      }
      return KeyFigure(
        value: row.latency.p999.time, label: "to acquire, at p99.9", beside: $0,
        detail: "\(row.scenario.threads) \(row.scenario.waiters)\(rate ?? ", closed loop")")
    }
  }

  /// The best row of a role, and its time: without one there is nothing to say of ours.
  private func beside<Row: Measured>(_ rows: [Row], _ role: Role, _ time: (Row) -> Double)
    -> String?
  {
    let best = rows.filter { $0.subject.role == role && !$0.subject.fails }
      .min { time($0) < time($1) }
    return best.map { "\($0.subject.name): \(ValueFormat.nanoseconds.text(time($0)))" }
  }
}

private protocol Measured {
  var subject: Subject { get }
}

extension RowRecord: Measured {
  fileprivate var time: Double { nanosecondsPerOperation.median }
}

extension LatencyRecord: Measured {}

// MARK: Its end

extension Findings {
  /// How long and how often each was measured.
  private var experiments: [Fact] {
    let effort = rows.first.map {
      "Medians of \($0.effort.rounds) interleaved rounds of \(decimal($0.effort.seconds, 3)) s; "
        + "latencies of one acquisition in seven, in passes of their own, half as long."
    }
    return conditions.groups(by: \.experiment).compactMap { name, conditions in
      let summary = name == CompareExperiment().name ? effort : conditions.first?.summary
      return summary.map { Fact(name, $0) }
    }
  }
}

extension Findings {
  var machine: [Fact] {
    guard let first = conditions.first, let last = conditions.last else { return [] }
    let loads = conditions.compactMap(\.load)
    var facts = [
      Fact("Processor", "\(first.processor), \(first.cores) cores"), Fact("System", first.system),
      Fact("Measured", first.date == last.date ? first.date : "\(first.date) to \(last.date)"),
    ]
    if let low = loads.min(), let high = loads.max() {
      let range = low == high ? decimal(low, 2) : "\(decimal(low, 2)) to \(decimal(high, 2))"
      facts.append(Fact("Load when experiments began", "\(range), over one minute"))
    }
    if let floor = first.floor {
      let handOff = floor.handOff.map { ", waking a thread \(ValueFormat.nanoseconds.text($0))" }
      facts.append(
        Fact(
          "Floor when it began",
          "an atomic read-modify-write and a store \(ValueFormat.nanoseconds.text(floor.rmwPair)), "
            + "a pthread_mutex pair \(ValueFormat.nanoseconds.text(floor.pthreadPair))"
            + (handOff ?? "")))
    }
    let classes =
      rows.map(\.machine) + latency.map(\.machine) + scale.map(\.machine)
      + fairness.map(\.machine) + replay.map(\.machine)
    let probes = classes.flatMap { [$0.handOffBefore, $0.handOffAfter] }
    if let low = probes.min(), let high = probes.max() {
      let text = "\(ValueFormat.nanoseconds.text(low)) to \(ValueFormat.nanoseconds.text(high))"
      facts.append(Fact("Hand-off between two cores", text))
    }
    return facts + experiments
  }
}
