#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if canImport(CDispatch)
  // Dispatch's own module. On Linux the compiler may take the C library's threads for a part of it: it
  // depends on the order in which it reads the files.
  import CDispatch
#endif

/// A lock of the C library's. Whatever has one destroys it.
///
/// The results of its functions are not looked at: C code does not, and these are the yardsticks.
protocol PthreadLock: Sendable {
  init()
  /// For a dictionary of counted locks.
  var users: Int { get nonmutating set }
  func destroy()
  func lockExclusive()
  func lockShared()
  func unlock()
}

/// Memory for a lock, which does not move, and for the number of its users.
private struct LockMemory<Lock>: @unchecked Sendable {
  // Sound to share: a lock is made to be, and `users` is only used inside the dictionary's.
  let content = UnsafeMutablePointer<(lock: Lock, users: Int)>.allocate(capacity: 1)

  init(_ lock: Lock) { content.initialize(to: (lock, 0)) }

  /// Sound: the first element of a tuple is at its address.
  @inline(__always)
  var lock: UnsafeMutablePointer<Lock> {
    UnsafeMutableRawPointer(content).assumingMemoryBound(to: Lock.self)
  }
}

struct PthreadMutex: PthreadLock {
  private let memory = LockMemory(pthread_mutex_t())

  init() { pthread_mutex_init(memory.lock, nil) }

  var users: Int {
    get { memory.content.pointee.users }
    nonmutating set { memory.content.pointee.users = newValue }
  }

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
  private let memory = LockMemory(pthread_rwlock_t())

  init() { pthread_rwlock_init(memory.lock, nil) }

  var users: Int {
    get { memory.content.pointee.users }
    nonmutating set { memory.content.pointee.users = newValue }
  }

  func destroy() {
    pthread_rwlock_destroy(memory.lock)
    memory.content.deallocate()
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
      pthread_rwlock_destroy(made.memory.lock)
      pthread_rwlock_init(made.memory.lock, &attributes)
      return made
    }
  #endif

  @inline(__always)
  func lockExclusive() { _ = pthread_rwlock_wrlock(memory.lock) }

  @inline(__always)
  func lockShared() { _ = pthread_rwlock_rdlock(memory.lock) }

  @inline(__always)
  func unlock() { _ = pthread_rwlock_unlock(memory.lock) }
}
