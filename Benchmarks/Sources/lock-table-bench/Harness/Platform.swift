import CHeapUse
import CMachine

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

// Everything that this program asks of the operating system.

/// Nanoseconds of the monotonic clock. Reading it takes about 25 ns, which is the floor of the
/// latencies.
@inline(__always)
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Computes for that long, as work inside a lock does.
@inline(never)
func spin(nanoseconds: UInt64) {
  let end = monotonicNanoseconds() + nanoseconds
  while monotonicNanoseconds() < end {}
}

func sleepThread(seconds: Double) {
  let nanoseconds = UInt64(seconds * 1e9)
  var time = timespec()
  time.tv_sec = numericCast(nanoseconds / 1_000_000_000)
  time.tv_nsec = numericCast(nanoseconds % 1_000_000_000)
  nanosleep(&time, nil)
}

func yieldThread() { sched_yield() }

var coreCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

var standardErrorIsTerminal: Bool { isatty(2) == 1 }

func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    _ = write(2, bytes.baseAddress, bytes.count)
  }
}

/// Bytes that the process has allocated and not freed, or nil where the C library can't tell.
func allocatedBytes() -> Int? {
  let bytes = heap_bytes_in_use()
  return bytes < 0 ? nil : Int(bytes)
}

/// How many wanted to run, over the last minute; nil where the system does not tell.
func loadAverage() -> Double? {
  var load = 0.0
  return getloadavg(&load, 1) == 1 ? load : nil
}

/// Keeps the calling thread on one core, counted over and over again. Does nothing where the system
/// has no way to.
func stayOnCore(_ number: Int) { _ = machine_stay_on_core(Int32(number)) }

/// What was printed is to be seen, in a pipe as well.
func flushStandardOutput() { fflush(nil) }

/// A thread of the operating system. Not a task: the pool's threads are not to be blocked, and there
/// are only as many of them as cores.
struct WorkerThread {
  #if canImport(Darwin)
    private let handle: pthread_t?
  #else
    private let handle: pthread_t
  #endif

  private final class Start {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread.
  ///
  /// Neither this nor its callers may be isolated to an actor: the closure that C calls would be,
  /// too, and would trap on the new thread.
  init(stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }
    let start = Unmanaged.passRetained(Start(body)).toOpaque()
    #if canImport(Darwin)
      var handle: pthread_t?
      let status = pthread_create(&handle, &attributes, { Self.enter($0) }, start)
    #else
      var handle = pthread_t()
      let status = pthread_create(&handle, &attributes, { Self.enter($0) }, start)
    #endif
    precondition(status == 0, "a thread could not be started (error \(status))")
    self.handle = handle
  }

  private static func enter(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let start { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
    return nil
  }

  func join() {
    #if canImport(Darwin)
      if let handle { pthread_join(handle, nil) }
    #else
      pthread_join(handle, nil)
    #endif
  }
}
