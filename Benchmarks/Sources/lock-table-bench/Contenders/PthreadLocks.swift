import Foundation

/// A lock of the C library's. Whatever has one destroys it.
///
/// The results of its functions are not looked at: C code does not, and these are the yardsticks.
protocol PthreadLock: Sendable {
  associatedtype Content
  init()
  var memory: LockMemory<Content> { get }
  func destroy()
  func lockExclusive()
  func lockShared()
  func unlock()
}

/// Memory for a lock, which does not move, and for the number of its users in a dictionary of counted locks.
struct LockMemory<Lock>: @unchecked Sendable {
  // Sound to share: a lock is made to be, and `users` is only used inside the dictionary's.
  let content = UnsafeMutablePointer<(lock: Lock, users: Int)>.allocate(capacity: 1)

  init() { content.pointee.users = 0 }

  /// Sound: the first element of a tuple is at its address.
  @inline(__always)
  var lock: UnsafeMutablePointer<Lock> {
    UnsafeMutableRawPointer(content).assumingMemoryBound(to: Lock.self)
  }
}

struct PthreadMutex: PthreadLock {
  let memory = LockMemory<pthread_mutex_t>()

  init() { pthread_mutex_init(memory.lock, nil) }

  func destroy() {
    pthread_mutex_destroy(memory.lock)
    memory.content.deallocate()
  }

  @inline(__always)
  func lockExclusive() { _ = pthread_mutex_lock(memory.lock) }

  @inline(__always)
  func lockShared() { lockExclusive() }

  @inline(__always)
  func unlock() { _ = pthread_mutex_unlock(memory.lock) }
}

struct PthreadReadWriteLock: PthreadLock {
  let memory = LockMemory<pthread_rwlock_t>()

  init() { self.init(nil) }

  private init(_ attributes: UnsafePointer<pthread_rwlockattr_t>?) {
    pthread_rwlock_init(memory.lock, attributes)
  }

  func destroy() {
    pthread_rwlock_destroy(memory.lock)
    memory.content.deallocate()
  }

  #if canImport(Glibc)
    /// Lets no reader in while a writer waits, which other C libraries can't be told.
    static func writersFirst() -> Self {
      let attributes = UnsafeMutablePointer<pthread_rwlockattr_t>.allocate(capacity: 1)
      defer { attributes.deallocate() }
      pthread_rwlockattr_init(attributes)
      pthread_rwlockattr_setkind_np(
        attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
      return Self(attributes)
    }
  #endif

  @inline(__always)
  func lockExclusive() { _ = pthread_rwlock_wrlock(memory.lock) }

  @inline(__always)
  func lockShared() { _ = pthread_rwlock_rdlock(memory.lock) }

  @inline(__always)
  func unlock() { _ = pthread_rwlock_unlock(memory.lock) }
}
