#if Metrics
  public import CoreMetrics
  public import LockTable
  internal import Synchronization

  /// Publishes a table's statistics as metrics, once each period.
  ///
  ///     let reporter = LockTableMetricsReporter(locks, dimensions: [("table", "accounts")])
  ///     await reporter.run()                        // until the task is cancelled
  ///
  /// The metrics are named after `LockTableStatistics`, with the label before them:
  ///
  /// - counters: `lock_table_acquisitions`, `…_contended_acquisitions`, `…_parks`,
  ///   `…_hand_offs`, `…_timeouts`, `…_cancellations`, `…_refusals`, `…_blocked_tasks`, `…_fences`;
  /// - gauges: `lock_table_keys`, `…_peak_keys`, `…_bytes`.
  ///
  /// No metric is of one key, because clients can name any number of keys. `LockTable.snapshot()`
  /// shows which keys are waited for.
  ///
  /// Use one reporter for a table: each reporter counts from the beginning of the table. A reporter
  /// keeps the table alive, and acquisitions cost the same with it or without. What it has
  /// published stays with the metrics system when the reporter is gone.
  public final class LockTableMetricsReporter<Key: Hashable & Sendable>: Sendable {
    private let locks: LockTable<Key>
    private let period: Duration
    private let counters: [Metric<Counter>]
    private let gauges: [Metric<Gauge>]
    private let published: Mutex<PublishedCounts>

    /// Makes the metrics, and publishes nothing yet.
    ///
    /// Traps if the period is not positive.
    ///
    /// - Parameters:
    ///   - locks: The table.
    ///   - label: What the names of the metrics begin with, followed by `_`.
    ///   - dimensions: The dimensions of each metric, which tell this table from others.
    ///   - period: The time from one publication of ``run()`` to the next.
    ///   - factory: The factory that makes the metrics. Nil stands for the one that the
    ///     `MetricsSystem` has at the call.
    public init(
      _ locks: LockTable<Key>, label: String = "lock_table",
      dimensions: [(String, String)] = [], every period: Duration = .seconds(10),
      factory: (any MetricsFactory)? = nil
    ) {
      guard period > .zero else {
        fatalError("LockTableMetricsReporter: the period is \(period); it must be positive")
      }
      let factory = factory ?? MetricsSystem.factory
      self.locks = locks
      // A task traps if it sleeps for much longer.
      self.period = min(period, .seconds(1 << 32))
      counters = Self.counterNames.map { name, value in
        let counter = Counter(
          label: "\(label)_\(name)", dimensions: dimensions, factory: factory)
        return Metric(metric: counter, value: value)
      }
      published = Mutex(PublishedCounts(count: counters.count))
      gauges = Self.gaugeNames.map { name, value in
        let gauge = Gauge(label: "\(label)_\(name)", dimensions: dimensions, factory: factory)
        return Metric(metric: gauge, value: value)
      }
    }

    /// Publishes once each period, the first time at once, until the task is cancelled, and then a
    /// last time. Runs in the task that calls it, and has no thread of its own.
    ///
    /// The reporter has the shape of a service of swift-service-lifecycle. There, let a graceful
    /// shutdown cancel this call: `await cancelWhenGracefulShutdown { await reporter.run() }`.
    public nonisolated(nonsending) func run() async {
      while !Task.isCancelled {
        publish()
        // The sleep throws when the task is cancelled, and the loop ends.
        try? await Task.sleep(for: period, clock: .continuous)
      }
      publish()
    }

    /// Publishes now. Increments each counter by its change since the last publication, which is
    /// never negative, and sets the gauges. Any thread may publish, also while ``run()`` runs. Of
    /// two concurrent calls, either may be the one that sets the gauges last.
    public func publish() {
      // The statistics are read under the lock. So of two concurrent calls, the later one sees what
      // the earlier one saw.
      let (increments, now) = published.withLock { published in
        let now = locks.statistics()
        return (published.increments(to: counters.map { $0.value(now) }), now)
      }
      for (counter, increment) in zip(counters, increments) where increment > 0 {
        counter.metric.increment(by: increment)
      }
      for gauge in gauges {
        gauge.metric.record(gauge.value(now))
      }
    }

    private static var counterNames: [(String, @Sendable (LockTableStatistics) -> Int)] {
      [
        ("acquisitions", { $0.acquisitions }),
        ("contended_acquisitions", { $0.contendedAcquisitions }),
        ("parks", { $0.parks }),
        ("hand_offs", { $0.handOffs }),
        ("timeouts", { $0.timeouts }),
        ("cancellations", { $0.cancellations }),
        ("refusals", { $0.refusals }),
        ("blocked_tasks", { $0.blockedTasks }),
        ("fences", { $0.fences }),
      ]
    }

    private static var gaugeNames: [(String, @Sendable (LockTableStatistics) -> Int)] {
      [
        ("keys", { $0.keys }),
        ("peak_keys", { $0.peakKeys }),
        ("bytes", { $0.bytes }),
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

  /// A metric, and the statistic that it publishes.
  private struct Metric<Instrument: Sendable>: Sendable {
    let metric: Instrument
    let value: @Sendable (LockTableStatistics) -> Int
  }
#endif
