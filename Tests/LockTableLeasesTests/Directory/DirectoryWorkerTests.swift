import Foundation
import LeaseProcessKit
import LockTableLeases
import LockTableLeasesTesting
import Testing

/// Tables of leases in one directory, in real processes.
@Suite(.serialized, .timeLimit(.minutes(15)), .enabled(if: HelperProcess.isAvailable))
struct DirectoryWorkerTests {
  private let directory: ScratchDirectory
  private let resource: ScratchDirectory
  private let records: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
    resource = try ScratchDirectory()
    records = try ScratchDirectory()
  }

  private func start(_ number: Int) async throws -> HelperProcess {
    let process = try HelperProcess([
      "work", "directory", directory.path, resource.path, "\(records.path)/\(number)", "300",
    ])
    try await process.line("ready")
    return process
  }

  /// Waits until somebody waits for the key.
  private func untilQueued(_ key: String) async throws {
    let name = try #require(LeaseName(namespace: "work", key: key))
    let store = directory.store()
    while try await store.holdings(in: "work").first(where: { $0.name == name })?.waiterCount != 1 {
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  /// Waits until a call has returned normally.
  private func untilSomethingIsKept() async throws {
    while try LeaseRecords(URL(fileURLWithPath: records.path)).count(.kept) == 0 {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func finish(_ processes: [HelperProcess]) async throws -> LeaseRecords {
    for process in processes { process.say("quit") }
    for process in processes {
      #expect(try await process.line("ended") == "empty")
      #expect(try await process.end() == 0)
    }
    let records = try LeaseRecords(URL(fileURLWithPath: records.path))
    #expect(records.violations == [])
    #expect(records.count(.lost) == 0)
    #expect(records.count(.rejected) == 0)
    #expect(records.overlaps == [])
    return records
  }

  @Test func contendingTablesKeepTheOrderOfTokens() async throws {
    var processes: [HelperProcess] = []
    for number in 0..<4 { processes.append(try await start(number)) }
    for process in processes { process.say("contend 3 4 100") }
    for process in processes { try await process.line("contended") }
    let records = try await finish(processes)
    #expect(records.count(.kept) == 1600)
    #expect(records.count(.accepted) == 3200)
    #expect(directory.files == ["tokens"])
  }

  /// For longer than leases last elsewhere. Here they last as long as their processes.
  @Test func aStoppedHolderLosesNothing() async throws {
    let (holder, waiter) = try await (start(0), start(1))
    holder.say("hold a")
    let token = try #require(Int64(try await holder.line("granted a")))
    holder.send(SIGSTOP)
    waiter.say("hold a")
    try await untilQueued("a")
    try await Task.sleep(for: .seconds(1))
    #expect(!waiter.hasSaid("granted a"))
    holder.send(SIGCONT)
    holder.say("write a")
    try await holder.line("accepted a")
    holder.say("release a")
    try await holder.line("released a")
    let next = try #require(Int64(try await waiter.line("granted a")))
    #expect(next > token)
    waiter.say("write a")
    try await waiter.line("accepted a")
    waiter.say("release a")
    try await waiter.line("released a")
    _ = try await finish([holder, waiter])
    #expect(directory.files == ["tokens"])
  }

  @Test func aKilledHoldersKeyIsTheWaiters() async throws {
    let (victim, waiter) = try await (start(0), start(1))
    victim.say("hold a")
    let token = try #require(Int64(try await victim.line("granted a")))
    waiter.say("hold a")
    victim.send(SIGKILL)
    let next = try #require(Int64(try await waiter.line("granted a")))
    #expect(next > token)
    waiter.say("release a")
    try await waiter.line("released a")
    _ = try await finish([waiter])
    #expect(directory.files == ["tokens"])
  }

  /// Wherever they are when they stop and end: in the middle of a write, too.
  @Test func tablesThatStopAndAreKilledBreakNothing() async throws {
    var processes: [HelperProcess] = []
    for number in 0..<4 {
      processes.append(try await start(number))
      processes[number].say("contend 3 3 3000")
    }
    try await untilSomethingIsKept()
    for round in 0..<60 {
      let index = Int.random(in: 0..<4)
      if round.isMultiple(of: 10) {
        processes[index].send(SIGKILL)
        try await processes[index].end()
        processes[index] = try await start(4 + round)
        processes[index].say("contend 3 3 3000")
      } else {
        processes[index].send(SIGSTOP)
        try await Task.sleep(for: .milliseconds(Int.random(in: 2...12)))
        processes[index].send(SIGCONT)
      }
    }
    for process in processes {
      process.say("stop")
      try await process.line("contended")
    }
    #expect(try await finish(processes).count(.kept) > 0)
  }
}
