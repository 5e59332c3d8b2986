#if Metrics
  import CoreMetrics
  import LockTable

  /// A metric, and the statistic that it publishes.
  struct Metric<Instrument: Sendable, Value: Sendable>: Sendable {
    let instrument: Instrument
    let value: @Sendable (LockTableStatistics) -> Value
  }

  /// The metrics of one table.
  struct PublishedMetrics: Sendable {
    private(set) var counters: [Metric<Counter, Int>] = []
    /// Nanoseconds, which are published as seconds.
    private(set) var sums: [Metric<FloatingPointCounter, Int>] = []
    private(set) var gauges: [Metric<Gauge, Double>] = []

    private let label: String
    private let dimensions: [(String, String)]
    private let factory: any MetricsFactory

    /// `example`: statistics of the table, which have the bounds. They tell of holds if the table
    /// has diagnostics.
    init(
      label: String, dimensions: [(String, String)], factory: any MetricsFactory,
      example: LockTableStatistics
    ) {
      self.label = label
      self.dimensions = dimensions
      self.factory = factory
      for (name, value) in Self.counts {
        addCounter(name, [], value)
      }
      for (name, value) in Self.states {
        addGauge(name, value)
      }
      addHistogram("wait_seconds", of: example.waitTimes.bounds) { $0.waitTimes }
      addGauge("longest_wait_seconds") { $0.longestWait / .seconds(1) }
      guard example.longestHold != nil else { return }
      addHistogram("hold_seconds", of: example.holdTimes.bounds) { $0.holdTimes }
      addGauge("longest_hold_seconds") { ($0.longestHold ?? .zero) / .seconds(1) }
      addCounter("suspected_deadlocks") { $0.suspectedDeadlocks }
    }

    private mutating func addCounter(
      _ name: String, _ more: [(String, String)] = [],
      _ value: @escaping @Sendable (LockTableStatistics) -> Int
    ) {
      let counter = Counter(
        label: "\(label)_\(name)", dimensions: dimensions + more, factory: factory)
      counters.append(Metric(instrument: counter, value: value))
    }

    private mutating func addGauge(
      _ name: String, _ value: @escaping @Sendable (LockTableStatistics) -> Double
    ) {
      let gauge = Gauge(label: "\(label)_\(name)", dimensions: dimensions, factory: factory)
      gauges.append(Metric(instrument: gauge, value: value))
    }

    /// One counter for each bound, which counts all times that are no longer, as in Prometheus.
    private mutating func addHistogram(
      _ name: String, of bounds: [Duration],
      _ histogram: @escaping @Sendable (LockTableStatistics) -> LockTableStatistics.Histogram
    ) {
      for (index, bound) in (bounds.map(\.inSeconds) + ["+Inf"]).enumerated() {
        addCounter("\(name)_bucket", [("le", bound)]) { statistics in
          histogram(statistics).counts.prefix(index + 1).reduce(0, +)
        }
      }
      addCounter("\(name)_count") { histogram($0).count }
      let sum = FloatingPointCounter(
        label: "\(label)_\(name)_sum", dimensions: dimensions, factory: factory)
      sums.append(Metric(instrument: sum) { histogram($0).sum.nanoseconds })
    }

    private static var counts: [(String, @Sendable (LockTableStatistics) -> Int)] {
      [
        ("acquisitions", { $0.acquisitions }),
        ("contended_acquisitions", { $0.contendedAcquisitions }),
        ("parks", { $0.parks }),
        ("hand_offs", { $0.handOffs }),
        ("timeouts", { $0.timeouts }),
        ("cancellations", { $0.cancellations }),
        ("refusals", { $0.refusals }),
        ("closed_failures", { $0.closedFailures }),
        ("deadlock_failures", { $0.deadlockFailures }),
        ("blocked_tasks", { $0.blockedTasks }),
        ("fences", { $0.fences }),
      ]
    }

    private static var states: [(String, @Sendable (LockTableStatistics) -> Double)] {
      [
        ("keys", { Double($0.keys) }),
        ("peak_keys", { Double($0.peakKeys) }),
        ("bytes", { Double($0.bytes) }),
        ("waiters", { Double($0.waiters) }),
      ]
    }
  }

  /// The highest value of each counter that was published. Back ends stop the process at a negative
  /// increment, or count wrong from then on. So no increment is negative, whatever a table says.
  package struct PublishedCounts: Sendable {
    private var highest: [Int]

    package init(count: Int) {
      highest = Array(repeating: 0, count: count)
    }

    /// Returns the increment of each counter.
    package mutating func increments(to values: [Int]) -> [Int] {
      zip(highest.indices, values).map { index, value in
        let increment = max(value - highest[index], 0)
        highest[index] += increment
        return increment
      }
    }
  }

  extension Duration {
    /// For as many as an `Int` can count.
    fileprivate var nanoseconds: Int {
      Int(clamping: Int64(clamping: components.seconds * 1_000_000_000))
        + Int(components.attoseconds / 1_000_000_000)
    }

    /// Decimals without an exponent, and no zeros at the end: `0.00001`, `0.5`, `60`.
    package var inSeconds: String {
      let (seconds, attoseconds) = components
      let digits = String(attoseconds / 1_000_000_000)
      var decimals = String(repeating: "0", count: 9 - digits.count) + digits
      while decimals.hasSuffix("0") {
        decimals.removeLast()
      }
      return decimals.isEmpty ? "\(seconds)" : "\(seconds).\(decimals)"
    }
  }
#endif
