public import LockTable

/// A clock that stands still until a test advances it. For the timed forms of a table, which then
/// time out when the test says so, and not when a machine is slow:
///
///     let clock = ManualClock()
///     let locks = LockTable<String>(configuration: .init(clock: clock))
///     let held = try await locks.acquire("account-42")
///     async let second: Void = locks.withLock("account-42", timeout: .seconds(5)) { … }
///     try await locks.untilWaiterCount(of: "account-42", reaches: 1)
///     clock.advance(by: .seconds(5))              // second throws: .timedOut
///
/// A call's time begins when it finds its key held. So wait until it waits before you advance.
///
/// The clock also is a `Clock` of Swift's, for code that sleeps. One clock serves any number of
/// tables and sleepers.
public final class ManualClock: LockClock, Clock {
  /// A time of a manual clock. The instants of different clocks have nothing to do with each other.
  public struct Instant: InstantProtocol {
    /// The time since the clock's zero.
    public var time: Duration

    /// Makes the instant of that time.
    public init(time: Duration) {
      self.time = time
    }

    /// Returns the instant that comes so much later.
    public func advanced(by duration: Duration) -> Instant {
      Instant(time: time + duration)
    }

    /// Returns how much later the other comes.
    public func duration(to other: Instant) -> Duration {
      other.time - time
    }

    /// Returns the instant that comes so much later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
      instant.advanced(by: duration)
    }

    /// Whether the left one comes first.
    public static func < (left: Instant, right: Instant) -> Bool {
      left.time < right.time
    }
  }

  private let state: Guarded<State>
  private let conditions = Conditions()

  /// Makes a clock that shows that time.
  public init(time: Duration = .zero) {
    state = Guarded(State(time: time, end: time))
  }

  /// The time that the clock shows.
  public var time: Duration { state.withValue { $0.time } }

  /// The same, as Swift's clocks have it.
  public var now: Instant { Instant(time: time) }

  /// Zero: each time is exact.
  public var minimumResolution: Duration { .zero }

  /// The number of calls that are scheduled: one for each wait with a limit, of a table with this
  /// clock, and for each sleeper.
  public var scheduledCount: Int { state.withValue { $0.calls.count } }

  /// Advances the clock, step by step, to each time for which a call is scheduled. Makes these calls
  /// on this thread, in the order of their times, and those of one time in the order in which they
  /// were scheduled. What a call schedules is due as well, if it comes soon enough.
  ///
  /// What waited may not have run yet when this returns: a wait that has timed out resumes its task,
  /// or wakes its thread, which then runs in its own time.
  ///
  /// Traps if the duration is negative.
  public func advance(by duration: Duration) {
    guard duration >= .zero else {
      fatalError("LockTableTesting: a clock was to be advanced by \(duration); it never goes back")
    }
    state.withValue { $0.end += duration }
    while let action = state.withValue({ $0.takeNextDue() }) {
      action()
    }
  }

  /// Schedules a call. Tables do, and so may tests.
  ///
  /// - Returns: A function that cancels the call, if it has not begun.
  public func schedule(
    at time: Duration, _ action: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    let number = state.withValue { $0.add(at: time, action) }
    guard let number else {
      action()
      return {}
    }
    conditions.look()
    return { [state] in
      // The call ends after the mutex is unlocked: its action may own anything.
      _ = state.withValue { $0.calls.removeValue(forKey: number) }
    }
  }

  /// Suspends the task until the clock shows that time.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let occasion = Occasion()
    let cancel = schedule(at: deadline.time) { occasion.end(.came) }
    defer { cancel() }
    try await occasion.wait()
  }

  /// Waits until so many calls are scheduled, or more. A sleeper's call is scheduled when it sleeps,
  /// and a wait's before it joins the queue: see `untilWaiterCount(of:reaches:)`, which is better for
  /// waits. Suspends the task. Does not poll.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public nonisolated(nonsending) func untilScheduledCount(reaches count: Int) async throws {
    try await conditions.wait { [self] in scheduledCount >= count }
  }
}

private struct State {
  struct Call {
    let time: Duration
    let action: @Sendable () -> Void
  }

  /// What the clock shows, and where it is going: all calls until there are due.
  var time: Duration
  var end: Duration
  var calls: [Int: Call] = [:]
  private var lastNumber = 0

  init(time: Duration, end: Duration) {
    self.time = time
    self.end = end
  }

  /// Nil: that time has come already.
  mutating func add(at due: Duration, _ action: @escaping @Sendable () -> Void) -> Int? {
    guard due > time else { return nil }
    lastNumber += 1
    calls[lastNumber] = Call(time: due, action: action)
    return lastNumber
  }

  /// Advances to the next call that is due, or to the end.
  mutating func takeNextDue() -> (@Sendable () -> Void)? {
    let next = calls.min { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
    guard let (number, call) = next, call.time <= end else {
      time = end
      return nil
    }
    time = max(time, call.time)
    calls[number] = nil
    return call.action
  }
}
