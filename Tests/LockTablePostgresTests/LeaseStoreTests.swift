#if Postgres
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Leases on a PostgreSQL server", .needsPostgres, .timeLimit(.minutes(15)))
  struct LeaseStoreTests {
    @Test("A name is granted, refused to others, and free after its release")
    func grantAndRelease() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("account-42")
      let (first, second) = (one.claim(name), two.claim(name))

      let token = try await one.store.acquire(first, for: .seconds(600), waits: false).token
      let answer = try await two.store.acquire(second, for: .seconds(600), waits: false)
      guard case .held(let obstacle) = answer else {
        Issue.record("granted twice")
        return
      }
      #expect(obstacle.owner == first.owner)
      #expect(try #require(obstacle.remaining) > .seconds(1))
      #expect(try await database.queue(of: name) == [])

      #expect(try await one.store.release(first) == LeaseRelease(wasHeld: true))
      #expect(try await database.rows() == [])
      #expect(try await one.store.release(first) == LeaseRelease(wasHeld: false))
      let next = try await two.store.acquire(second, for: .seconds(600), waits: false).token
      #expect(next > token)
    }

    @Test("A repeated request finds its own grant, with a larger token")
    func idempotentAcquire() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database)
      let claim = process.claim(try name(1))
      let first = try await process.store.acquire(claim, for: .seconds(600), waits: true).token
      let second = try await process.store.acquire(claim, for: .seconds(600), waits: true).token
      #expect(second >= first)
      #expect(try await database.rows() == ["orders/1"])
    }

    @Test("A release passes the name to the first in line, who hears of it")
    func handOver() async throws {
      let database = try await TestDatabase()
      let holder = try await TestProcess(database)
      let name = try name("a")
      let held = holder.claim(name)
      _ = try await holder.store.acquire(held, for: .seconds(600), waits: true)
      var waiters: [(TestProcess, LeaseClaim)] = []
      for _ in 0..<3 {
        let process = try await TestProcess(database)
        let claim = process.claim(name)
        let answer = try await process.store.acquire(claim, for: .seconds(600), waits: true)
        #expect(answer.isHeld)
        waiters.append((process, claim))
      }
      #expect(try await database.queue(of: name) == waiters.map(\.1.owner.text))

      // A place is asked for once, however often the owner asks.
      _ = try await waiters[1].0.store.acquire(waiters[1].1, for: .seconds(600), waits: true)
      #expect(try await database.queue(of: name).count == 3)
      #expect(
        try await holder.store.renew([held], for: .seconds(600)) == [.renewed(isWanted: true)])

      var (process, claim) = (holder, held)
      var tokens: [Int64] = []
      for (next, nextClaim) in waiters {
        #expect(
          try await process.store.release(claim) == LeaseRelease(wasHeld: true, isWanted: true))
        try await next.untilMayBeFree(name)
        tokens.append(try await next.acquire(nextClaim))
        (process, claim) = (next, nextClaim)
      }
      #expect(tokens == tokens.sorted() && Set(tokens).count == 3)
      #expect(try await process.store.release(claim) == LeaseRelease(wasHeld: true))
      #expect(try await database.rows() == [])
    }

    @Test("A waiter that leaves is out of the line")
    func leaveLine() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("a")
      let (held, waiting) = (one.claim(name), two.claim(name))
      _ = try await one.store.acquire(held, for: .seconds(600), waits: true)
      _ = try await two.store.acquire(waiting, for: .seconds(600), waits: true)
      #expect(try await two.store.release(waiting) == LeaseRelease(wasHeld: false))
      #expect(try await database.queue(of: name) == [])
      #expect(try await one.store.release(held) == LeaseRelease(wasHeld: true))
      #expect(try await database.rows() == [])
    }

    @Test("A lease that is over goes to the next who asks, and its holder learns of it")
    func expiry() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let name = try name("a")
      let (old, new) = (one.claim(name), two.claim(name))
      let token = try await one.store.acquire(old, for: .milliseconds(50), waits: true).token
      let next = try await two.acquire(new)
      #expect(next > token)
      #expect(try await one.store.renew([old], for: .seconds(600)) == [.lost])
      #expect(try await one.store.release(old) == LeaseRelease(wasHeld: false))
      #expect(
        try await two.store.renew([new], for: .seconds(600)) == [.renewed(isWanted: false)])
    }

    @Test("A lease that is over and that nobody took is renewed")
    func lateRenewal() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database)
      let claim = process.claim(try name("a"))
      _ = try await process.store.acquire(claim, for: .milliseconds(1), waits: true)
      try await until {
        try await database.admin.run(
          "SELECT 1 FROM \(database.table) WHERE expires > clock_timestamp()"
        ).isEmpty
      }
      #expect(
        try await process.store.renew([claim], for: .seconds(600)) == [.renewed(isWanted: false)])
      #expect(try await process.store.release(claim).wasHeld)
    }

    @Test("Rows that are deleted or stolen by hand are lost")
    func theft() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database)
      let claims = try (0..<3).map { process.claim(try name($0)) }
      for claim in claims {
        _ = try await process.store.acquire(claim, for: .seconds(600), waits: true)
      }
      _ = try await database.admin.run("DELETE FROM \(database.table) WHERE key = 'orders/0'")
      _ = try await database.admin.run(
        "UPDATE \(database.table) SET owner = 'me' WHERE key = 'orders/1'")
      #expect(
        try await process.store.renew(claims, for: .seconds(600)) == [
          .lost, .lost, .renewed(isWanted: false),
        ])
      var held: [Bool] = []
      for claim in claims { held.append(try await process.store.release(claim).wasHeld) }
      #expect(held == [false, false, true])
      // An owner that is no owner of ours is in nobody's way for longer than it says.
      let answer = try await process.store.acquire(
        process.claim(claims[1].name), for: .seconds(600), waits: false)
      guard case .held(let obstacle) = answer else {
        Issue.record("granted")
        return
      }
      #expect(obstacle.owner == nil)
    }

    @Test("The holdings of a namespace are told, with their owners")
    func holdings() async throws {
      let database = try await TestDatabase()
      let (one, two) = try await (TestProcess(database), TestProcess(database))
      let names = try ["a", "b,c/%\"\\'{}", "ü"].map { try name($0) }
      let claims = names.map { one.claim($0) }
      for claim in claims {
        _ = try await one.store.acquire(claim, for: .seconds(600), waits: true)
      }
      let other = try #require(LeaseName(namespace: "orders0", key: "a"))
      _ = try await one.store.acquire(one.claim(other), for: .seconds(600), waits: true)
      _ = try await two.store.acquire(two.claim(names[0]), for: .seconds(600), waits: true)

      let holdings = try await two.store.holdings(in: "orders")
      #expect(holdings.map(\.name) == names.sorted())
      #expect(holdings.map(\.owner) == claims.sorted { $0.name < $1.name }.map(\.owner))
      #expect(holdings.map(\.waiterCount) == names.sorted().map { $0 == names[0] ? 1 : 0 })
      #expect(holdings.allSatisfy { ($0.remaining ?? .zero) > .seconds(1) })
    }

    @Test("Ten thousand leases are held, renewed and released")
    func manyLeases() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database, duration: .seconds(60))
      let claims = try (0..<10_000).map { process.claim(try name($0)) }
      let tokens = try await withThrowingTaskGroup(of: Int64.self) { group in
        for claim in claims {
          group.addTask {
            try await process.store.acquire(claim, for: .seconds(600), waits: true).token
          }
        }
        return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
      }
      #expect(tokens.count == claims.count)
      let answers = try await process.store.renew(claims, for: .seconds(600))
      #expect(answers == claims.map { _ in .renewed(isWanted: false) })
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        for claim in claims {
          group.addTask { try await process.store.release(claim).wasHeld }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(held == claims.count)
      #expect(try await database.rows() == [])
    }

    @Test("Five hundred keys are waited for on one connection")
    func manyWaiters() async throws {
      let database = try await TestDatabase()
      let (holder, waiter) = try await (TestProcess(database), TestProcess(database))
      let names = try (0..<500).map { try name($0) }
      let held = names.map { holder.claim($0) }
      for claim in held {
        _ = try await holder.store.acquire(claim, for: .seconds(600), waits: true)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in names {
          group.addTask {
            let claim = waiter.claim(name)
            _ = try await waiter.acquire(claim, for: .seconds(600))
            _ = try await waiter.store.release(claim)
          }
        }
        try await until {
          try await database.admin.run(
            "SELECT 1 FROM \(database.table) WHERE queue <> '{}'"
          ).count == names.count
        }
        for claim in held { #expect(try await holder.store.release(claim).isWanted) }
        try await group.waitForAll()
      }
      #expect(try await database.rows() == [])
      let connections = try await database.admin.run(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = $1",
        ["lock-table test:\(waiter.process.number)"])
      #expect(connections.count == 1)
    }

    @Test("A process listens only once it has waited")
    func listening() async throws {
      let database = try await TestDatabase()
      let process = try await TestProcess(database)
      let claim = process.claim(try name("a"))
      _ = try await process.store.acquire(claim, for: .seconds(600), waits: false)
      #expect(try await process.listens(database) == false)
      _ = try await process.store.acquire(
        process.claim(claim.name), for: .seconds(600), waits: true)
      #expect(try await process.listens(database))
    }
  }

  extension LeaseAnswer {
    var token: Int64 {
      get throws {
        guard case .granted(let token) = self else { throw Hung() }
        return token
      }
    }

    var isHeld: Bool { if case .held = self { true } else { false } }
  }

  extension TestProcess {
    /// Whether a notification reaches the process: the server tells which channels a session
    /// listens on to nobody else.
    func listens(_ database: TestDatabase) async throws -> Bool {
      let probe = try name("probe")
      _ = try await database.admin.run(
        "SELECT pg_notify('lease_' || $1, $2)", [process.id, probe.text])
      // A request after it: notifications come with its answer.
      for _ in 0..<2 { _ = try await store.holdings(in: "orders") }
      return changes.contains { if case .mayBeFree(probe) = $0 { true } else { false } }
    }
  }
#endif
