/// What a ``FlightTable`` has done since it was made, and its present state.
///
/// The sums are exact when no other caller uses the table.
public struct FlightTableStatistics: Sendable, Hashable {
  /// The number of flights that have begun.
  public let flights: Int

  /// The number of callers that have waited for a flight that another caller had begun, whether or
  /// not they waited to its end. A caller that waits for a cancelled flight to end counts when the
  /// next one begins, if it does not begin that itself.
  public let joins: Int

  /// The number of callers that left for lack of time.
  public let timeouts: Int

  /// The number of callers that left because their task was cancelled.
  public let cancellations: Int

  /// The number of callers that were refused, because as many waited already as may.
  public let refusals: Int

  /// The number of callers that were turned away because the table was closed.
  public let closedFailures: Int

  /// The number of keys whose flight is under way, or whose result is being taken.
  public let keys: Int

  /// The number of callers that wait now.
  public let waiters: Int

  /// How long the first in line of those who wait now has waited, where that is longest.
  public let longestWait: Duration

  /// How long callers have waited whose waits are over.
  public let waitTimes: LockTableStatistics.Histogram

  /// The memory that the table uses, in bytes, besides the flights themselves.
  public let bytes: Int

  init(flights: Int, joins: Int, _ locks: LockTableStatistics) {
    self.flights = flights
    self.joins = joins
    timeouts = locks.timeouts
    cancellations = locks.cancellations
    refusals = locks.refusals
    closedFailures = locks.closedFailures
    keys = locks.keys
    waiters = locks.waiters
    longestWait = locks.longestWait
    waitTimes = locks.waitTimes
    bytes = locks.bytes
  }
}

extension FlightTableStatistics: CustomStringConvertible {
  /// One line for each number, which begins with its name.
  public var description: String {
    """
    flights: \(flights)
    joins: \(joins)
    timeouts: \(timeouts)
    cancellations: \(cancellations)
    refusals: \(refusals)
    closedFailures: \(closedFailures)
    keys: \(keys)
    waiters: \(waiters)
    longestWait: \(longestWait.brief)
    waitTimes: \(waitTimes)
    bytes: \(bytes)
    """
  }
}
