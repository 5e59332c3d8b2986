/// The yardstick: one mutex for everything.
final class OnePthreadMutex<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a mutex is made to be.
  private let mutex = UnsafeMutablePointer<PthreadMutex>.allocate(capacity: 1)

  init() {
    mutex.initializeMutex()
  }

  deinit {
    mutex.destroyMutex()
    mutex.deallocate()
  }

  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    mutex.lock()
    body()
    mutex.unlock()
  }
}

/// The yardstick where there are readers: one lock for everything.
final class OneReadWriteLock<Key: BenchKey>: Contender, @unchecked Sendable {
  // Sound to share: a lock is made to be.
  private let lock = UnsafeMutablePointer<PthreadReadWriteLock>.allocate(capacity: 1)

  /// With the C library's attributes, or those that let no reader in while a writer waits.
  init(writersFirst: Bool = false) {
    lock.initializeLock(writersFirst: writersFirst)
  }

  deinit {
    lock.destroyLock()
    lock.deallocate()
  }

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
final class NoLock<Key: BenchKey>: Contender {
  @inline(__always)
  func run(_ key: Key, _ body: () -> Void) {
    body()
  }
}
