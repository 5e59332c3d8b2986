import Foundation

extension Loop {
  /// A mutex of the C library, locked and unlocked: what a lock costs at least, on whatever machine.
  ///
  /// glibc leaves the atomics out of its mutexes while a process has one thread, which no server has: a
  /// second one must run.
  public static var mutexPair: Loop { MutexPair().loop }
}

struct MutexPair: @unchecked Sendable {
  // Sound to share: a mutex is there to be shared, and lies where it does not move. It is never freed, as a
  // `Counter`.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(mutex, nil) }

  var loop: Loop {
    let counter = Counter()
    return Loop("pthread_mutex") { count in
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
