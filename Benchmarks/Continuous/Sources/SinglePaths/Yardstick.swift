import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A mutex of the C library: what a lock costs at least, on whatever machine.
public final class Yardstick: @unchecked Sendable {
  // Sound to share: a mutex is there to be shared, and the counter is only used inside it. It lies where
  // it does not move.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var counter = 0

  /// A mutex, and a second thread.
  public init() {
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    Self.secondThread()
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Locks and unlocks so many times.
  @inline(never)
  public func run(_ count: Int) {
    for _ in 0..<count {
      pthread_mutex_lock(mutex)
      counter &+= 1
      pthread_mutex_unlock(mutex)
    }
  }

  private static let started: Void = Thread.detachNewThread {
    while true { sleep(3_600) }
  }

  /// glibc leaves the atomics out of its mutexes while a process has one thread, which no server has.
  private static func secondThread() {
    _ = started
  }
}
