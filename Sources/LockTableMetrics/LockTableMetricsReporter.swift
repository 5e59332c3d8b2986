#if Metrics
  public import CoreMetrics
  public import LockTable
  internal import Synchronization

  #if ServiceLifecycle
    public import ServiceLifecycle
  #endif

  /// Publishes a table's statistics as metrics, once each period.
  ///
  ///     let locks = LockTable<String>(name: "accounts")
  ///     let reporter = LockTableMetricsReporter(locks)
  ///     await reporter.run()                        // until the task is cancelled
  ///
  /// The metrics are named after `LockTableStatistics`, with the label before them:
  ///
  /// - counters: `lock_table_acquisitions`, `…_contended_acquisitions`, `…_parks`,
  ///   `…_hand_offs`, `…_timeouts`, `…_cancellations`, `…_refusals`, `…_closed_failures`,
  ///   `…_deadlock_failures`, `…_blocked_tasks`, `…_fences`;
  /// - gauges: `lock_table_keys`, `…_peak_keys`, `…_bytes`, `…_waiters`, `…_longest_wait_seconds`;
  /// - a histogram, as in Prometheus: `lock_table_wait_seconds_bucket`, one counter for each bound,
  ///   with the dimension `le`, which counts the waits that were no longer;
  ///   `…_wait_seconds_count` and `…_wait_seconds_sum`;
  /// - of a table with diagnostics, also the histogram `lock_table_hold_seconds`, the gauge
  ///   `…_longest_hold_seconds`, and the counter `…_suspected_deadlocks`.
  ///
  /// A back end must not make a histogram of these names by itself: the table has counted the
  /// times, and no waiter calls a back end.
  ///
  /// No metric is of one key, because clients can name any number of keys. `LockTable.snapshot()`
  /// shows which keys are waited for.
  ///
  /// Use one reporter for a table: each reporter counts from the beginning of the table. A reporter
  /// keeps the table alive, and acquisitions cost the same with it or without. What it has
  /// published stays with the metrics system when the reporter is gone. With diagnostics, a
  /// reporter has the table search for deadlocks, on a thread of the table's own, as
  /// `LockTable.onSuspectedDeadlock(_:)` does.
  public final class LockTableMetricsReporter<Key: Hashable & Sendable>: Sendable {
    private let locks: LockTable<Key>
    private let period: PublishingPeriod
    private let metrics: PublishedMetrics
    private let published: Mutex<PublishedCounts>
    /// Nil without diagnostics.
    private let search: LockHook?

    /// Makes the metrics, and publishes nothing yet.
    ///
    /// Traps if the period is not positive.
    ///
    /// - Parameters:
    ///   - locks: The table.
    ///   - label: What the names of the metrics begin with, followed by `_`.
    ///   - dimensions: The dimensions of each metric, which tell this table from others. If the table
    ///     has a name, the dimension `table` has it, unless one of these is called so.
    ///   - period: The time from one publication of ``run()`` to the next.
    ///   - factory: The factory that makes the metrics. Nil stands for the one that the
    ///     `MetricsSystem` has at the call.
    public init(
      _ locks: LockTable<Key>, label: String = "lock_table",
      dimensions: [(String, String)] = [], every period: Duration = .seconds(10),
      factory: (any MetricsFactory)? = nil
    ) {
      self.locks = locks
      self.period = PublishingPeriod(period, of: "LockTableMetricsReporter")
      let example = locks.statistics()
      metrics = PublishedMetrics(
        label: label, dimensions: Self.dimensions(dimensions, name: locks.name),
        factory: factory ?? MetricsSystem.factory, example: example)
      published = Mutex(PublishedCounts(count: metrics.counters.count + metrics.sums.count))
      search = example.longestHold != nil ? locks.onSuspectedDeadlock { _ in } : nil
    }

    /// The same for a table of permits: each acquisition counts once, however many permits it is of.
    public convenience init(
      _ table: SemaphoreTable<Key>, label: String = "lock_table",
      dimensions: [(String, String)] = [], every period: Duration = .seconds(10),
      factory: (any MetricsFactory)? = nil
    ) {
      self.init(
        table.locks, label: label, dimensions: dimensions, every: period, factory: factory)
    }

    deinit {
      search?.remove()
    }

    private static func dimensions(
      _ dimensions: [(String, String)], name: String?
    ) -> [(String, String)] {
      guard let name, !dimensions.contains(where: { $0.0 == "table" }) else { return dimensions }
      return [("table", name)] + dimensions
    }

    /// Publishes once each period, the first time at once, until the task is cancelled, and then a
    /// last time. Runs in the task that calls it, and has no thread of its own.
    ///
    /// With the trait `ServiceLifecycle`, a reporter is a `Service`, and the run also ends when the
    /// service group shuts down gracefully.
    public nonisolated(nonsending) func run() async {
      await period.run { self.publish() }
    }

    /// Publishes now. Increments each counter by its change since the last publication, which is
    /// never negative, and sets the gauges. Any thread may publish, also while ``run()`` runs. Of
    /// two concurrent calls, either may be the one that sets the gauges last. The call costs what
    /// `LockTable.statistics()` does.
    public func publish() {
      // The statistics are read under the lock. So of two concurrent calls, the later one sees what
      // the earlier one saw.
      let (increments, now) = published.withLock { published in
        let now = locks.statistics()
        let counts = metrics.counters.map { $0.value(now) } + metrics.sums.map { $0.value(now) }
        return (published.increments(to: counts), now)
      }
      for (counter, increment) in zip(metrics.counters, increments) where increment > 0 {
        counter.instrument.increment(by: increment)
      }
      for (sum, increment) in zip(metrics.sums, increments.suffix(metrics.sums.count))
      where increment > 0 {
        sum.instrument.increment(by: Double(increment) / 1e9)
      }
      for gauge in metrics.gauges {
        gauge.instrument.record(gauge.value(now))
      }
    }
  }

  #if ServiceLifecycle
    extension LockTableMetricsReporter: Service {}
  #endif
#endif
