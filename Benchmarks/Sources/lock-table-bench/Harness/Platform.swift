import CMachine
import Dispatch
import Foundation

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

func sleepThread(seconds: Double) { Thread.sleep(forTimeInterval: seconds) }

func yieldThread() { sched_yield() }

var coreCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

var standardErrorIsTerminal: Bool { isatty(2) == 1 }

func writeToStandardError(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

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

/// What was printed is to be seen, in a pipe as well.
func flushStandardOutput() { fflush(nil) }

/// Runs `body`, and returns how many instructions this thread executed in user mode; nil where the machine
/// does not count them, or not for this process.
func countingInstructions(_ body: () -> Void) -> Int? {
  let counter = machine_instructions_open()
  defer { machine_instructions_close(counter) }
  body()
  let count = machine_instructions_read(counter)
  return count < 0 ? nil : Int(count)
}

/// A thread of the operating system. Not a task: the pool's threads are not to be blocked, and there
/// are only as many of them as cores.
struct WorkerThread {
  private let end = DispatchSemaphore(value: 0)

  init(stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [end] in
      body()
      end.signal()
    }
    if let stackBytes { thread.stackSize = stackBytes }
    thread.start()
  }

  /// Waits until `body` has returned. Only once.
  func join() { end.wait() }
}
