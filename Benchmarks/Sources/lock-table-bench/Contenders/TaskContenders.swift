import Synchronization

/// The actor's client.
final class ActorContender<Key: BenchKey>: AsyncContender {
  private let actor = ContinuationActor<Key>()

  @inline(__always)
  nonisolated(nonsending) func runSuspending(_ key: Key, _ body: () -> Void) async {
    await actor.acquire(key)
    body()
    await actor.release(key)
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
}
