#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite(
    "Calls of a table on a PostgreSQL server that end early", .needsPostgres,
    .timeLimit(.minutes(15)))
  struct CancellationTests {
    /// A table that runs, and stops when it goes.
    final class Running: Sendable {
      let leases: LeaseTable<String>
      private let run: Task<Void, any Error>

      init(_ store: PostgresLeaseStore) {
        var configuration = LeaseConfiguration()
        configuration.duration = .seconds(600)
        let leases = LeaseTable<String>(
          store: store, namespace: "orders", configuration: configuration)
        self.leases = leases
        run = Task { try await leases.run() }
      }

      deinit { run.cancel() }

      /// Waits until nothing is left: not here, and not at the server.
      func untilEmpty(_ database: TestDatabase) async throws {
        try await until { self.leases.isEmpty }
        #expect(try await database.rows() == [])
      }
    }

    /// A database, the connections of one table, that table, and another one.
    private func tables(
      _ database: TestDatabase
    ) async throws -> (steps: StepConnector, one: Running, other: Running) {
      var configuration = database.configuration
      configuration.leaseDuration = .seconds(600)
      let steps = StepConnector(LibpqConnector(database.cluster.connectionString))
      let one = Running(PostgresLeaseStore(steps, configuration: configuration))
      let other = Running(
        PostgresLeaseStore(database.cluster.connectionString, configuration: configuration))
      // What happens once only is over then: preparations, and LISTEN.
      for table in [one, other] { try await table.leases.withLease("first") { _ in } }
      try await other.leases.withLease("first") { _ in
        _ = try? await one.leases.withLease("first", timeout: .milliseconds(50)) { _ in }
      }
      try await until { other.leases.isEmpty }
      try await one.untilEmpty(database)
      return (steps, one, other)
    }

    @Test(
      "A call that is cancelled, at whichever step, leaves nothing", arguments: [false, true])
    func cancellation(_ isHandedOver: Bool) async throws {
      let database = try await TestDatabase()
      let (steps, one, _) = try await tables(database)
      var step = 0
      var cancelledCount = 0
      var isReached = true
      while isReached {
        let tasks = Guarded<[Task<Bool, any Error>]>([])
        steps.at(step) { for task in tasks.withLock({ $0 }) { task.cancel() } }
        for _ in 0..<(isHandedOver ? 3 : 1) {
          // Under the lock, so that none can be missed.
          tasks.withLock { tasks in
            let task = Task {
              try await one.leases.withLease("a") { lease in
                await Task.yield()
                return lease.isValid
              }
            }
            tasks.append(task)
          }
        }
        for task in tasks.withLock({ $0 }) {
          if try await wasCancelled(task) { cancelledCount += 1 }
        }
        try await one.untilEmpty(database)
        isReached = steps.wasReached()
        step += 1
      }
      // Two statements with four steps each.
      #expect(step > 8)
      #expect(cancelledCount > 3)
    }

    @Test("A wait that is cancelled, at whichever step, leaves nothing")
    func cancelledWait() async throws {
      let database = try await TestDatabase()
      let (steps, one, other) = try await tables(database)
      var step = 0
      var cancelledCount = 0
      var isReached = true
      while isReached {
        let waiter = Guarded<Task<Bool, any Error>?>(nil)
        let isOver = Guarded(false)
        try await other.leases.withLease("a") { _ in
          steps.at(step) { waiter.withLock { $0 }?.cancel() }
          waiter.withLock { waiter in
            waiter = Task {
              defer { isOver.withLock { $0 = true } }
              return try await one.leases.withLease("a") { $0.isValid }
            }
          }
          let name = try name("a")
          try await until {
            if isOver.withLock({ $0 }) { return true }
            return try await !database.queue(of: name).isEmpty
          }
        }
        if let task = waiter.withLock({ $0 }), try await wasCancelled(task) { cancelledCount += 1 }
        try await until { other.leases.isEmpty }
        try await one.untilEmpty(database)
        isReached = steps.wasReached()
        step += 1
      }
      // To stand in line, to claim and to leave.
      #expect(step > 12)
      #expect(cancelledCount > 3)
    }

    /// Otherwise it has done its work, with a valid lease.
    private func wasCancelled(_ task: Task<Bool, any Error>) async throws -> Bool {
      do {
        #expect(try await task.value)
        return false
      } catch is CancellationError {
        return true
      }
    }

    @Test("Calls that are cancelled or late at any moment leave nothing")
    func anyMoment() async throws {
      let database = try await TestDatabase()
      let (_, one, other) = try await tables(database)
      let holder = Task {
        while !Task.isCancelled {
          try await other.leases.withLease("a") { _ in try? await Task.sleep(for: .milliseconds(2))
          }
        }
      }
      for round in 0..<60 {
        let delay = Duration.microseconds(round * 100)
        let late = Task {
          try await one.leases.withLease("a", timeout: delay) { $0.isValid }
        }
        let cancelled = Task { try await one.leases.withLease("a") { $0.isValid } }
        let attempt = Task { try await one.leases.withLeaseIfAvailable("a") { $0.isValid } }
        try? await Task.sleep(for: delay)
        cancelled.cancel()
        do {
          #expect(try await late.value)
        } catch let error as LeaseError {
          #expect(error.reason == .timedOut || error.reason == .storeUnavailable)
        }
        _ = try await wasCancelled(cancelled)
        #expect(try await attempt.value ?? true)
      }
      holder.cancel()
      _ = try? await holder.value
      try await until { other.leases.isEmpty }
      try await one.untilEmpty(database)
    }
  }
#endif
