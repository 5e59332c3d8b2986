#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// The C library's locks.

/// A lock of the C library's that can be part of something larger.
protocol PthreadLock {
  init()
  static func prepare(_ lock: UnsafeMutablePointer<Self>)
  static func finish(_ lock: UnsafeMutablePointer<Self>)
}

/// A mutex of the C library, in memory that does not move.
///
/// The functions are called on a pointer to it: passing `self` to C could pass a copy.
struct PthreadMutex: PthreadLock {
  private var mutex = pthread_mutex_t()

  static func prepare(_ lock: UnsafeMutablePointer<Self>) {
    lock.initializeMutex()
  }

  static func finish(_ lock: UnsafeMutablePointer<Self>) {
    lock.destroyMutex()
  }
}

extension UnsafeMutablePointer where Pointee == PthreadMutex {
  // Sound: the struct is the mutex and nothing else.
  @inline(__always)
  private var raw: UnsafeMutablePointer<pthread_mutex_t> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: pthread_mutex_t.self)
  }

  func initializeMutex() {
    initialize(to: PthreadMutex())
    pthread_mutex_init(raw, nil)
  }

  func destroyMutex() {
    pthread_mutex_destroy(raw)
  }

  // The results are not looked at: C code does not, and this is the yardstick.

  @inline(__always)
  func lock() {
    _ = pthread_mutex_lock(raw)
  }

  @inline(__always)
  func unlock() {
    _ = pthread_mutex_unlock(raw)
  }
}

/// A read-write lock of the C library, in memory that does not move.
struct PthreadReadWriteLock: PthreadLock {
  private var lock = pthread_rwlock_t()

  /// Can the C library be told to let no reader in while a writer waits?
  static var hasWritersFirst: Bool {
    #if canImport(Glibc)
      true
    #else
      false
    #endif
  }

  static func prepare(_ lock: UnsafeMutablePointer<Self>) {
    lock.initializeLock(writersFirst: false)
  }

  static func finish(_ lock: UnsafeMutablePointer<Self>) {
    lock.destroyLock()
  }
}

extension UnsafeMutablePointer where Pointee == PthreadReadWriteLock {
  // Sound: the struct is the lock and nothing else.
  @inline(__always)
  private var raw: UnsafeMutablePointer<pthread_rwlock_t> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: pthread_rwlock_t.self)
  }

  func initializeLock(writersFirst: Bool) {
    initialize(to: PthreadReadWriteLock())
    var attributes = pthread_rwlockattr_t()
    pthread_rwlockattr_init(&attributes)
    #if canImport(Glibc)
      if writersFirst {
        pthread_rwlockattr_setkind_np(
          &attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
      }
    #endif
    pthread_rwlock_init(raw, &attributes)
    pthread_rwlockattr_destroy(&attributes)
  }

  func destroyLock() {
    pthread_rwlock_destroy(raw)
  }

  @inline(__always)
  func lockShared() {
    _ = pthread_rwlock_rdlock(raw)
  }

  @inline(__always)
  func lockExclusive() {
    _ = pthread_rwlock_wrlock(raw)
  }

  @inline(__always)
  func unlock() {
    _ = pthread_rwlock_unlock(raw)
  }
}
