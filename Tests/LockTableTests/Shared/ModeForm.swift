import LockTable

/// A way to hold a key in a mode that is an argument.
enum ModeForm: CaseIterable, Sendable {
  case scoped, scopedWithTimeout, scopedWithDeadline
  case held, heldWithTimeout, heldWithDeadline

  static let timed: [ModeForm] = allCases.filter { $0 != .scoped && $0 != .held }

  /// Runs `body` on this thread while holding `key`.
  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  func runBlocking<Key>(
    _ key: Key, _ mode: LockMode, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: () throws -> Void
  ) throws {
    switch self {
    case .scoped: try locks.withLock(key, mode: mode, body)
    case .scopedWithTimeout: try locks.withLock(key, mode: mode, timeout: limit, body)
    case .scopedWithDeadline: try locks.withLock(key, mode: mode, until: .now + limit, body)
    case .held, .heldWithTimeout, .heldWithDeadline:
      let held =
        switch self {
        case .heldWithTimeout: try locks.acquire(key, mode: mode, timeout: limit)
        case .heldWithDeadline: try locks.acquire(key, mode: mode, until: .now + limit)
        default: locks.acquire(key, mode: mode)
        }
      try body()
      held.release()
    }
  }

  /// Runs `body` in this task while holding `key`.
  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  nonisolated(nonsending) func run<Key>(
    _ key: Key, _ mode: LockMode, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .scoped: try await locks.withLock(key, mode: mode, body)
    case .scopedWithTimeout: try await locks.withLock(key, mode: mode, timeout: limit, body)
    case .scopedWithDeadline: try await locks.withLock(key, mode: mode, until: .now + limit, body)
    case .held, .heldWithTimeout, .heldWithDeadline:
      let held =
        switch self {
        case .heldWithTimeout: try await locks.acquire(key, mode: mode, timeout: limit)
        case .heldWithDeadline: try await locks.acquire(key, mode: mode, until: .now + limit)
        default: try await locks.acquire(key, mode: mode)
        }
      try await body()
      held.release()
    }
  }
}

extension LockMode {
  static let both: [LockMode] = [.exclusive, .shared]
}
