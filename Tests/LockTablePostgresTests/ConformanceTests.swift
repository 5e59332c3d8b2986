#if Postgres
  import LockTableLeases
  import LockTableLeasesTesting
  import LockTablePostgres
  import Testing

  @Suite("What every store promises", .needsPostgres, .serialized, .timeLimit(.minutes(15)))
  struct ConformanceTests {
    static let database = Task { try await TestDatabase() }

    static func subject(
      _ database: TestDatabase, _ stores: Guarded<[PostgresLeaseStore]> = Guarded([])
    ) -> LeaseStoreConformance.Subject {
      var subject = LeaseStoreConformance.Subject("PostgreSQL", duration: .milliseconds(600)) {
        var configuration = database.configuration
        // On a slow machine the next in line is late.
        configuration.claimDuration = .seconds(2)
        let store = PostgresLeaseStore(
          database.cluster.connectionString, configuration: configuration)
        stores.withLock { $0.append(store) }
        return store
      }
      subject.hasLine = true
      subject.patience = .seconds(200)
      return subject
    }

    @Test("PostgreSQL holds to it", arguments: LeaseStoreConformance.checks)
    func conforms(_ check: LeaseStoreConformance) async throws {
      let database = try await Self.database.value
      let finding = try await check(Self.subject(database))
      #expect(finding == nil)
      #expect(try await database.rows() == [])
    }

    @Test("A server that is killed and started anew holds to it")
    func restarted() async throws {
      let cluster = try await TestCluster()
      let database = try await TestDatabase(cluster)
      let stores = Guarded<[PostgresLeaseStore]>([])
      var subject = Self.subject(database, stores)
      subject.restart = {
        try await cluster.kill()
        try await cluster.start()
        // Meanwhile calls fail, which the check does not expect.
        for store in stores.withLock({ $0 }) {
          try await until { (try? await store.holdings(in: "orders")) != nil }
        }
      }
      for check in LeaseStoreConformance.checks where "\(check)".contains("estart") {
        let finding = try await check(subject)
        #expect(finding == nil)
      }
      try await cluster.kill()
    }
  }
#endif
