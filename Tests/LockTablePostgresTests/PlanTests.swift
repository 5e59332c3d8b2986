#if Postgres
  import LockTablePostgres
  import Testing

  @Suite("Plans of statements", .needsPostgres, .timeLimit(.minutes(15)))
  struct PlanTests {
    /// The server believes then that the table is empty, and that to read all of it costs nothing.
    private func fillAfterVacuum(_ database: TestDatabase) async throws {
      let fill = """
        INSERT INTO \(database.table) (key, owner, expires)
        SELECT 'k/' || i, 'o/' || i, now() + interval '1 hour' FROM generate_series(1, 10000) AS i
        """
      _ = try await database.admin.run(fill)
      _ = try await database.admin.run("DELETE FROM \(database.table)")
      _ = try await database.admin.run("VACUUM (ANALYZE, TRUNCATE off) \(database.table)")
      _ = try await database.admin.run(fill)
    }

    @Test(
      "Each key is looked up, also in a table that was empty when it was vacuumed",
      arguments: ["force_custom_plan", "force_generic_plan"])
    func lookUps(mode: String) async throws {
      let database = try await TestDatabase()
      _ = try await TestProcess(database)
      try await fillAfterVacuum(database)
      let client = try await InterleavingTests.Client(database)
      _ = try await client.session.run("SET plan_cache_mode = \(mode)")
      let keys = (1...1_000).map { "k/\($0)" }.joined(separator: ",")
      let owners = (1...1_000).map { "o/\($0)" }.joined(separator: ",")
      for statement in client.store.statements.dropFirst() {
        let name = try #require(statement.name)
        _ = try await client.session.run("PREPARE plan_\(name) AS \(statement.sql)")
        let more = statement.sql.contains("$3") ? ", '1000'" : ""
        let plan = try await client.session.run(
          "EXPLAIN EXECUTE plan_\(name) ('{\(keys)}', '{\(owners)}'\(more))"
        ).compactMap { $0[0] }
        #expect(plan.contains { $0.contains("Index Cond: (key = w.key)") }, "\(name): \(plan)")
        // What follows a scan without a condition is its parent's next child, or a filter.
        let scans = zip(plan, plan.dropFirst()).filter { $0.0.contains("Scan using") }
        #expect(scans.allSatisfy { $0.1.contains("Index Cond") }, "\(name): \(plan)")
      }
    }
  }
#endif
