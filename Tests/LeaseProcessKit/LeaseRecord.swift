#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// One line of what a process writes down of its leases, for a check when all have ended.
package struct LeaseRecord: Sendable {
  package enum Kind: String, Sendable {
    /// A holder begins to believe that it holds the key. `other`: when it asked.
    case began
    /// It ceases to believe that. `other`: until when its lease was valid.
    case ended
    /// The call returned normally.
    case kept
    /// The call threw a loss.
    case lost
    /// The resource took a write. `other`: the number of the write at the resource.
    case accepted
    /// The resource did not take a write.
    case rejected
  }

  package var kind: Kind
  package var key: String
  package var token: Int64
  /// In nanoseconds of the machine's clock. See ``SharedTime``.
  package var time: Int64
  package var other: Int64

  package init(_ kind: Kind, _ key: String, _ token: Int64, time: Int64, other: Int64 = 0) {
    self.kind = kind
    self.key = key
    self.token = token
    self.time = time
    self.other = other
  }

  var line: String { "\(kind.rawValue) \(key) \(token) \(time) \(other)\n" }

  init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard fields.count == 5, let kind = Kind(rawValue: String(fields[0])),
      let token = Int64(fields[2]), let time = Int64(fields[3]), let other = Int64(fields[4])
    else { return nil }
    self.init(kind, String(fields[1]), token, time: time, other: other)
  }
}

/// Where a process writes its records. Each line is one system call, so that a killed process
/// leaves whole lines.
package final class LeaseRecordFile: Sendable {
  private let file: Int32

  package init(_ path: String) {
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
  }

  deinit { close(file) }

  package func add(_ record: LeaseRecord) {
    var line = record.line
    line.withUTF8 { bytes in _ = write(file, bytes.baseAddress, bytes.count) }
  }
}

/// Time in nanoseconds that all processes of the machine count from one moment, and that nobody
/// sets.
package struct SharedTime: Sendable {
  private let start: ContinuousClock.Instant
  private let startTime: Int64

  /// Compares the clocks. Again, if the process did not run between two looks at them.
  package init() {
    while true {
      let before = ContinuousClock.now
      let time = Self.now
      if before.duration(to: .now) < .milliseconds(1) {
        start = before
        startTime = time
        return
      }
    }
  }

  package static var now: Int64 {
    var time = timespec()
    #if os(Linux)
      // As ContinuousClock does: it goes on while the machine sleeps.
      clock_gettime(CLOCK_BOOTTIME, &time)
    #else
      clock_gettime(CLOCK_MONOTONIC, &time)
    #endif
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  package func time(of instant: ContinuousClock.Instant) -> Int64 {
    let (seconds, attoseconds) = start.duration(to: instant).components
    return startTime + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
