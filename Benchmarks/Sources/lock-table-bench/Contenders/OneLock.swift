/// The yardsticks: one lock for everything. Blocks a thread, be it the pool's.
final class OneLock<Key: BenchKey, Lock: PthreadLock>: BlocksInTasks {
  private let lock: Lock

  init(_ lock: Lock) { self.lock = lock }

  deinit { lock.destroy() }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    lock.lockExclusive()
    body()
    lock.unlock()
  }

  @inline(__always)
  func runShared(_ key: Key, _ body: () -> Void) {
    lock.lockShared()
    body()
    lock.unlock()
  }
}

/// The loop itself.
final class NoLock<Key: BenchKey>: BlocksInTasks {
  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) { body() }
}
