import ArgumentParser
import Foundation
import Histogram

struct LatencyExperiment: Experiment {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "How long acquiring takes, of every acquisition, to p99.99 and the maximum.",
    discussion: """
      In the closed loop each thread acquires again as soon as it has released. In the open loops \
      acquisitions are to begin at given times, '--rate' a second over all threads, and a thread that was kept \
      waiting is late for all that it should have begun meanwhile; that counts. A rate that a row can't keep up \
      with shows as latencies that grow until the end, and as a lower rate in its first column.
      """)
  static let standardEffort = Effort(seconds: 0.25, rounds: 5)

  @Option(parsing: .upToNextOption, help: "When acquisitions are to begin.")
  var arrivals: [Arrivals] = [.closed, .poisson]
  @Option(help: "Acquisitions a second in open loops, of all threads together.")
  var rate = 100_000.0
  @Option(help: "The number of threads, or of tasks.")
  var threads = 2
  @Option(help: "What acquires the keys.")
  var waiters = Waiters.threads
  @Option(help: "The number of keys.")
  var keys = 1_000
  @Option(help: "How keys are drawn.")
  var distribution = Distribution.zipf
  @Option(help: "The type of the keys.")
  var keyType = KeyType.int
  @Option(help: ArgumentHelp("How long a key is held, computing.", valueName: "nanoseconds"))
  var hold: UInt64 = 1_000
  @OptionGroup var measuring: EffortOptions<Self>
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try require("--threads", [threads], in: Limit.threads)
    try require("--hold", [hold], in: Limit.hold)
    try require("--keys", [keys], in: Limit.keys)
    try require("--rate", [rate], in: 1...100_000_000)
    guard waiters != .mixed || threads > 1 else {
      throw ValidationError("'--waiters mixed' needs at least 2 of them: '--threads 2'.")
    }
  }

  var summary: String {
    """
    Time to acquire a key, of every acquisition, from an HDR histogram of \(measuring.effort.words). In an \
    open loop it counts from the moment at which the acquisition was to begin, whether or not the one before \
    had ended: nothing is omitted because the lock kept the measuring thread. The row without a lock shows \
    what the measuring itself adds.
    """
  }

  func run(in session: Session) throws {
    let scenario = Scenario(
      threads: threads, waiters: waiters, keyType: keyType,
      keys: distribution == .single ? 1 : keys, distribution: distribution, holdNanoseconds: hold)
    let rows = Row.all(scenario)
    for arrivals in arrivals {
      let schedule = Schedule(arrivals, rate: rate, threads: threads)
      let (observed, machine) = session.classified {
        observe(rows, [.schedule(schedule)], measuring.effort) {
          session.show("\(arrivals), \($0)")
        }
      }
      try session.emit(
        observed.map { observed in
          let latency = Percentiles(observed.latencies)
          return LatencyRecord(
            subject: observed.subject, arrivals: arrivals,
            rate: arrivals == .closed ? nil : rate, achievedRate: median(observed.rates),
            scenario: scenario, latency: latency, service: Percentiles(observed.services),
            roundMaxima: Spread(observed.tail(\.max)), roundP999: Spread(observed.tail(\.p999)),
            curve: observed.latencies.curve,
            p99TimesHandOff: session.floor.handOff.map { Double(latency.p99) / $0 },
            machine: machine)
        })
    }
  }
}

extension Histogram<UInt64> {
  /// A point for each tenth of a nine, as far as there are values.
  fileprivate var curve: [LatencyRecord.Quantile] {
    var points = [LatencyRecord.Quantile(percentile: 0, nanoseconds: min)]
    for tenth in 1...70 {
      let above = pow(10, -Double(tenth) / 10)
      guard above * Double(totalCount) >= 1 else { break }
      let percentile = 100 * (1 - above)
      points.append(
        LatencyRecord.Quantile(percentile: percentile, nanoseconds: valueAtPercentile(percentile)))
    }
    points.append(LatencyRecord.Quantile(percentile: 100, nanoseconds: max))
    return points
  }
}
