import LockTable
import LockTableLeases
import LockTableLeasesTesting
import LockTableTesting
import Testing

/// What stands for a process in the tests: a table, with a store of its own, whose faults a test
/// orders. All of them use one engine and one clock.
struct Processes: Sendable {
  let clock = ManualClock()
  let engine: MemoryLeaseEngine
  var configuration = LeaseConfiguration()

  init(duration: Duration = .seconds(15)) {
    engine = MemoryLeaseEngine(clock: clock)
    configuration.duration = duration
    configuration.clock = clock
  }

  func makeProcess() -> TableProcess {
    let store = FaultyLeaseStore(.memory(engine), clock: clock)
    let watched = WatchedStore(base: store)
    return TableProcess(
      store: store, watched: watched, clock: clock,
      table: LeaseTable(store: watched, namespace: "test", configuration: configuration))
  }
}

struct TableProcess: Sendable {
  let store: FaultyLeaseStore
  let watched: WatchedStore
  let clock: ManualClock
  let table: LeaseTable<String>

  /// Runs the table during `body`.
  nonisolated(nonsending) func running<Result: Sendable>(
    _ body: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    let run = Ending { [table] in try await table.run() }
    await until { watched.isConnected }
    do {
      let result = try await body()
      try await end(run)
      return result
    } catch {
      try await end(run)
      throw error
    }
  }

  /// Ends a run. What it waits for in vain takes no real time.
  private func end(_ run: Ending<Void>) async throws {
    run.cancel()
    while !run.hasEnded {
      for _ in 0..<5 where !run.hasEnded {
        try? await Task.sleep(for: .milliseconds(1))
      }
      if !run.hasEnded {
        clock.advance(by: .milliseconds(100))
      }
    }
    try await run.value()
  }
}

/// Tells when the store behind has connected for the first time: what happens before is not reported.
final class WatchedStore: LeaseStore {
  let base: FaultyLeaseStore
  private let connected = Guarded(false)

  init(base: FaultyLeaseStore) {
    self.base = base
  }

  var isConnected: Bool { connected.withValue { $0 } }
  var name: String { base.name }
  var expiry: LeaseExpiry { base.expiry }
  var isFair: Bool { base.isFair }

  nonisolated(nonsending) func run(
    as process: LeaseProcess, report: @escaping @Sendable (LeaseStoreChange) -> Void
  ) async throws(LeaseStoreError) {
    defer { connected.withValue { $0 = false } }
    try await base.run(as: process) { [connected] change in
      report(change)
      connected.withValue { $0 = true }
    }
  }

  nonisolated(nonsending) func acquire(
    _ claim: LeaseClaim, for duration: Duration, waits: Bool
  ) async throws(LeaseStoreError) -> LeaseAnswer {
    try await base.acquire(claim, for: duration, waits: waits)
  }

  nonisolated(nonsending) func renew(
    _ claims: [LeaseClaim], for duration: Duration
  ) async throws(LeaseStoreError) -> [LeaseRenewal] {
    try await base.renew(claims, for: duration)
  }

  nonisolated(nonsending) func release(
    _ claim: LeaseClaim
  ) async throws(LeaseStoreError) -> LeaseRelease {
    try await base.release(claim)
  }

  nonisolated(nonsending) func holdings(
    in namespace: String
  ) async throws(LeaseStoreError) -> [LeaseHolding] {
    try await base.holdings(in: namespace)
  }
}

func name(_ key: String) throws -> LeaseName {
  try #require(LeaseName(namespace: "test", key: key))
}

/// Waits for something that comes without a signal. A test that waits in vain is ended by its time
/// limit.
nonisolated(nonsending) func until(_ condition: () -> Bool) async {
  while !condition() {
    // A task that yields and yields takes the threads from the others.
    try? await Task.sleep(for: .milliseconds(1))
  }
}

/// Whether a task has ended, and how.
final class Ending<Value: Sendable>: Sendable {
  private let result = Guarded<Swift.Result<Value, any Error>?>(nil)
  private let task = Guarded<Task<Void, Never>?>(nil)

  init(_ operation: @escaping @Sendable () async throws -> Value) {
    let new = Task { [result] in
      let end: Swift.Result<Value, any Error>
      do {
        end = .success(try await operation())
      } catch {
        end = .failure(error)
      }
      result.withValue { $0 = end }
    }
    task.withValue { $0 = new }
  }

  var hasEnded: Bool { result.withValue { $0 != nil } }

  func cancel() { task.withValue { $0 }?.cancel() }

  func value() async throws -> Value {
    await task.withValue { $0 }?.value
    return try #require(result.withValue { $0 }).get()
  }

  func error() async -> (any Error)? {
    do {
      _ = try await value()
      return nil
    } catch {
      return error
    }
  }
}

extension Processes {
  /// Waits until a request that has failed waits for its repetition, and advances the clock by the
  /// longest such wait.
  ///
  /// - Parameter count: What else is scheduled: of a table that holds a lease, the renewal and the
  ///   end of what is not renewed.
  func letRetry(beside count: Int) async throws {
    try await clock.untilScheduledCount(reaches: count + 1)
    clock.advance(by: configuration.duration / 6)
  }

  /// Advances the clock until something has come that comes at some time.
  func advance(until condition: () -> Bool) async {
    while !condition() {
      clock.advance(by: .milliseconds(100))
      try? await Task.sleep(for: .milliseconds(1))
    }
  }

  var isEmpty: Bool { engine.nameCount == 0 && engine.waiterCount == 0 }
}

/// A hold that lasts until the test ends it.
final class Holder: Sendable {
  let lease: Lease
  let ending: Ending<Void>
  private let end: AsyncStream<Never>.Continuation

  init(_ table: LeaseTable<String>, _ key: String) async {
    let (stream, end) = AsyncStream<Never>.makeStream()
    let began = LeaseOccasion()
    ending = Ending {
      try await table.withLease(key) { lease in
        began.come(lease)
        for await _ in stream {}
      }
    }
    self.end = end
    lease = await began.lease()
  }

  func release() async throws {
    end.finish()
    try await ending.value()
  }
}

/// The begin of a hold.
final class LeaseOccasion: Sendable {
  private let stream = AsyncStream.makeStream(of: Lease.self)

  func come(_ lease: Lease) { stream.continuation.yield(lease) }

  func lease() async -> Lease {
    for await lease in stream.stream { return lease }
    fatalError("no lease")
  }
}
