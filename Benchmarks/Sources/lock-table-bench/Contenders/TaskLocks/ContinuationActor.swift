/// An actor that keeps the continuations of those who wait, key by key. A key that nobody holds is not
/// in the dictionary.
actor ContinuationActor<Key: Hashable & Sendable> {
  private var waiters: [Key: [CheckedContinuation<Void, Never>]] = [:]

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
