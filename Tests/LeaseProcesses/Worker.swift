import LeaseProcessKit
import LockTable
import LockTableLeases

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A process with a table of leases, which does what it is told:
///
///     hold KEY                     says "granted KEY TOKEN", holds until it is told otherwise
///     release KEY                  ends that hold
///     write KEY                    writes with the last token of that key
///     contend KEYS TASKS ROUNDS    says "contended" when all tasks have finished their rounds
///     stop                         ends that early
///     wall                         says the wall clock's seconds
///     quit                         ends, as the end of the input does
///
/// It says "released KEY", "lost KEY REASON" or "refused KEY REASON" when a hold ends, "cancelled
/// KEY" when the body is, "accepted KEY", "rejected KEY" or "failed KEY" for a write, and
/// "suspended" and "resumed". At the end it gives back everything, and says "ended" and what is
/// left.
final class Worker: Sendable {
  private let leases: LeaseTable<String>
  private let resource: any Resource
  private let records: LeaseRecordFile
  private let clock = SharedTime()
  private let state = Guarded(State())

  private struct State {
    var holds: [String: AsyncStream<Void>.Continuation] = [:]
    var tokens: [String: Int64] = [:]
    var isStopped = false
  }

  init(
    _ store: any LeaseStore, _ resource: any Resource, _ records: LeaseRecordFile,
    duration: Duration
  ) {
    var configuration = LeaseConfiguration()
    configuration.duration = duration
    leases = LeaseTable(store: store, namespace: "work", configuration: configuration)
    self.resource = resource
    self.records = records
  }

  func run() async throws {
    let run = Task.detached { [leases] in try await leases.run() }
    let events = Task.detached { [leases] in
      for await event in leases.events {
        switch event {
        case .suspended: say("suspended")
        case .resumed: say("resumed")
        case .lost: break
        }
      }
    }
    say("ready")
    await withDiscardingTaskGroup { tasks in
      while let line = readLine(), line != "quit" {
        obey(line.split(separator: " ").map(String.init), &tasks)
      }
      state.withValue { $0.isStopped = true }
      run.cancel()
    }
    try await run.value
    events.cancel()
    await events.value
    say("ended \(leases.isEmpty ? "empty" : "with \(leases.count) keys")")
  }

  private func obey(_ words: [String], _ tasks: inout DiscardingTaskGroup) {
    switch (words.first, words.count) {
    case ("hold", 2):
      tasks.addTask { await self.hold(words[1]) }
    case ("release", 2):
      state.withValue { $0.holds[words[1]] }?.finish()
    case ("write", 2):
      guard let token = state.withValue({ $0.tokens[words[1]] }) else { return }
      tasks.addTask { await self.write(words[1], token, says: true) }
    case ("contend", 4):
      let numbers = words.compactMap { Int($0) }
      tasks.addTask { await self.contend(numbers[0], numbers[1], numbers[2]) }
    case ("stop", 1):
      state.withValue { $0.isStopped = true }
    case ("wall", 1):
      say("wall \(time(nil))")
    default:
      say("unknown words: \(words)")
    }
  }

  /// One acquisition, written down.
  private func withRecords(
    _ key: String, _ body: (Lease) async -> Void
  ) async throws {
    let asked = SharedTime.now
    var token: Int64 = 0
    do {
      try await leases.withLease(key) { lease in
        token = lease.fencingToken
        records.add(LeaseRecord(.began, key, token, time: SharedTime.now, other: asked))
        await body(lease)
        let end = clock.time(of: lease.validUntil)
        records.add(LeaseRecord(.ended, key, token, time: SharedTime.now, other: end))
      }
    } catch let error as LeaseLostError {
      records.add(LeaseRecord(.lost, key, token, time: SharedTime.now))
      throw error
    }
    records.add(LeaseRecord(.kept, key, token, time: SharedTime.now))
  }

  private func hold(_ key: String) async {
    let (gate, continuation) = AsyncStream.makeStream(of: Void.self)
    state.withValue { $0.holds[key] = continuation }
    do {
      try await withRecords(key) { lease in
        state.withValue { $0.tokens[key] = lease.fencingToken }
        say("granted \(key) \(lease.fencingToken)")
        for await _ in gate {}
        if Task.isCancelled { say("cancelled \(key)") }
      }
      say("released \(key)")
    } catch let error as LeaseLostError {
      say("lost \(key) \(error.reason.rawValue)")
    } catch {
      let reason = (error as? LeaseError).map(\.reason.rawValue) ?? "\(error)"
      say("refused \(key) \(reason)")
    }
  }

  private func write(_ key: String, _ token: Int64, says: Bool) async {
    var word = "failed"
    // The resource's connection may have broken long ago.
    for _ in 0..<2 where word == "failed" {
      do {
        if let number = try await resource.write(key, token: token) {
          records.add(LeaseRecord(.accepted, key, token, time: SharedTime.now, other: number))
          word = "accepted"
        } else {
          records.add(LeaseRecord(.rejected, key, token, time: SharedTime.now))
          word = "rejected"
        }
      } catch {}
    }
    if says { say("\(word) \(key)") }
  }

  private func contend(_ keyCount: Int, _ taskCount: Int, _ rounds: Int) async {
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<taskCount {
        group.addTask {
          for _ in 0..<rounds where !self.state.withValue({ $0.isStopped }) {
            await self.turn("key\(Int.random(in: 0..<keyCount))")
          }
        }
      }
    }
    let statistics = leases.statistics()
    say("contended \(statistics.grants) \(statistics.losses)")
  }

  private func turn(_ key: String) async {
    do {
      try await withRecords(key) { lease in
        await write(key, lease.fencingToken, says: false)
        if Bool.random() { await Task.yield() }
        await write(key, lease.fencingToken, says: false)
      }
    } catch is LeaseLostError {
    } catch {
      // The end, or a server that refuses for a moment.
      guard (error as? LeaseError)?.reason != .notRunning else { return }
      say("refused \(key) \(error)")
      try? await Task.sleep(for: .milliseconds(20))
    }
  }
}
