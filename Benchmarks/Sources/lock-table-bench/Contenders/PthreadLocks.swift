#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if canImport(CDispatch)
  // See `Platform.swift`.
  import CDispatch
#endif

/// A lock of the C library's, in memory that does not move. Whatever has one destroys it.
///
/// The results of its functions are not looked at: C code does not, and these are the yardsticks.
protocol PthreadLock: Sendable {
  init()
  func destroy()
  func lockExclusive()
  func lockShared()
  func unlock()
}

struct PthreadMutex: PthreadLock, @unchecked Sendable {
  // Sound to share, here and below: a lock is made to be.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  func destroy() {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  @inline(__always)
  func lockExclusive() {
    _ = pthread_mutex_lock(mutex)
  }

  @inline(__always)
  func lockShared() {
    lockExclusive()
  }

  @inline(__always)
  func unlock() {
    _ = pthread_mutex_unlock(mutex)
  }
}

struct PthreadReadWriteLock: PthreadLock, @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

  init() {
    lock.initialize(to: pthread_rwlock_t())
    pthread_rwlock_init(lock, nil)
  }

  func destroy() {
    pthread_rwlock_destroy(lock)
    lock.deallocate()
  }

  #if canImport(Glibc)
    /// Lets no reader in while a writer waits, which other C libraries can't be told.
    static func writersFirst() -> Self {
      var attributes = pthread_rwlockattr_t()
      pthread_rwlockattr_init(&attributes)
      defer { pthread_rwlockattr_destroy(&attributes) }
      pthread_rwlockattr_setkind_np(
        &attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
      let made = Self()
      pthread_rwlock_destroy(made.lock)
      pthread_rwlock_init(made.lock, &attributes)
      return made
    }
  #endif

  @inline(__always)
  func lockExclusive() {
    _ = pthread_rwlock_wrlock(lock)
  }

  @inline(__always)
  func lockShared() {
    _ = pthread_rwlock_rdlock(lock)
  }

  @inline(__always)
  func unlock() {
    _ = pthread_rwlock_unlock(lock)
  }
}
