import Histogram

/// What is compared with what, once all rounds of a scenario are through.
struct CompareRows {
  let scenario: Scenario
  let effort: Effort
  let machine: MachineClass
  let floor: QuickFloor

  func records<Key: BenchKey>(_ rows: [Row<Key>], _ observed: [Observations]) -> [RowRecord] {
    let all = zip(rows, observed).map {
      Observed(
        subject: Subject(name: $0.name, role: $0.role, violations: $1.violations), figures: $1)
    }
    return all.compactMap { record($0, References(all)) }
  }

  private func record(_ row: Observed, _ references: References) -> RowRecord? {
    let times = row.figures.nanoseconds
    guard let nanoseconds = Spread(times) else { return nil }
    func ratio(_ reference: Observed?) -> Ratio? {
      reference.flatMap {
        Ratio(times, over: $0.figures.nanoseconds, refusal: refusal(row.subject, $0.subject))
      }
    }
    return RowRecord(
      scenario: scenario, effort: effort, machine: machine, subject: row.subject,
      operationsPerSecond: 1e9 / nanoseconds.median, nanosecondsPerOperation: nanoseconds,
      timesRMWPair: nanoseconds.median / floor.rmwPair,
      timeToPthread: ratio(references.yardstick), timeToBestExact: ratio(references.bestExact),
      timeToPthreadWithoutLoop: withoutLoop(row, references),
      latency: Percentiles(row.figures.latencies),
      taskStart: row.figures.starts.totalCount == 0 ? nil : Percentiles(row.figures.starts),
      evenness: scenario.threads == 1 ? nil : Spread(row.figures.evenness))
  }

  private func withoutLoop(_ row: Observed, _ references: References) -> Ratio? {
    guard scenario.threads == 1, let loop = references.loop, let yardstick = references.yardstick
    else { return nil }
    return Ratio(
      zip(row.figures.nanoseconds, loop.figures.nanoseconds).map { $0 - $1 },
      over: zip(yardstick.figures.nanoseconds, loop.figures.nanoseconds).map { $0 - $1 },
      refusal: refusal(row.subject, yardstick.subject))
  }

  private func refusal(_ subject: Subject, _ reference: Subject) -> Ratio.Refusal? {
    Ratio.Refusal(subject, reference, machine)
  }
}

private struct Observed {
  let subject: Subject
  let figures: Observations
}

/// What the other rows are compared to, round by round. A row that fails is nobody's reference.
private struct References {
  var yardstick: Observed?
  var bestExact: Observed?
  var loop: Observed?

  init(_ rows: [Observed]) {
    func fastest(_ role: Role) -> Observed? {
      rows.filter { $0.subject.role == role && !$0.subject.fails }
        .min { median($0.figures.nanoseconds) < median($1.figures.nanoseconds) }
    }
    yardstick = fastest(.yardstick)
    bestExact = fastest(.exact)
    loop = fastest(.loop)
  }
}

extension Ratio.Refusal {
  /// Why the two are not to be compared, whatever their figures.
  init?(_ subject: Subject, _ reference: Subject, _ machine: MachineClass) {
    if subject.fails || reference.fails {
      self = .failsWitness
    } else if !machine.isSteady {
      self = .classesDiffer
    } else {
      return nil
    }
  }
}
