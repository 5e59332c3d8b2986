#if Metrics
  import CoreMetrics
  import LockTable
  import LockTableMetrics
  import MetricsTestKit
  import Synchronization
  import Testing

  @Suite(.timeLimit(.minutes(15))) struct HistogramTests {
    private let metrics = TestMetrics()

    private func reporter(_ locks: LockTable<String>) -> LockTableMetricsReporter<String> {
      LockTableMetricsReporter(locks, label: "locks", factory: metrics)
    }

    private func total(_ name: String, le bound: String? = nil) throws -> Int64 {
      let dimensions = bound.map { [("le", $0)] } ?? []
      return try metrics.expectCounter("locks_" + name, dimensions).totalValue
    }

    private func bounds(of name: String) -> [String] {
      metrics.counters.filter { $0.label == "locks_" + name }.compactMap { $0.dimensions.first?.1 }
    }

    /// One wait, which is over when this returns. The table takes it to have lasted for 20 ms or
    /// more, whenever it began.
    private func wait(in locks: LockTable<String>) async throws {
      let held = try await locks.acquire("a")
      let waiter = Task { try await locks.withLock("a") {} }
      while locks.statistics().longestWait < .milliseconds(20) {
        try await Task.sleep(for: .milliseconds(1))
      }
      held.release()
      try await waiter.value
    }

    @Test func eachBoundHasACounter() throws {
      let locks = LockTable<String>(configuration: .init(diagnostics: .init()))
      _ = reporter(locks)
      #expect(
        Set(bounds(of: "wait_seconds_bucket")) == [
          "0.00001", "0.00005", "0.0001", "0.0005", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5",
          "1", "5", "10", "60", "+Inf",
        ])
      #expect(
        Set(bounds(of: "hold_seconds_bucket")) == [
          "0.01", "0.05", "0.1", "0.5", "1", "5", "10", "60", "+Inf",
        ])
    }

    /// Of one wait, which is over, each counter from the first bound on that is long enough.
    @Test func countersOfBoundsAddUp() async throws {
      let locks = LockTable<String>()
      let reporter = reporter(locks)
      try await wait(in: locks)
      for _ in 0..<2 {
        reporter.publish()
        #expect(try total("wait_seconds_bucket", le: "0.01") == 0)
        #expect(try total("wait_seconds_bucket", le: "60") == 1)
        #expect(try total("wait_seconds_bucket", le: "+Inf") == 1)
        #expect(try total("wait_seconds_count") == 1)
      }
      let rising = bounds(of: "wait_seconds_bucket").sorted {
        (Double($0) ?? .infinity) < (Double($1) ?? .infinity)
      }
      let counts = try rising.map { try total("wait_seconds_bucket", le: $0) }
      let own = locks.statistics().waitTimes.counts
      #expect(counts == own.indices.map { Int64(own[...$0].reduce(0, +)) })
    }

    @Test func theSumIsInSeconds() async throws {
      let backend = Sums()
      let locks = LockTable<String>()
      let reporter = LockTableMetricsReporter(locks, label: "locks", factory: backend)
      try await wait(in: locks)
      reporter.publish()
      reporter.publish()
      let sum = locks.statistics().waitTimes.sum / .seconds(1)
      #expect(sum >= 0.02 && abs(backend.total - sum) < 1e-9)
    }

    @Test func gaugesTellOfWhatIsNow() async throws {
      let locks = LockTable<String>(configuration: .init(diagnostics: .init()))
      let reporter = reporter(locks)
      let held = try await locks.acquire("a")
      let waiter = Task { try await locks.withLock("a") {} }
      while locks.statistics().waiters == 0 || locks.statistics().longestHold == .zero {
        try await Task.sleep(for: .milliseconds(1))
      }
      reporter.publish()
      #expect(try metrics.expectGauge("locks_waiters").lastValue == 1)
      #expect(try #require(try metrics.expectGauge("locks_longest_wait_seconds").lastValue) > 0)
      #expect(try #require(try metrics.expectGauge("locks_longest_hold_seconds").lastValue) > 0)
      held.release()
      try await waiter.value
      reporter.publish()
      #expect(try metrics.expectGauge("locks_waiters").lastValue == 0)
      #expect(try metrics.expectGauge("locks_longest_wait_seconds").lastValue == 0)
      #expect(try metrics.expectGauge("locks_longest_hold_seconds").lastValue == 0)
      #expect(try total("hold_seconds_count") == 2)
      #expect(try total("hold_seconds_bucket", le: "+Inf") == 2)
    }

    /// A task that waits for itself. No hook is registered but that of the reporter.
    @Test func suspectedDeadlocksAreCounted() async throws {
      let locks = LockTable<String>(
        configuration: .init(diagnostics: .init(deadlockDelay: .milliseconds(1))))
      let reporter = reporter(locks)
      let stuck = Task { try await locks.withLock("a") { try await locks.withLock("a") {} } }
      while try total("suspected_deadlocks") == 0 {
        try await Task.sleep(for: .milliseconds(1))
        reporter.publish()
      }
      reporter.publish()
      stuck.cancel()
      await #expect(throws: CancellationError.self) { try await stuck.value }
      #expect(try total("suspected_deadlocks") == 1)
    }

    @Test func aTableIsKnownByItsName() throws {
      let locks = LockTable<String>(name: "accounts")
      _ = LockTableMetricsReporter(locks, dimensions: [("host", "a")], factory: metrics)
      _ = LockTableMetricsReporter(locks, dimensions: [("table", "b")], factory: metrics)
      for dimensions in [[("table", "accounts"), ("host", "a")], [("table", "b")]] {
        _ = try metrics.expectCounter("lock_table_acquisitions", dimensions)
        _ = try metrics.expectGauge("lock_table_waiters", dimensions)
        _ = try metrics.expectCounter("lock_table_wait_seconds_count", dimensions)
        _ = try metrics.expectCounter("lock_table_wait_seconds_sum", dimensions)
        _ = try metrics.expectCounter(
          "lock_table_wait_seconds_bucket", dimensions + [("le", "0.001")])
      }
    }

    @Test func secondsAreDecimals() {
      #expect(Duration.microseconds(10).inSeconds == "0.00001")
      #expect(Duration.milliseconds(500).inSeconds == "0.5")
      #expect(Duration.nanoseconds(1_000_000_001).inSeconds == "1.000000001")
      #expect(Duration.seconds(60).inSeconds == "60")
      #expect(Duration.zero.inSeconds == "0")
    }
  }

  /// What the floating-point counters have added up.
  private final class Sums: MetricsFactory, CounterHandler, FloatingPointCounterHandler,
    RecorderHandler, Sendable
  {
    private let sum = Mutex(0.0)

    var total: Double { sum.withLock { $0 } }

    func increment(by amount: Int64) {}
    func increment(by amount: Double) { sum.withLock { $0 += amount } }
    func reset() {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { self }
    func makeFloatingPointCounter(
      label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { self }
    func makeRecorder(
      label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { self }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      fatalError("no timer is published")
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
  }
#endif
