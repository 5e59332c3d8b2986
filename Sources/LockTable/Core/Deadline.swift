public import CLockTable

// Limits on waits, in nanoseconds of the core's clock.

/// How long a call may wait, on the core's clock. Only a call that found its key held makes one.
@usableFromInline
@frozen
struct LimitedWait: Sendable {
  /// When the wait ends.
  @usableFromInline let deadline: UInt64
  /// When it began. Zero if no clock was read: it has no limit, or does not wait.
  @usableFromInline let start: UInt64
  /// How long it may last.
  @usableFromInline let limit: Duration?
  /// The most waiters that the key may have for the call to join them.
  @usableFromInline let mostWaiters: UInt32
  /// What ends it, if the table has a clock of its own.
  @usableFromInline let alarm: Alarm?
  /// How many permits it is for. Zero: for a lock.
  @usableFromInline let permits: UInt32

  @inlinable
  init(
    deadline: UInt64, start: UInt64 = 0, limit: Duration? = nil,
    mostWaiters: UInt32 = .max, alarm: Alarm? = nil, permits: UInt32 = 0
  ) {
    self.deadline = deadline
    self.start = start
    self.limit = limit
    self.mostWaiters = mostWaiters
    self.alarm = alarm
    self.permits = permits
  }

  /// The same wait, for permits.
  @usableFromInline
  func of(_ permits: UInt32) -> Self {
    Self(
      deadline: deadline, start: start, limit: limit, mostWaiters: mostWaiters, alarm: alarm,
      permits: permits)
  }

  /// A wait that only others end.
  @inlinable
  static func unlimited(_ maximumWaiters: Int?) -> Self {
    Self(deadline: LT_FOREVER, mostWaiters: mostWaiters(maximumWaiters))
  }

  /// The core's number for a limit. A call with a limit below one never waits.
  @usableFromInline
  static func mostWaiters(_ maximum: Int?) -> UInt32 {
    maximum.map { UInt32(min(max($0, 0), Int(Int32.max))) } ?? UInt32.max
  }
}

extension LimitedWait {
  /// The wait, measured by the clock of its table, from now on unless it is already. To the core, it
  /// then is one without a limit that can be refused.
  @usableFromInline
  func on(_ clock: (any LockClock)?) -> Self {
    guard let clock, alarm == nil, let limit, limit > .zero else { return self }
    return Self(
      deadline: LT_REFUSABLE, limit: limit, mostWaiters: mostWaiters,
      alarm: Alarm(clock, after: limit), permits: permits)
  }

  /// How long the wait has lasted so far. `joined` is when the core knows it to have begun, for a
  /// wait without a limit, or 0.
  func duration(since joined: UInt64 = 0) -> Duration {
    if let alarm { return alarm.elapsed }
    let start = start != 0 ? start : joined
    guard start != 0 else { return .zero }
    let now = lt_now_ns()
    return .nanoseconds(Int64(clamping: now > start ? now - start : 0))
  }
}

extension ContinuousClock.Instant {
  /// A wait that begins now and ends at this instant. The two clocks are read one after the other. A
  /// thread that loses its core in between would wait for that much longer. A thread seldom does so
  /// twice, so the earlier result counts.
  @usableFromInline
  func wait(_ maximumWaiters: Int?) -> LimitedWait {
    let first = ContinuousClock.now.duration(to: self).wait(maximumWaiters)
    let second = ContinuousClock.now.duration(to: self).wait(maximumWaiters)
    return first.deadline <= second.deadline ? first : second
  }
}

extension Duration {
  /// A wait that begins now and may last for this long. This reads a clock.
  @usableFromInline
  func wait(_ maximumWaiters: Int?) -> LimitedWait {
    let most = LimitedWait.mostWaiters(maximumWaiters)
    guard self > .zero else {
      return LimitedWait(deadline: LT_NO_WAIT, limit: self, mostWaiters: most)
    }
    let now = lt_now_ns()
    // A time that is too long for a clock is no limit, but the wait can fail for other reasons.
    guard self < .longestLimit else {
      return LimitedWait(deadline: LT_REFUSABLE, start: now, limit: self, mostWaiters: most)
    }
    // So is one that the kernel's signed numbers can't hold.
    let fits = nanosecondsRoundedUp <= UInt64(Int64.max) - now
    return LimitedWait(
      deadline: fits ? now + nanosecondsRoundedUp : LT_REFUSABLE, start: now, limit: self,
      mostWaiters: most)
  }

  /// As long as this, or longer, is no limit.
  static let longestLimit: Duration = .seconds(1 << 33)

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
