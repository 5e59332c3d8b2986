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

  func makeProcess() -> Process {
    let store = FaultyLeaseStore(.memory(engine), clock: clock)
    return Process(
      store: store,
      table: LeaseTable(store: store, namespace: "test", configuration: configuration))
  }
}

struct Process: Sendable {
  let store: FaultyLeaseStore
  let table: LeaseTable<String>

  /// Runs the table during `body`.
  nonisolated(nonsending) func running<Result: Sendable>(
    _ body: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    let run = Task { [table] in try await table.run() }
    do {
      let result = try await body()
      run.cancel()
      try await run.value
      return result
    } catch {
      run.cancel()
      throw error
    }
  }
}

func name(_ key: String) throws -> LeaseName {
  try #require(LeaseName(namespace: "test", key: key))
}

/// Waits for something that comes without a signal. A test that waits in vain is ended by its time
/// limit.
nonisolated(nonsending) func until(_ condition: () -> Bool) async {
  while !condition() {
    await Task.yield()
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
