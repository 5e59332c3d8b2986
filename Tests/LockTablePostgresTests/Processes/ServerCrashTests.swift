#if Postgres
  import Foundation
  import LeaseProcessKit
  import LockTablePostgres
  import Testing

  @Suite(
    "A server that crashes under processes", .needsPostgres, .needsProcesses,
    .timeLimit(.minutes(15)))
  struct ServerCrashTests {
    @Test("Holders keep their leases, and waiters their wishes, when the server is killed")
    func killedServer() async throws {
      let cluster = try await TestCluster()
      let workers = try await TestWorkers(cluster, duration: .seconds(60))
      let (holder, waiter, crowd) = try await (workers.start(), workers.start(), workers.start())
      holder.say("hold a")
      let token = try await holder.token("a")
      waiter.say("hold a")
      try await workers.untilQueued("a")
      crowd.say("contend 3 4 1000000")
      waiter.say("contend 3 4 1000000")
      for _ in 0..<2 {
        try await workers.untilWrites(50)
        try await cluster.kill()
        try await holder.line("suspended")
        try await waiter.line("suspended")
        try await cluster.start()
        try await holder.line("resumed")
        try await waiter.line("resumed")
      }
      // A server that is starting is none that people have to mend.
      #expect(!waiter.hasSaid("refused") && !crowd.hasSaid("refused"))
      #expect(!waiter.hasSaid("granted a") && !holder.hasSaid("lost a"))
      holder.say("release a")
      try await holder.line("released a")
      #expect(try await waiter.token("a") > token)
      try await workers.untilWrites(50)
      for process in [waiter, crowd] {
        process.say("stop")
        try await process.line("contended")
      }
      waiter.say("release a")
      try await waiter.line("released a")
      let records = try await workers.finish()
      #expect(records.overlaps == [])
      #expect(try await workers.rowCount == 0)
      try await cluster.kill()
    }
  }
#endif
