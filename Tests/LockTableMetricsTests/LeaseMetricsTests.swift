#if Metrics
  import LockTableLeases
  import LockTableMetrics
  import MetricsTestKit
  import Testing

  #if ServiceLifecycle
    import ServiceLifecycle
    import ServiceLifecycleTestKit
  #endif

  @Suite(.timeLimit(.minutes(15))) struct LeaseMetricsTests {
    private let metrics = TestMetrics()

    @Test func whatATableHasDoneIsPublished() async throws {
      let leases = LeaseTable<String>(store: .memory, namespace: "orders")
      let reporter = LeaseTableMetricsReporter(leases, label: "leases", factory: metrics)
      let run = Task { try await leases.run() }
      try await leases.withLease("account-42") { _ in
        reporter.publish()
        reporter.publish()
      }
      let dimensions = [("namespace", "orders")]
      for name in ["leases_acquisitions", "leases_grants"] {
        #expect(try metrics.expectCounter(name, dimensions).totalValue == 1)
      }
      #expect(try metrics.expectGauge("leases_held", dimensions).lastValue == 1)
      #expect(try metrics.expectGauge("leases_suspended", dimensions).lastValue == 0)
      run.cancel()
      try await run.value
    }

    #if ServiceLifecycle
      @Test func aTableIsAServiceThatEndsInOrder() async throws {
        let leases = LeaseTable<String>(store: .memory, namespace: "orders")
        let service: any Service = leases
        try await testGracefulShutdown { trigger in
          try await withThrowingTaskGroup { group in
            group.addTask { try await service.run() }
            try await leases.withLease("account-42") { _ in }
            trigger.triggerGracefulShutdown()
            try await group.waitForAll()
          }
        }
        #expect(leases.isEmpty)
      }
    #endif
  }
#endif
