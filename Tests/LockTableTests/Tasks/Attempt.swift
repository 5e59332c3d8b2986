import LockTable

/// How an attempt to get at a key has ended.
enum Outcome: Sendable, Hashable {
  case had, cancelled, timedOut, crowded, closed, deadlocked, exceeded
  case failed(String)

  init(_ error: any Error) {
    switch (error, (error as? LockTableError)?.reason) {
    case (is CancellationError, _): self = .cancelled
    case (_, .timedOut): self = .timedOut
    case (_, .tooManyWaiters): self = .crowded
    case (_, .closed): self = .closed
    case (_, .deadlock): self = .deadlocked
    case (_, .exceedsCapacity): self = .exceeded
    default: self = .failed("\(error)")
    }
  }

  /// Of a task that does not wait for anything else.
  static func of(_ body: @Sendable () async throws -> Void) async -> Outcome {
    do {
      try await body()
      return .had
    } catch {
      return Outcome(error)
    }
  }

  /// Of a thread.
  static func ofThread(_ body: () throws -> Void) -> Outcome {
    do {
      try body()
      return .had
    } catch {
      return Outcome(error)
    }
  }
}

/// A task that tries something, and how that went.
struct Attempt: Sendable {
  private struct Record {
    var outcome: Outcome?
    var endings = 0
  }

  private let record: Guarded<Record>
  private let ended: Gate
  let task: Task<Void, Never>

  /// Starts a task. On a stepped executor, nothing has happened yet.
  init(
    on executor: (any TaskExecutor)? = nil, priority: TaskPriority? = nil,
    _ body: @escaping @Sendable () async throws -> Void
  ) {
    let record = Guarded(Record())
    let ended = Gate()
    self.record = record
    self.ended = ended
    task = Task(executorPreference: executor, priority: priority) {
      let outcome = await Outcome.of(body)
      record.withLock {
        $0.outcome = outcome
        $0.endings += 1
      }
      ended.open()
    }
  }

  /// Nil: it has not ended. Traps if it has ended twice.
  var outcome: Outcome? {
    record.withLock {
      precondition($0.endings <= 1, "a task was resumed twice")
      return $0.outcome
    }
  }

  func cancel() {
    task.cancel()
  }

  /// Waits for its end. For threads; once.
  func join() {
    ended.pass()
  }
}

extension Sequence<Attempt> {
  /// What outcomes there are among them.
  var outcomes: Set<Outcome?> { Set(map(\.outcome)) }
}

extension SteppedExecutor {
  /// Starts a task and runs it until it has ended or is suspended.
  func start(_ body: @escaping @Sendable () async throws -> Void) -> Attempt {
    let attempt = Attempt(on: self, body)
    drain()
    return attempt
  }
}

/// Where a task waits until it is told to go on.
final class Halt: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Guarded(State())

  nonisolated(nonsending) func pass() async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isOpen = state.withLock {
        if !$0.isOpen {
          $0.waiting.append(continuation)
        }
        return $0.isOpen
      }
      if isOpen {
        continuation.resume()
      }
    }
  }

  /// Lets all pass, now and later.
  func open() {
    let waiting = state.withLock {
      $0.isOpen = true
      let waiting = $0.waiting
      $0.waiting = []
      return waiting
    }
    for continuation in waiting {
      continuation.resume()
    }
  }
}

/// A way for a task to wait for a key.
enum Form: CaseIterable, Sendable {
  case scoped, scopedWithTimeout, scopedWithDeadline
  case singleGuard, singleGuardWithTimeout, singleGuardWithDeadline
  case multiKey, multiKeyWithTimeout, multiKeyWithDeadline
  case multiGuard, multiGuardWithTimeout, multiGuardWithDeadline

  static let timed: [Form] = allCases.filter(\.isTimed)
  static let untimed: [Form] = allCases.filter { !$0.isTimed }

  var isTimed: Bool {
    switch self {
    case .scoped, .singleGuard, .multiKey, .multiGuard: false
    default: true
    }
  }

  /// Runs `body` while holding `key`. `limit` is for the forms that have one.
  // Optimised, it would be compiled for each kind of key and each body, which takes minutes. What
  // users' optimised code has is tested where a test calls the table itself.
  @_optimize(none)
  nonisolated(nonsending) func run<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .scoped: try await locks.withLock(key, body)
    case .scopedWithTimeout: try await locks.withLock(key, timeout: limit, body)
    case .scopedWithDeadline: try await locks.withLock(key, until: .now + limit, body)
    case .multiKey: try await locks.withLock(all: [key], body)
    case .multiKeyWithTimeout: try await locks.withLock(all: [key], timeout: limit, body)
    case .multiKeyWithDeadline: try await locks.withLock(all: [key], until: .now + limit, body)
    default: try await runGuarded(key, of: locks, limit: limit, body)
    }
  }

  // As above.
  @_optimize(none)
  private nonisolated(nonsending) func runGuarded<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration,
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .singleGuard, .singleGuardWithTimeout, .singleGuardWithDeadline:
      let held =
        switch self {
        case .singleGuardWithTimeout: try await locks.acquire(key, timeout: limit)
        case .singleGuardWithDeadline: try await locks.acquire(key, until: .now + limit)
        default: try await locks.acquire(key)
        }
      try await body()
      held.release()
    default:
      let held =
        switch self {
        case .multiGuardWithTimeout: try await locks.acquire(all: [key], timeout: limit)
        case .multiGuardWithDeadline: try await locks.acquire(all: [key], until: .now + limit)
        default: try await locks.acquire(all: [key])
        }
      try await body()
      held.release()
    }
  }
}

extension LockTableConfiguration.Fairness {
  static let both: [Self] = [.adaptive, .fifo]
}
