#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A value behind a plain mutex, which is held for a few instructions at a time. (ThreadSanitizer
/// does not see `Synchronization.Mutex`.)
package final class Guarded<Value>: @unchecked Sendable {
  // Sound to share: only the holder of the mutex reaches the value.
  @usableFromInline let mutex: PlainMutex
  // No use is checked for others at the same time: there are none while the mutex is held.
  @exclusivity(unchecked) @usableFromInline var value: Value

  @inlinable
  package init(_ value: Value) {
    self.value = value
    mutex = PlainMutex()
  }

  deinit {
    mutex.deallocate()
  }

  @inlinable
  package func withValue<Result>(_ body: (inout Value) -> Result) -> Result {
    mutex.lock()
    defer { mutex.unlock() }
    return body(&value)
  }
}

/// A mutex of the system's, in memory of its own. (Inlinable code can't name the system's type.)
@usableFromInline
struct PlainMutex: @unchecked Sendable {
  // Sound to share: a mutex is made for that.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  @usableFromInline
  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  func deallocate() {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  @usableFromInline
  func lock() { pthread_mutex_lock(mutex) }

  @usableFromInline
  func unlock() { pthread_mutex_unlock(mutex) }
}
