import Synchronization

/// A semaphore for tasks with one permit: what such packages come down to, without cancellation.
final class AsyncSemaphore: CountedLock {
  /// Those who wait; nil while nobody has the permit.
  private let waiters = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

  nonisolated(nonsending) func wait() async {
    if waiters.withLock({ Self.take(&$0) }) { return }
    await withCheckedContinuation { continuation in
      let isTaken = waiters.withLock { waiters in
        guard !Self.take(&waiters) else { return true }
        waiters?.append(continuation)
        return false
      }
      if isTaken { continuation.resume() }
    }
  }

  func signal() {
    let next = waiters.withLock { waiters -> CheckedContinuation<Void, Never>? in
      if waiters?.isEmpty == false { return waiters?.removeFirst() }
      waiters = nil
      return nil
    }
    next?.resume()
  }

  private static func take(_ waiters: inout [CheckedContinuation<Void, Never>]?) -> Bool {
    guard waiters == nil else { return false }
    waiters = []
    return true
  }
}

final class SemaphoreDictionary<Key: BenchKey>: AsyncContender, Stripe {
  private let entries = Mutex<[Key: CountedEntry<AsyncSemaphore>]>([:])

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    let entry = entries.withLock { $0.enter(key) }
    await entry.lock.wait()
    body()
    entry.lock.signal()
    entries.withLock { $0.leave(key, entry) }
  }

  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    let entry = entries.withLock { $0.enter(key) }
    await entry.lock.wait()
    begin()
    await Task.yield()
    end()
    entry.lock.signal()
    entries.withLock { $0.leave(key, entry) }
  }
}
