#if Metrics
  import CoreMetrics
  import LockTable
  import LockTableMetrics
  import MetricsTestKit
  import Synchronization
  import Testing

  @Suite(.timeLimit(.minutes(15))) struct MetricsTests {
    private let metrics = TestMetrics()
    private let locks = LockTable<String>()

    private func reporter(every period: Duration) -> LockTableMetricsReporter<String> {
      LockTableMetricsReporter(
        locks, label: "locks", dimensions: [("table", "accounts")], every: period, factory: metrics)
    }

    private func total(_ name: String) throws -> Int64 {
      try metrics.expectCounter("locks_" + name, [("table", "accounts")]).totalValue
    }

    private func gauge(_ name: String) throws -> Double? {
      try metrics.expectGauge("locks_" + name, [("table", "accounts")]).lastValue
    }

    @Test func countersCountWhatCameSince() async throws {
      let reporter = reporter(every: .seconds(1))
      try await locks.withLock("a") {}
      reporter.publish()
      #expect(try total("acquisitions") == 1)
      reporter.publish()
      #expect(try total("acquisitions") == 1)

      try await locks.withLock(all: ["a", "b"]) {
        _ = await #expect(throws: LockTableError.self) {
          try await locks.acquire("a", timeout: .milliseconds(1)).release()
        }
      }
      reporter.publish()
      let statistics = locks.statistics()
      #expect(try total("acquisitions") == Int64(statistics.acquisitions))
      #expect(try total("contended_acquisitions") == 1)
      #expect(try total("parks") == Int64(statistics.parks))
      #expect(try total("hand_offs") == Int64(statistics.handOffs))
      #expect(try total("timeouts") == 1)
      #expect(try total("cancellations") == 0)
      #expect(try total("refusals") == 0)
      #expect(try total("closed_failures") == 0)
      #expect(try total("deadlock_failures") == 0)
      locks.close()
      _ = await #expect(throws: LockTableError.self) { try await locks.withLock("a") {} }
      reporter.publish()
      #expect(try total("closed_failures") == 1)
      #expect(try total("blocked_tasks") == 0)
      #expect(try total("fences") == Int64(statistics.fences))
    }

    @Test func gaugesAreWhatIs() async throws {
      let reporter = reporter(every: .seconds(1))
      try await locks.withLock(all: ["a", "b"]) { reporter.publish() }
      #expect(try gauge("keys") == 2)
      #expect(try #require(try gauge("peak_keys")) >= 2)
      #expect(try #require(try gauge("bytes")) > 0)
      reporter.publish()
      #expect(try gauge("keys") == 0)
    }

    @Test func noMetricIsAboutOneKey() async throws {
      let reporter = reporter(every: .seconds(1))
      try await locks.withLock(all: ["a", "b", "c"]) { reporter.publish() }
      // Eleven, and the histogram of waits: 15 bounds, the number and the sum.
      #expect(metrics.counters.count == 11 + 15 + 2)
      #expect(metrics.recorders.count == 5)
      #expect(
        metrics.counters.allSatisfy { Set($0.dimensions.map(\.0)).isSubset(of: ["table", "le"]) })
      #expect(metrics.recorders.allSatisfy { $0.dimensions.map(\.0) == ["table"] })
    }

    @Test func runsUntilCancelled() async throws {
      let reporter = reporter(every: .milliseconds(1))
      let run = Task { await reporter.run() }
      try await locks.withLock("a") {}
      while try total("acquisitions") != 1 {
        try await Task.sleep(for: .milliseconds(1))
      }
      run.cancel()
      await run.value
    }

    @Test func publishesALastTimeHoweverLongThePeriod() async throws {
      let reporter = reporter(every: .seconds(Int64.max))
      let run = Task { await reporter.run() }
      while try gauge("keys") == nil {
        try await Task.sleep(for: .milliseconds(1))
      }
      try await locks.withLock("a") {}
      run.cancel()
      await run.value
      #expect(try total("acquisitions") == 1)
    }

    @Test func aPeriodThatIsNotPositiveEndsTheProcess() async throws {
      let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = LockTableMetricsReporter(LockTable<String>(), every: .zero, factory: TestMetrics())
      }
      let text = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
      #expect(text.contains("it must be positive"))
    }

    /// Calls for two keys of which one is held take the other and let go of it, again and again.
    @Test func noIncrementIsNegative() async throws {
      let backend = StrictMetrics()
      let reporter = LockTableMetricsReporter(locks, factory: backend)
      let held = try await locks.acquire("b")
      try await withThrowingTaskGroup { group in
        for keys in [["a", "b"], ["b", "a"], ["b", "c", "a"]] {
          group.addTask { [locks, backend] in
            for _ in 0..<20_000 {
              if await locks.withLockIfAvailable(all: keys, {}) == nil {
                backend.refused.add(1, ordering: .relaxed)
              }
            }
          }
        }
        for _ in 0..<2 {
          group.addTask {
            for _ in 0..<2_000 {
              reporter.publish()
            }
          }
        }
        try await group.waitForAll()
      }
      reporter.publish()
      held.release()
      #expect(backend.refused.load(ordering: .relaxed) == 60_000)
      #expect(backend.negative.load(ordering: .relaxed) == 0)
      #expect(backend.total.load(ordering: .relaxed) == 1, "what was refused counts")
    }

    @Test func aValueThatFellIsNotPublishedTwice() {
      var published = PublishedCounts(count: 2)
      #expect(published.increments(to: [5, 0]) == [5, 0])
      #expect(published.increments(to: [3, 1]) == [0, 1])
      #expect(published.increments(to: [5, 1]) == [0, 0])
      #expect(published.increments(to: [7, 2]) == [2, 1])
    }

    @Test func aCancelledTaskPublishesOnce() async throws {
      let reporter = reporter(every: .seconds(1_000_000))
      let run = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        await reporter.run()
      }
      await run.value
      #expect(try metrics.expectGauge("locks_keys", [("table", "accounts")]).values == [0])
    }
  }

  /// Counters of which none may be incremented by less than zero, as back ends have it; here it is counted,
  /// where they end the process.
  private final class StrictMetrics: MetricsFactory, CounterHandler, RecorderHandler, Sendable {
    let total = Atomic<Int64>(0)
    let negative = Atomic(0)
    let refused = Atomic(0)

    func increment(by amount: Int64) {
      if amount < 0 {
        negative.add(1, ordering: .relaxed)
      }
      total.add(amount, ordering: .relaxed)
    }

    func reset() {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { self }
    func makeRecorder(
      label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { self }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      fatalError("no timer is published")
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
  }
#endif
