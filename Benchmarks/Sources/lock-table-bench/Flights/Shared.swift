import Synchronization

/// One load for all who ask for a key meanwhile, written by hand.
protocol SingleFlight: Sendable {
  nonisolated(nonsending) func value(
    for key: Int, _ load: @escaping @Sendable () async throws -> Int
  ) async throws -> Int
}

/// What most programs have. No caller of it leaves when it is cancelled.
struct ActorFlight: SingleFlight {
  private actor Tasks {
    private var tasks: [Int: Task<Int, any Error>] = [:]

    func value(
      for key: Int, _ load: @escaping @Sendable () async throws -> Int
    ) async throws -> Int {
      if let task = tasks[key] { return try await task.value }
      let task = Task { try await load() }
      tasks[key] = task
      defer { tasks[key] = nil }
      return try await task.value
    }
  }

  private let tasks = Tasks()

  nonisolated(nonsending) func value(
    for key: Int, _ load: @escaping @Sendable () async throws -> Int
  ) async throws -> Int {
    try await tasks.value(for: key, load)
  }
}

/// The same without the hops to an actor, and with the same fault.
final class MutexFlight: SingleFlight {
  private let tasks = Mutex<[Int: Task<Int, any Error>]>([:])

  nonisolated(nonsending) func value(
    for key: Int, _ load: @escaping @Sendable () async throws -> Int
  ) async throws -> Int {
    let task = tasks.withLock { tasks in
      if let task = tasks[key] { return task }
      let task = Task { [self] in
        defer { self.tasks.withLock { $0[key] = nil } }
        return try await load()
      }
      tasks[key] = task
      return task
    }
    return try await task.value
  }
}
