#if Postgres
  import Foundation
  import LockTableLeases
  import LockTableLeasesTesting
  import LockTablePostgres
  import Testing

  @Suite("Many processes, and backends that are stopped", .needsPostgres, .timeLimit(.minutes(15)))
  struct StressTests {
    /// Backends are stopped, and not clients: only so is a statement late behind its lock.
    @Test("Nobody who held a key to the end was refused by the resource")
    func hammer() async throws {
      let database = try await TestDatabase()
      let history = LeaseHistory()
      let mistakes = Guarded<[String]>([])
      let processes = try await TestProcess.several(6, database)
      let names = try (0..<4).map { try name($0) }
      let isOver = Guarded(false)

      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, process) in processes.enumerated() {
          group.addTask {
            while !isOver.withLock({ $0 }) {
              let name = names[Int.random(in: 0..<names.count)]
              let mistake = try await Self.hold(
                process, name, history, waits: !index.isMultiple(of: 3))
              if let mistake { mistakes.withLock { $0.append(mistake) } }
            }
          }
        }
        group.addTask { try await Self.disturb(database, processes, isOver) }
        group.addTask {
          try await Task.sleep(for: .seconds(4))
          try await until { history.entries.count { $0.kind == .began } > 20 }
          isOver.withLock { $0 = true }
        }
        try await group.waitForAll()
      }

      #expect(history.violations == [])
      #expect(mistakes.withLock { $0 } == [])
      #expect(try await database.rows() == [])
    }

    /// One hold, for at most about as long as the lease, so that some are lost. Returns a sentence if
    /// a write was rejected of a hold that was held to the end: nobody else had the key meanwhile.
    private static func hold(
      _ process: TestProcess, _ name: LeaseName, _ history: LeaseHistory, waits: Bool
    ) async throws -> String? {
      let (claim, asked) = (process.claim(name), history.now)
      var token: Int64?
      let patience = ContinuousClock.now + .milliseconds(300)
      while token == nil, .now < patience {
        let answer = try? await process.store.acquire(
          claim, for: .milliseconds(80), waits: waits)
        token = try? answer?.token
        if token == nil { try await Task.sleep(for: .milliseconds(Int.random(in: 1...5))) }
      }
      var isRejected = false
      if let token {
        let hold = history.begin(name.text, token: token, askedAt: asked)
        isRejected = !history.write(name.text, token: token)
        let isLong = Int.random(in: 0..<20) == 0
        try await Task.sleep(for: .milliseconds(Int.random(in: isLong ? 60...120 : 0...8)))
        if !history.write(name.text, token: token) { isRejected = true }
        history.end(hold)
      }
      let wasHeld = try await releaseSurely(process, claim)
      guard wasHeld, isRejected else { return nil }
      return "\(name) was held with \(token ?? 0), and a write was rejected"
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
