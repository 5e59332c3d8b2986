import Foundation
import Testing

extension Trait where Self == Watched {
  /// Lets a few tests run at a time, and ends the process, with a sentence, if one does not come to
  /// its end.
  static var watched: Self { Watched() }
}

struct Watched: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await TestTurns.shared.begin()
    defer { TestTurns.shared.end() }
    let ticket = Watchdog.shared.begin(test.name)
    defer { Watchdog.shared.end(ticket) }
    try await function()
  }
}

/// How many tests run at a time. With hundreds of them each waits for all others whenever it yields,
/// and whatever looks for something again and again, does so all the while.
private final class TestTurns: Sendable {
  static let shared = TestTurns()

  private struct State {
    var free = 8
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Guarded(State())

  func begin() async {
    await withCheckedContinuation { continuation in
      let begins = state.withLock { state in
        guard state.free > 0 else {
          state.waiters.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if begins {
        continuation.resume()
      }
    }
  }

  func end() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}

/// One thread that looks, once a second, for tests that have run for too long.
private final class Watchdog: Sendable {
  static let shared = Watchdog()

  private struct Watch {
    var name: String
    var end: ContinuousClock.Instant
  }

  private let watches = Guarded<[UUID: Watch]>([:])
  private let limit: Duration = .seconds(900)

  private init() {
    let thread = Thread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 1)
        check()
      }
    }
    thread.start()
  }

  func begin(_ name: String) -> UUID {
    let ticket = UUID()
    watches.withLock { $0[ticket] = Watch(name: name, end: .now + limit) }
    return ticket
  }

  func end(_ ticket: UUID) {
    watches.withLock { $0[ticket] = nil }
  }

  /// A test that hangs may keep others from going on: all that run are named.
  private func check() {
    let now = ContinuousClock.now
    let running = watches.withLock { Array($0.values) }
    if running.contains(where: { $0.end < now }) {
      let names = running.sorted { $0.end < $1.end }.map(\.name).joined(separator: ", ")
      fatalError("hung: not one of these tests may run for \(limit): \(names)")
    }
  }
}
