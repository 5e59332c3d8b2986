/// How long a call may wait for its keys, and behind how many others. The requirements of
/// ``KeyedLocking`` have it in place of `timeout:`, `until:` and `maximumWaiters:`.
public struct LockWaitLimits: Sendable, Hashable {
  /// How long a call may wait.
  public enum Time: Sendable, Hashable {
    /// Until the keys are available.
    case unlimited
    /// For this long, from when a key is found held.
    case timeout(Duration)
    /// Until this instant.
    case until(ContinuousClock.Instant)
  }

  /// How long the call may wait.
  public var time: Time
  /// The largest number of waiters of a key that the call joins. Nil is no limit of the call's own.
  public var maximumWaiters: Int?

  /// Makes limits.
  public init(_ time: Time = .unlimited, maximumWaiters: Int? = nil) {
    self.time = time
    self.maximumWaiters = maximumWaiters
  }

  /// A wait that begins now. This reads a clock if the time is limited.
  @usableFromInline
  func wait() -> LimitedWait {
    switch time {
    case .unlimited: .unlimited(maximumWaiters)
    case .timeout(let timeout): timeout.wait(maximumWaiters)
    case .until(let deadline): deadline.wait(maximumWaiters)
    }
  }
}
