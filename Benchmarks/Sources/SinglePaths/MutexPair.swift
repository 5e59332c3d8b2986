#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if canImport(CDispatch)
  // On Linux the compiler may take the C library's threads for a part of this module: it depends on the
  // order in which it reads the files.
  import CDispatch
#endif

extension Loop {
  /// A mutex of the C library, locked and unlocked: what a lock costs at least, on whatever machine.
  ///
  /// glibc leaves the atomics out of its mutexes while a process has one thread, which no server has: a
  /// second one must run.
  public static var mutexPair: Loop { MutexPair().loop }
}

final class MutexPair: @unchecked Sendable {
  // Sound to share: a mutex is there to be shared, and lies where it does not move.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  var loop: Loop {
    let counter = Counter()
    return Loop("pthread_mutex") { count in
      let mutex = self.mutex
      for _ in 0..<count {
        pthread_mutex_lock(mutex)
        counter.increment()
        pthread_mutex_unlock(mutex)
      }
    }
  }

  @inline(__always)
  func lockAndUnlock() {
    pthread_mutex_lock(mutex)
    pthread_mutex_unlock(mutex)
  }
}
