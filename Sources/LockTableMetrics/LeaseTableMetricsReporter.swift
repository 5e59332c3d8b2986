#if Metrics
  public import CoreMetrics
  internal import LockTable
  public import LockTableLeases
  internal import Synchronization

  #if ServiceLifecycle
    public import ServiceLifecycle
  #endif

  /// Publishes the statistics of a table of leases as metrics, once each period.
  ///
  ///     let reporter = LeaseTableMetricsReporter(leases)
  ///     await reporter.run()                        // until the task is cancelled
  ///
  /// The metrics are named after `LeaseTableStatistics`, with the label before them, and have the
  /// dimension `namespace`:
  ///
  /// - counters: `lease_table_acquisitions`, `…_hand_offs`, `…_requests`, `…_grants`, `…_refusals`,
  ///   `…_renewals`, `…_losses`, `…_timeouts`, `…_cancellations`, `…_failures`;
  /// - gauges: `lease_table_held`, `…_waiting`, `…_keys`, and `…_suspended`, which is 1 while the
  ///   engine can't be reached.
  ///
  /// No metric is of one key, because clients can name any number of keys. `LeaseTable.snapshot()`
  /// shows which are held. Use one reporter for a table. A reporter keeps the table alive.
  public final class LeaseTableMetricsReporter: Sendable {
    private let statistics: @Sendable () -> LeaseTableStatistics
    private let period: PublishingPeriod
    private let counters: [(instrument: Counter, value: @Sendable (LeaseTableStatistics) -> Int)]
    private let gauges: [(instrument: Gauge, value: @Sendable (LeaseTableStatistics) -> Int)]
    private let published: Mutex<PublishedCounts>

    /// Makes the metrics, and publishes nothing yet.
    ///
    /// Traps if the period is not positive.
    ///
    /// - Parameters:
    ///   - leases: The table.
    ///   - label: What the names of the metrics begin with, followed by `_`.
    ///   - dimensions: More dimensions of each metric.
    ///   - period: The time from one publication of ``run()`` to the next.
    ///   - factory: The factory that makes the metrics. Nil stands for the one that the
    ///     `MetricsSystem` has at the call.
    public init<Key>(
      _ leases: LeaseTable<Key>, label: String = "lease_table",
      dimensions: [(String, String)] = [], every period: Duration = .seconds(10),
      factory: (any MetricsFactory)? = nil
    ) {
      let dimensions = [("namespace", leases.namespace)] + dimensions
      let factory = factory ?? MetricsSystem.factory
      statistics = { leases.statistics() }
      self.period = PublishingPeriod(period, of: "LeaseTableMetricsReporter")
      counters = Self.counts.map { name, value in
        (Counter(label: "\(label)_\(name)", dimensions: dimensions, factory: factory), value)
      }
      gauges = Self.states.map { name, value in
        (Gauge(label: "\(label)_\(name)", dimensions: dimensions, factory: factory), value)
      }
      published = Mutex(PublishedCounts(count: counters.count))
    }

    private static var counts: [(String, @Sendable (LeaseTableStatistics) -> Int)] {
      [
        ("acquisitions", { $0.acquisitions }),
        ("hand_offs", { $0.handOffs }),
        ("requests", { $0.requests }),
        ("grants", { $0.grants }),
        ("refusals", { $0.refusals }),
        ("renewals", { $0.renewals }),
        ("losses", { $0.losses }),
        ("timeouts", { $0.timeouts }),
        ("cancellations", { $0.cancellations }),
        ("failures", { $0.failures }),
      ]
    }

    private static var states: [(String, @Sendable (LeaseTableStatistics) -> Int)] {
      [
        ("held", { $0.held }),
        ("waiting", { $0.waiting }),
        ("keys", { $0.keys }),
        ("suspended", { $0.isSuspended ? 1 : 0 }),
      ]
    }

    /// Publishes once each period, the first time at once, until the task is cancelled, and then a
    /// last time.
    ///
    /// With the trait `ServiceLifecycle`, a reporter is a `Service`, and the run also ends when the
    /// service group shuts down gracefully.
    public nonisolated(nonsending) func run() async {
      await period.run { self.publish() }
    }

    /// Publishes now. Increments each counter by its change since the last publication, and sets the
    /// gauges. Any thread may publish, also while ``run()`` runs.
    public func publish() {
      // Read under the lock, so that of two concurrent calls the later one sees what the earlier saw.
      let (increments, now) = published.withLock { published in
        let now = statistics()
        return (published.increments(to: counters.map { $0.value(now) }), now)
      }
      for (counter, increment) in zip(counters, increments) where increment > 0 {
        counter.instrument.increment(by: increment)
      }
      for gauge in gauges {
        gauge.instrument.record(gauge.value(now))
      }
    }
  }

  #if ServiceLifecycle
    extension LeaseTableMetricsReporter: Service {}
  #endif
#endif
