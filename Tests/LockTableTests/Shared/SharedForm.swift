import LockTable

/// A way to hold a key shared.
enum SharedForm: CaseIterable, Sendable {
  case scoped, scopedWithTimeout, scopedWithDeadline
  case guardian, guardianWithTimeout, guardianWithDeadline
  case several, severalWithTimeout, severalWithDeadline
  case guardians, guardiansWithTimeout, guardiansWithDeadline

  static let timed: [SharedForm] = allCases.filter(\.isTimed)

  var isTimed: Bool {
    switch self {
    case .scoped, .guardian, .several, .guardians: false
    default: true
    }
  }

  /// Runs `body` on this thread while holding `key` shared.
  func runBlocking<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: () throws -> Void
  ) throws {
    switch self {
    case .scoped: try locks.withSharedLock(key, body)
    case .scopedWithTimeout: try locks.withSharedLock(key, timeout: limit, body)
    case .scopedWithDeadline: try locks.withSharedLock(key, until: .now + limit, body)
    case .several: try locks.withLock(exclusive: [], shared: [key], body)
    case .severalWithTimeout:
      try locks.withLock(exclusive: [], shared: [key], timeout: limit, body)
    case .severalWithDeadline:
      try locks.withLock(exclusive: [], shared: [key], until: .now + limit, body)
    case .guardian, .guardianWithTimeout, .guardianWithDeadline:
      let guardian =
        switch self {
        case .guardianWithTimeout: try locks.acquireShared(key, timeout: limit)
        case .guardianWithDeadline: try locks.acquireShared(key, until: .now + limit)
        default: locks.acquireShared(key)
        }
      try body()
      guardian.release()
    case .guardians, .guardiansWithTimeout, .guardiansWithDeadline:
      let guardian =
        switch self {
        case .guardiansWithTimeout:
          try locks.acquire(exclusive: [], shared: [key], timeout: limit)
        case .guardiansWithDeadline:
          try locks.acquire(exclusive: [], shared: [key], until: .now + limit)
        default: locks.acquire(exclusive: [], shared: [key])
        }
      try body()
      guardian.release()
    }
  }

  /// Runs `body` in this task while holding `key` shared.
  nonisolated(nonsending) func run<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .scoped: try await locks.withSharedLock(key, body)
    case .scopedWithTimeout: try await locks.withSharedLock(key, timeout: limit, body)
    case .scopedWithDeadline: try await locks.withSharedLock(key, until: .now + limit, body)
    case .several: try await locks.withLock(exclusive: [], shared: [key], body)
    case .severalWithTimeout:
      try await locks.withLock(exclusive: [], shared: [key], timeout: limit, body)
    case .severalWithDeadline:
      try await locks.withLock(exclusive: [], shared: [key], until: .now + limit, body)
    case .guardian, .guardianWithTimeout, .guardianWithDeadline:
      let guardian =
        switch self {
        case .guardianWithTimeout: try await locks.acquireShared(key, timeout: limit)
        case .guardianWithDeadline: try await locks.acquireShared(key, until: .now + limit)
        default: try await locks.acquireShared(key)
        }
      try await body()
      guardian.release()
    case .guardians, .guardiansWithTimeout, .guardiansWithDeadline:
      let guardian =
        switch self {
        case .guardiansWithTimeout:
          try await locks.acquire(exclusive: [], shared: [key], timeout: limit)
        case .guardiansWithDeadline:
          try await locks.acquire(exclusive: [], shared: [key], until: .now + limit)
        default: try await locks.acquire(exclusive: [], shared: [key])
        }
      try await body()
      guardian.release()
    }
  }
}
