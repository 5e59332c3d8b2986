import CMachine
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
  #if canImport(Darwin)
    var statistics = malloc_statistics_t()
    malloc_zone_statistics(nil, &statistics)
    return Int(statistics.size_in_use)
  #elseif canImport(Glibc)
    let information = mallinfo2()
    return Int(information.uordblks + information.hblkhd)
  #else
    return nil
  #endif
}

/// How many wanted to run, over the last minute; nil where the system does not tell.
func loadAverage() -> Double? {
  var load = 0.0
  return getloadavg(&load, 1) == 1 ? load : nil
}

/// What stands behind a name in one of Linux's files; nil where there is none.
func systemField(_ name: String, of path: String) -> String? {
  let lines = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n")
  let line = lines?.first { $0.hasPrefix(name) }
  return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
}

/// What was printed is to be seen, in a pipe as well.
func flushStandardOutput() { fflush(nil) }

/// Runs `body`, and returns how many instructions this thread executed in user mode; nil where the machine
/// does not count them, or not for this process.
func countingInstructions(_ body: () -> Void) -> Int? {
  let before = machine_instructions()
  body()
  let after = machine_instructions()
  return before < 0 || after < 0 ? nil : Int(after - before)
}
