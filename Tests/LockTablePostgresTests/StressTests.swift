#if Postgres
  import Foundation
  import LockTableLeases
  import LockTablePostgres
  import Testing

  @Suite("Many processes, and backends that are stopped", .needsPostgres, .timeLimit(.minutes(15)))
  struct StressTests {
    /// Backends are stopped, and not clients: only so is a statement late behind its lock.
    @Test("Nobody who held a key to the end was refused by the resource")
    func hammer() async throws {
      let database = try await TestDatabase()
      let resource = FencedResource()
      let processes = try await TestProcess.several(6, database)
      let names = try (0..<4).map { try name($0) }
      let isOver = Guarded(false)

      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, process) in processes.enumerated() {
          group.addTask {
            while !isOver.withLock({ $0 }) {
              let name = names[Int.random(in: 0..<names.count)]
              try await Self.hold(process, name, resource, waits: !index.isMultiple(of: 3))
            }
          }
        }
        group.addTask { try await Self.disturb(database, processes, isOver) }
        group.addTask {
          try await Task.sleep(for: .seconds(4))
          isOver.withLock { $0 = true }
        }
        try await group.waitForAll()
      }

      let state = resource.state.withLock { $0 }
      #expect(state.violations == [])
      #expect(state.tokens.count > 20)
      #expect(try await database.rows() == [])
      print("grants \(state.tokens.count), overlaps \(state.overlaps), refused \(state.refused)")
    }

    /// One hold, for at most about as long as the lease, so that some are lost.
    private static func hold(
      _ process: TestProcess, _ name: LeaseName, _ resource: FencedResource, waits: Bool
    ) async throws {
      let claim = process.claim(name)
      var token: Int64?
      let patience = ContinuousClock.now + .milliseconds(300)
      while token == nil, .now < patience {
        let answer = try? await process.store.acquire(
          claim, for: .milliseconds(80), waits: waits)
        token = try? answer?.token
        if token == nil { try await Task.sleep(for: .milliseconds(Int.random(in: 1...5))) }
      }
      var wasRefused = false
      if let token {
        wasRefused = !resource.begin(name, token)
        let isLong = Int.random(in: 0..<20) == 0
        try await Task.sleep(for: .milliseconds(Int.random(in: isLong ? 60...120 : 0...8)))
        if !resource.write(name, token) { wasRefused = true }
      }
      let wasHeld = try await releaseSurely(process, claim)
      if let token {
        resource.end(name, token, wasHeld: wasHeld, wasRefused: wasRefused)
      }
    }

    /// Repeats a release whose answer did not come, as a table does. What a lost release did, its
    /// repetition can't tell: then the hold counts as lost.
    private static func releaseSurely(
      _ process: TestProcess, _ claim: LeaseClaim
    ) async throws -> Bool {
      while true {
        do throws(LeaseStoreError) {
          return try await process.store.release(claim).wasHeld
        } catch {
          guard error.kind == .transient else { throw error }
          try? await Task.sleep(for: .milliseconds(10))
        }
      }
    }

    private static func disturb(
      _ database: TestDatabase, _ processes: [TestProcess], _ isOver: Guarded<Bool>
    ) async throws {
      var round = 0
      while !isOver.withLock({ $0 }) {
        round += 1
        let process = processes[Int.random(in: 0..<processes.count)]
        guard let backend = try await database.backends(of: process).first else { continue }
        if round.isMultiple(of: 60) {
          try await database.terminate(process)
        } else {
          Foundation.kill(backend, SIGSTOP)
          try? await Task.sleep(for: .milliseconds(Int.random(in: 2...12)))
          Foundation.kill(backend, SIGCONT)
        }
      }
    }
  }
#endif
