/// An actor that keeps the continuations of those who wait, key by key. A key that nobody holds is not
/// in the dictionary.
actor ContinuationActor<Key: BenchKey>: AsyncContender {
  private var waiters: [Key: [CheckedContinuation<Void, Never>]] = [:]

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    await acquire(key)
    body()
    await release(key)
  }

  @inline(__always)
  nonisolated(nonsending) func runAcrossYield(
    _ key: Key, _ begin: () -> Void, _ end: () -> Void
  ) async {
    await acquire(key)
    begin()
    await Task.yield()
    end()
    await release(key)
  }

  func acquire(_ key: Key) async {
    if waiters[key] == nil {
      waiters[key] = []
      return
    }
    await withCheckedContinuation { continuation in
      waiters[key]?.append(continuation)
    }
  }

  func release(_ key: Key) {
    guard let waiting = waiters[key], !waiting.isEmpty else {
      waiters[key] = nil
      return
    }
    waiters[key]?.removeFirst().resume()
  }
}
