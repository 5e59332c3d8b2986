import Synchronization

/// A semaphore for tasks with one permit: what such packages come down to, without cancellation.
private final class AsyncSemaphore: Sendable {
  private struct State {
    var isTaken = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  nonisolated(nonsending) func wait() async {
    if state.withLock({ Self.take(&$0) }) {
      return
    }
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        guard !Self.take(&state) else { return true }
        state.waiters.append(continuation)
        return false
      }
      if isTaken {
        continuation.resume()
      }
    }
  }

  func signal() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
      state.isTaken = false
      return nil
    }
    next?.resume()
  }

  private static func take(_ state: inout State) -> Bool {
    defer { state.isTaken = true }
    return !state.isTaken
  }
}

/// A dictionary of semaphores that are counted, so that the last to leave removes the key.
final class SemaphoreDictionary<Key: BenchKey>: AsyncContender {
  private final class Entry: @unchecked Sendable {
    // Sound to share: `users` is only used inside the dictionary's lock.
    let semaphore = AsyncSemaphore()
    var users = 0
  }

  private let entries = Mutex<[Key: Entry]>([:])

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    let entry = enter(key)
    await entry.semaphore.wait()
    body()
    entry.semaphore.signal()
    leave(key, entry)
  }

  private func enter(_ key: Key) -> Entry {
    entries.withLock { entries in
      join(&entries[key, default: Entry()])
    }
  }

  /// In the dictionary's own slot: the key is looked up once, be there an entry or not.
  private func join(_ entry: inout Entry) -> Entry {
    entry.users += 1
    return entry
  }

  private func leave(_ key: Key, _ entry: Entry) {
    entries.withLock { entries in
      entry.users -= 1
      if entry.users == 0 {
        entries[key] = nil
      }
    }
  }
}

/// Several such dictionaries, so that tasks with different keys seldom meet at one.
final class StripedSemaphoreDictionary<Key: BenchKey>: AsyncContender {
  private let stripes = (0..<stripeCount).map { _ in SemaphoreDictionary<Key>() }

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    await stripes[key.hashValue & (stripeCount - 1)].runSuspending(key, body)
  }
}
