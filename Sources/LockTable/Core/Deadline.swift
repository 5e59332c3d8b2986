internal import CLockTable

/// A limit on waiting, as the callers state it.
@usableFromInline
enum WaitLimit {
  case timeout(Duration)
  case instant(ContinuousClock.Instant)

  /// In nanoseconds of the core's clock. Reads a clock, so it is called only once a key was found
  /// taken.
  @usableFromInline
  var deadline: UInt64 {
    let remaining =
      switch self {
      case .timeout(let duration): duration
      case .instant(let instant): ContinuousClock.now.duration(to: instant)
      }
    guard remaining > .zero else { return LT_NO_WAIT }
    return lt_deadline_after_ns(remaining.saturatingNanoseconds)
  }
}

extension Duration {
  /// Rounded up; what 64 bits can't hold is their largest value. Only for durations above zero.
  var saturatingNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    let fraction = (UInt64(attoseconds) + 999_999_999) / 1_000_000_000
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = whole.addingReportingOverflow(fraction)
    return overflow || carry ? .max : sum
  }
}
