import Synchronization

/// A dictionary of the continuations of those who wait, key by key, and nothing else: what many would write
/// instead. A release hands the key over. A key that is not held is not in the dictionary.
final class ContinuationDictionary<Key: BenchKey>: AsyncContender, Stripe {
  private typealias Waiting = [UnsafeContinuation<Void, Never>]
  private let waiting = Mutex<[Key: Waiting]>([:])

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    if !waiting.withLock({ Self.take(&$0[key]) }) { await wait(for: key) }
    body()
    release(key)
  }

  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    if !waiting.withLock({ Self.take(&$0[key]) }) { await wait(for: key) }
    begin()
    await Task.yield()
    end()
    release(key)
  }

  private nonisolated(nonsending) func wait(for key: Key) async {
    await withUnsafeContinuation { continuation in
      let isTaken = waiting.withLock { waiting in
        guard !Self.take(&waiting[key]) else { return true }
        waiting[key]?.append(continuation)
        return false
      }
      if isTaken { continuation.resume() }
    }
  }

  private func release(_ key: Key) {
    let next = waiting.withLock { waiting -> UnsafeContinuation<Void, Never>? in
      if waiting[key]?.isEmpty == false { return waiting[key]?.removeFirst() }
      waiting[key] = nil
      return nil
    }
    next?.resume()
  }

  private static func take(_ waiting: inout Waiting?) -> Bool {
    guard waiting == nil else { return false }
    waiting = []
    return true
  }
}
