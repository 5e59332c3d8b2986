internal import CLockTable

// Limits on waits, in nanoseconds of the core's clock. Each getter reads a clock, so it is called
// only once a key was found held.

extension ContinuousClock.Instant {
  /// This instant on the core's clock. The two clocks are read one after the other. A thread that
  /// loses its core in between would wait for that much longer. A thread seldom does so twice, so
  /// the earlier result counts.
  @usableFromInline
  var coreDeadline: UInt64 {
    min(
      ContinuousClock.now.duration(to: self).coreDeadline,
      ContinuousClock.now.duration(to: self).coreDeadline)
  }
}

extension Duration {
  /// The time on the core's clock that is this duration after now.
  @usableFromInline
  var coreDeadline: UInt64 {
    guard self > .zero else { return LT_NO_WAIT }
    guard self < .seconds(1 << 33) else { return LT_FOREVER }
    return lt_deadline_after_ns(nanosecondsRoundedUp)
  }

  /// Valid for durations above zero and below 2³³ seconds, which is what fits.
  var nanosecondsRoundedUp: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(seconds) * 1_000_000_000 + (UInt64(attoseconds) + 999_999_999) / 1_000_000_000
  }
}

/// The thread that keeps the deadlines of tasks, for all tables of the process.
package enum DeadlineTimer {
  /// True from the first wait with a deadline until a second after the last one.
  package static var isRunning: Bool { lt_timer_is_running() }
}
