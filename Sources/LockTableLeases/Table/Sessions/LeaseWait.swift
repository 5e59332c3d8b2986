internal import LockTable

/// How long a call may wait, on the clock of its table. A call without a limit reads no clock.
@usableFromInline
struct LeaseWait: Sendable {
  /// Asks once, and waits for nothing.
  let isAttempt: Bool
  let limit: Duration?
  let start: Duration?

  /// What no clock holds is no limit.
  static let longest = Duration.seconds(1 << 33)

  @usableFromInline static let unlimited = LeaseWait(isAttempt: false, limit: nil, start: nil)
  @usableFromInline static let attempt = LeaseWait(isAttempt: true, limit: nil, start: nil)

  static func timeout(_ limit: Duration, _ clock: any LockClock) -> Self {
    guard limit < longest else { return .unlimited }
    guard limit > .zero else { return LeaseWait(isAttempt: true, limit: limit, start: nil) }
    return LeaseWait(isAttempt: false, limit: limit, start: clock.time)
  }

  static func until(_ instant: ContinuousClock.Instant, _ clock: any LockClock) -> Self {
    timeout(ContinuousClock.now.duration(to: instant), clock)
  }

  var due: Duration? {
    guard let limit, let start else { return nil }
    return start + limit
  }

  func waited(_ clock: any LockClock) -> Duration {
    start.map { clock.time - $0 } ?? .zero
  }

  func isOver(_ clock: any LockClock) -> Bool {
    due.map { $0 <= clock.time } ?? false
  }
}
