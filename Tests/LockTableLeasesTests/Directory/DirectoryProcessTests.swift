import Foundation
import LeaseProcessKit
import LockTableLeases
import Testing

/// The directory store among real processes.
@Suite(.serialized, .timeLimit(.minutes(15)), .enabled(if: HelperProcess.isAvailable))
struct DirectoryProcessTests {
  let directory: ScratchDirectory
  let witness: ScratchDirectory
  let one = Claimant("1111111111111111")

  init() throws {
    directory = try ScratchDirectory()
    witness = try ScratchDirectory()
  }

  @Test func aKilledHolderFreesItsKey() async throws {
    let holder = try HelperProcess(["hold", directory.path, "a"])
    let token = try #require(try await holder.token())
    let store = directory.store()
    let claim = try one.claim("a", in: "test")
    try await withRun(of: store, as: one.process) { reports in
      let refused = try await store.acquire(claim, waits: true)
      #expect(refused.obstacle?.owner?.process.number == holder.number)
      reports.clear()
      holder.send(SIGKILL)
      try await reports.first(where: Reports.isFree(claim.name))
      let next = try #require(try await store.acquire(claim, waits: true).token)
      #expect(next > token)
      #expect(try await store.release(claim).wasHeld)
    }
    #expect(directory.files == ["tokens"])
  }

  @Test func aStoppedHolderKeepsItsKey() async throws {
    let holder = try HelperProcess(["hold", directory.path, "a"])
    #expect(try await holder.token() != nil)
    holder.send(SIGSTOP)
    let store = directory.store()
    #expect(try await store.acquire(one.claim("a", in: "test")).token == nil)
    #expect(try await store.acquire(one.claim("b", in: "test")).token != nil)
    holder.send(SIGCONT)
    holder.sayGo()
    #expect(try await holder.line() == "released true")
    #expect(try await store.acquire(one.claim("a", in: "test")).token != nil)
  }

  @Test func aWaitingProcessIsWoken() async throws {
    let store = directory.store()
    let claim = try one.claim("a", in: "test")
    _ = try await store.acquire(claim)
    let waiter = try HelperProcess(["hold", directory.path, "a"])
    #expect(try await waiter.line() == "waiting")
    #expect(try await store.release(claim) == LeaseRelease(wasHeld: true, isWanted: true))
    #expect(try await waiter.token() != nil)
    waiter.sayGo()
    #expect(try await waiter.line() == "released true")
    #expect(directory.files == ["tokens"])
  }

  @Test func aKilledWaiterIsForgotten() async throws {
    let store = directory.store()
    let claim = try one.claim("a", in: "test")
    _ = try await store.acquire(claim)
    let waiter = try HelperProcess(["hold", directory.path, "a"])
    #expect(try await waiter.line() == "waiting")
    waiter.send(SIGKILL)
    try await waiter.end()
    #expect(try await store.release(claim) == LeaseRelease(wasHeld: true, isWanted: false))
    #expect(directory.files == ["tokens"])
  }

  @Test func sixProcessesNeverOverlapAndTokensRise() async throws {
    let processes = try (0..<6).map { seed in
      try HelperProcess(["hammer", directory.path, witness.path, "k", "5", "300", "\(seed)"])
    }
    for process in processes {
      try await process.line("begun")
      #expect(try await process.end() == 0)
    }
    #expect(directory.files == ["tokens"])
  }

  @Test func killedProcessesAreInNobodysWay() async throws {
    let start = { (seed: Int) in
      try HelperProcess(["hammer", directory.path, witness.path, "k", "3", "1000000", "\(seed)"])
    }
    var processes = try (0..<3).map(start)
    let survivor = try HelperProcess(
      ["hammer", directory.path, witness.path, "k", "3", "1500", "77"])
    try await survivor.line("begun")
    for seed in 3..<30 {
      let victim = processes.removeFirst()
      try await victim.line("begun")
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...20)))
      victim.send(SIGKILL)
      #expect(try await victim.end() == SIGKILL)
      processes.append(try start(seed))
    }
    for victim in processes {
      victim.send(SIGKILL)
      #expect(try await victim.end() == SIGKILL)
    }
    #expect(try await survivor.end() == 0)
    // What the killed ones have left is deleted by the next that begins.
    let store = directory.store()
    try await withRun(of: store, as: one.process) { _ in
      while directory.files != ["tokens"] { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  @Test func stoppedProcessesAreInNobodysWay() async throws {
    // Only the first process of a directory, after each boot, has to prepare the token file.
    let store = directory.store()
    #expect(try await store.acquire(one.claim("first")).token != nil)
    let witnesses = try (0..<3).map { _ in try ScratchDirectory() }
    let others = try witnesses.enumerated().map { seed, witness in
      try HelperProcess(
        ["hammer", directory.path, witness.path, "own-\(seed)-", "1", "1000000", "\(seed)"])
    }
    for other in others { try await other.line("begun") }
    for seed in 0..<10 {
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...20)))
      // Wherever they are: in the middle of a draw of a token, too.
      for other in others { other.send(SIGSTOP) }
      let worker = try HelperProcess(
        ["hammer", directory.path, witness.path, "k", "5", "50", "\(seed)"])
      try await worker.line("begun")
      #expect(try await worker.end() == 0)
      for other in others { other.send(SIGCONT) }
    }
    for other in others {
      other.send(SIGKILL)
      #expect(try await other.end() == SIGKILL)
    }
  }
}
