internal import CLockTable

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The wait of a thread whose limit is kept by its table's clock, or that waits for a flight: a
/// suspension whose continuation wakes the thread. The core keeps the limits of all other threads
/// itself.
enum ThreadSuspension {
  /// Takes over the pin at `index` of `count`, which is marked, blocks the thread, and returns the
  /// hold, or the reason why there is none. Traps if memory runs out.
  static func hold(
    of pin: lt_hold_t, index: Int = 0, count: Int = 1, permits: UInt32 = 0, mostWaiters: UInt32,
    until alarm: Alarm
  ) -> lt_hold_t {
    guard let suspension = lt_suspension_create(pin, LT_REFUSABLE, resume) else {
      outOfMemory("a wait")
    }
    if count > 1 {
      lt_suspension_set_part(suspension, index, count)
    }
    if mostWaiters != LT_ANY_NUMBER {
      lt_suspension_set_limit(suspension, mostWaiters)
    }
    if permits > 1 {
      lt_suspension_set_permits(suspension, permits)
    }
    lt_suspension_set_thread(suspension)
    alarm.attach(suspension)
    _ = sleep(on: suspension)
    alarm.detach()
    return lt_suspension_end(suspension)
  }

  /// Waits for a pinned key, or for the flight of it, if one is under way: in a table for flights.
  /// Takes over the pin, and blocks the thread. Traps if memory runs out.
  static func flight(of pin: lt_hold_t, _ wait: LimitedWait) -> FlightWait {
    guard let suspension = lt_suspension_create(pin, wait.deadline, resume) else {
      outOfMemory("a wait")
    }
    if wait.mostWaiters != LT_ANY_NUMBER {
      lt_suspension_set_limit(suspension, wait.mostWaiters)
    }
    lt_suspension_set_thread(suspension)
    wait.alarm?.attach(suspension)
    let status = sleep(on: suspension)
    wait.alarm?.detach()
    return FlightWait(ending: suspension, as: status)
  }

  /// Blocks the thread until the suspension is over.
  private static func sleep(on suspension: OpaquePointer) -> UInt32 {
    let signal = Signal()
    var status = LT_SUSPENDED
    repeat {
      // The core resumes each beginning that it suspends once, and no other.
      let continuation = Unmanaged.passRetained(signal)
      if lt_suspension_begin(suspension, continuation.toOpaque()) == LT_SUSPENDED {
        lt_suspension_note_sleep(suspension)
        signal.wait()
      } else {
        continuation.release()
      }
      status = lt_suspension_poll(suspension)
    } while status == LT_SUSPENDED
    return status
  }

  private static let resume: @convention(c) (UnsafeMutableRawPointer) -> Void = {
    // Sound: `sleep` has retained the signal for this one call.
    Unmanaged<Signal>.fromOpaque($0).takeRetainedValue().give()
  }
}

/// Wakes one thread, once for each wait.
private final class Signal: @unchecked Sendable {
  // Sound to share: only the holder of the mutex reaches the flag.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var isGiven = false

  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    condition = .allocate(capacity: 1)
    condition.initialize(to: pthread_cond_t())
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    condition.deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func give() {
    pthread_mutex_lock(mutex)
    isGiven = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func wait() {
    pthread_mutex_lock(mutex)
    while !isGiven {
      pthread_cond_wait(condition, mutex)
    }
    isGiven = false
    pthread_mutex_unlock(mutex)
  }
}
