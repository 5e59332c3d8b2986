import LockTable

/// A way to hold a key shared.
enum SharedForm: CaseIterable, Sendable {
  case scoped, scopedWithTimeout, scopedWithDeadline
  case singleGuard, singleGuardWithTimeout, singleGuardWithDeadline
  case multiKey, multiKeyWithTimeout, multiKeyWithDeadline
  case multiGuard, multiGuardWithTimeout, multiGuardWithDeadline

  static let timed: [SharedForm] = allCases.filter(\.isTimed)

  var isTimed: Bool {
    switch self {
    case .scoped, .singleGuard, .multiKey, .multiGuard: false
    default: true
    }
  }

  /// Runs `body` on this thread while holding `key` shared.
  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  func runBlocking<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: () throws -> Void
  ) throws {
    switch self {
    case .scoped: try locks.withSharedLock(key, body)
    case .scopedWithTimeout: try locks.withSharedLock(key, timeout: limit, body)
    case .scopedWithDeadline: try locks.withSharedLock(key, until: .now + limit, body)
    case .multiKey: try locks.withLock(exclusive: [], shared: [key], body)
    case .multiKeyWithTimeout:
      try locks.withLock(exclusive: [], shared: [key], timeout: limit, body)
    case .multiKeyWithDeadline:
      try locks.withLock(exclusive: [], shared: [key], until: .now + limit, body)
    case .singleGuard, .singleGuardWithTimeout, .singleGuardWithDeadline:
      let held =
        switch self {
        case .singleGuardWithTimeout: try locks.acquireShared(key, timeout: limit)
        case .singleGuardWithDeadline: try locks.acquireShared(key, until: .now + limit)
        default: locks.acquireShared(key)
        }
      try body()
      held.release()
    case .multiGuard, .multiGuardWithTimeout, .multiGuardWithDeadline:
      let held =
        switch self {
        case .multiGuardWithTimeout:
          try locks.acquire(exclusive: [], shared: [key], timeout: limit)
        case .multiGuardWithDeadline:
          try locks.acquire(exclusive: [], shared: [key], until: .now + limit)
        default: locks.acquire(exclusive: [], shared: [key])
        }
      try body()
      held.release()
    }
  }

  /// Runs `body` in this task while holding `key` shared.
  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  nonisolated(nonsending) func run<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .scoped: try await locks.withSharedLock(key, body)
    case .scopedWithTimeout: try await locks.withSharedLock(key, timeout: limit, body)
    case .scopedWithDeadline: try await locks.withSharedLock(key, until: .now + limit, body)
    case .multiKey: try await locks.withLock(exclusive: [], shared: [key], body)
    case .multiKeyWithTimeout:
      try await locks.withLock(exclusive: [], shared: [key], timeout: limit, body)
    case .multiKeyWithDeadline:
      try await locks.withLock(exclusive: [], shared: [key], until: .now + limit, body)
    case .singleGuard, .singleGuardWithTimeout, .singleGuardWithDeadline:
      let held =
        switch self {
        case .singleGuardWithTimeout: try await locks.acquireShared(key, timeout: limit)
        case .singleGuardWithDeadline: try await locks.acquireShared(key, until: .now + limit)
        default: try await locks.acquireShared(key)
        }
      try await body()
      held.release()
    case .multiGuard, .multiGuardWithTimeout, .multiGuardWithDeadline:
      let held =
        switch self {
        case .multiGuardWithTimeout:
          try await locks.acquire(exclusive: [], shared: [key], timeout: limit)
        case .multiGuardWithDeadline:
          try await locks.acquire(exclusive: [], shared: [key], until: .now + limit)
        default: try await locks.acquire(exclusive: [], shared: [key])
        }
      try await body()
      held.release()
    }
  }
}
