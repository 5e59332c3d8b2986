import Foundation
import Histogram

/// How long it takes to acquire a key, of every acquisition.
struct LatencyExperiment: Experiment {
  var scenario = Scenario(
    threads: 2, keys: 1_000, distribution: .zipf, holdNanoseconds: 1_000)
  var arrivals: [LatencyRecord.Arrivals] = [.closed, .poisson]
  /// Acquisitions a second, of all threads together.
  var rate = 100_000.0
  var effort = Effort(seconds: 0.25, rounds: 5)

  let name = "latency"

  var summary: String {
    """
    Time to acquire a key, of every acquisition, from an HDR histogram of \(effort.words). In an open loop it counts from the moment at which the \
    acquisition was to begin, whether or not the one before was through: nothing is omitted because the \
    lock kept the measuring thread. The row without a lock shows what the measuring itself adds.
    """
  }

  func run(in session: Session) throws {
    switch scenario.keyType {
    case .int: try run(Int.self, session)
    case .string: try run(String.self, session)
    case .uuid: try run(UUID.self, session)
    }
  }

  private func run<Key: BenchKey>(_ type: Key.Type, _ session: Session) throws {
    let floor = session.floor
    let rows = Row<Key>.all(scenario)
    let workload = Workload(KeyOrder<Key>(scenario), holdNanoseconds: scenario.holdNanoseconds)
    for arrivals in arrivals {
      let schedule = Schedule(arrivals, rate: rate, threads: scenario.threads)
      let (observed, machine) = session.classified {
        observe(rows, workload, schedule, effort) { session.show("\(arrivals), \($0)") }
      }
      try session.emit(
        zip(rows, observed).map { row, observed in
          .latency(record(row.subject(observed), observed, arrivals, floor, machine))
        })
    }
  }

  private func record(
    _ subject: Subject, _ observed: TimedObservations, _ arrivals: LatencyRecord.Arrivals,
    _ floor: QuickFloor, _ machine: MachineClass
  ) -> LatencyRecord {
    let latency = Percentiles(observed.latencies)
    return LatencyRecord(
      subject: subject, arrivals: arrivals, rate: arrivals == .closed ? nil : rate,
      achievedRate: median(observed.rates), scenario: scenario, latency: latency,
      service: Percentiles(observed.services), roundMaxima: Spread(observed.maxima),
      curve: observed.latencies.curve,
      p99TimesHandOff: floor.handOff.map { Double(latency.p99) / $0 }, machine: machine)
  }
}

extension Histogram<UInt64> {
  /// A point for each tenth of a nine, as far as there are values.
  fileprivate var curve: [LatencyRecord.Point] {
    var points = [LatencyRecord.Point(percentile: 0, nanoseconds: min)]
    for tenth in 1...70 {
      let above = pow(10, -Double(tenth) / 10)
      guard above * Double(totalCount) >= 1 else { break }
      let percentile = 100 * (1 - above)
      points.append(
        LatencyRecord.Point(
          percentile: percentile, nanoseconds: valueAtPercentile(percentile)))
    }
    points.append(LatencyRecord.Point(percentile: 100, nanoseconds: max))
    return points
  }
}
