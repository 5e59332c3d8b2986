import Synchronization

// Semaphores for tasks by key, as people write them: that of a key stays for as long as it is needed.
// But for one they can't be cancelled: a task that waits stays in line, whatever becomes of its request.

/// What limits how many tasks have a key at a time.
protocol PermitContender: Sendable {
  nonisolated(nonsending) func runAcrossYield(_ key: Int) async
}

/// One semaphore: a lock, a count, and an array of continuations.
final class CountingSemaphore: CountedLock {
  private struct State {
    var left: Int
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(permits: Int) {
    state = Mutex(State(left: permits))
  }

  convenience init() { self.init(permits: PermitTargets.permits) }

  nonisolated(nonsending) func wait() async {
    if state.withLock({ Self.take(&$0) }) { return }
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        guard !Self.take(&state) else { return true }
        state.waiters.append(continuation)
        return false
      }
      if isTaken { continuation.resume() }
    }
  }

  func signal() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard !state.waiters.isEmpty else {
        state.left += 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    next?.resume()
  }

  private static func take(_ state: inout State) -> Bool {
    guard state.left > 0 else { return false }
    state.left -= 1
    return true
  }
}

/// A dictionary of them under a lock.
final class CountingDictionary: PermitContender {
  private let entries = Mutex<[Int: CountedEntry<CountingSemaphore>]>([:])

  nonisolated(nonsending) func runAcrossYield(_ key: Int) async {
    let entry = entries.withLock { $0.enter(key) }
    await entry.lock.wait()
    await Task.yield()
    entry.lock.signal()
    entries.withLock { $0.leave(key, entry) }
  }
}

/// One that can be cancelled, as those in packages are: a recursive lock, and an object for each that
/// waits, which knows how far it has come.
final class CancellableSemaphore: CountedLock {
  private final class Wait: @unchecked Sendable {
    // Sound: changes under the semaphore's lock only.
    enum State {
      case pending
      case suspended(UnsafeContinuation<Void, any Error>)
      case resumed
    }
    var state = State.pending
  }

  private struct Waits: @unchecked Sendable {
    var left: Int
    var waiters: [Wait] = []
  }

  private let state: Mutex<Waits>

  init() { state = Mutex(Waits(left: PermitTargets.permits)) }

  nonisolated(nonsending) func waitUnlessCancelled() async throws {
    try Task.checkCancellation()
    if state.withLock({ Self.take(&$0) }) { return }
    let wait = Wait()
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if case .resumed = wait.state { return .failure(CancellationError()) }
          guard !Self.take(&state) else {
            wait.state = .resumed
            return .success(())
          }
          wait.state = .suspended(continuation)
          state.waiters.insert(wait, at: 0)
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      cancel(wait)
    }
  }

  private static func take(_ state: inout Waits) -> Bool {
    guard state.left > 0 else { return false }
    state.left -= 1
    return true
  }

  private func cancel(_ wait: Wait) {
    let continuation = state.withLock { state -> UnsafeContinuation<Void, any Error>? in
      defer { wait.state = .resumed }
      guard case .suspended(let continuation) = wait.state else { return nil }
      state.waiters.removeAll { $0 === wait }
      return continuation
    }
    continuation?.resume(throwing: CancellationError())
  }

  func signal() {
    let next = state.withLock { state -> UnsafeContinuation<Void, any Error>? in
      guard let wait = state.waiters.popLast(), case .suspended(let continuation) = wait.state
      else {
        state.left += 1
        return nil
      }
      wait.state = .resumed
      return continuation
    }
    next?.resume()
  }
}

/// A dictionary of those under a lock.
final class CancellableDictionary: PermitContender {
  private let entries = Mutex<[Int: CountedEntry<CancellableSemaphore>]>([:])

  nonisolated(nonsending) func runAcrossYield(_ key: Int) async {
    let entry = entries.withLock { $0.enter(key) }
    if (try? await entry.lock.waitUnlessCancelled()) != nil {
      await Task.yield()
      entry.lock.signal()
    }
    entries.withLock { $0.leave(key, entry) }
  }
}

/// An actor that keeps the count and the continuations of each key.
actor CountingActor: PermitContender {
  private struct Entry {
    var out = 0
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private var entries: [Int: Entry] = [:]

  nonisolated(nonsending) func runAcrossYield(_ key: Int) async {
    await acquire(key)
    await Task.yield()
    await release(key)
  }

  private func acquire(_ key: Int) async {
    guard entries[key, default: Entry()].out == PermitTargets.permits else {
      entries[key, default: Entry()].out += 1
      return
    }
    await withCheckedContinuation { entries[key]?.waiters.append($0) }
  }

  private func release(_ key: Int) {
    guard var entry = entries.removeValue(forKey: key) else { return }
    if !entry.waiters.isEmpty {
      entry.waiters.removeFirst().resume()
    } else {
      entry.out -= 1
    }
    if entry.out > 0 {
      entries[key] = entry
    }
  }
}
