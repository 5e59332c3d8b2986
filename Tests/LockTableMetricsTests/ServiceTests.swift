#if ServiceLifecycle
  import LockTable
  import LockTableMetrics
  import MetricsTestKit
  import ServiceLifecycle
  import ServiceLifecycleTestKit
  import Testing

  @Suite(.timeLimit(.minutes(15))) struct ServiceTests {
    /// The run ends although no task is cancelled, and publishes what came last.
    @Test func aGracefulShutdownEndsTheRun() async throws {
      let metrics = TestMetrics()
      let locks = LockTable<String>()
      let service: any Service = LockTableMetricsReporter(
        locks, label: "locks", every: .seconds(Int64.max), factory: metrics)
      try await testGracefulShutdown { trigger in
        try await withThrowingTaskGroup { group in
          group.addTask { try await service.run() }
          while try metrics.expectGauge("locks_keys").lastValue == nil {
            try await Task.sleep(for: .milliseconds(1))
          }
          try await locks.withLock("a") {}
          trigger.triggerGracefulShutdown()
          try await group.waitForAll()
        }
      }
      #expect(try metrics.expectCounter("locks_acquisitions").totalValue == 1)
    }
  }
#endif
