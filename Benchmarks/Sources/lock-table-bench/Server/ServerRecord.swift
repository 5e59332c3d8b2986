/// A server with one lock, under one skew of its accounts.
struct ServerRecord: RecordShape {
  static let kind = "server"

  var subject: Subject
  /// As the server calls it.
  var lock: String
  var skew: Distribution
  var accounts: Int
  /// Between the reading and the writing of a balance; 0 if the task only yields.
  var storeDelayMicroseconds: Int
  var connections: Int
  var arrivals: LatencyRecord.Arrivals
  /// Requests a second that were asked for, of all connections. Nil in a closed loop.
  var rate: Double?
  var effort: Effort
  /// Of all rounds, answered with success.
  var requests: Int
  var requestsPerSecond: Spread
  /// Wall-clock time for each request, divided by that of the server with LockTable: more than 1 is
  /// slower. Only in a closed loop; in an open one the arrivals say how many requests there are.
  var timeToLockTable: Ratio?
  /// Nanoseconds from the intended start of a request until its answer.
  var latency: Percentiles
  /// In the time of a futex hand-off; nil where there are none.
  var p50TimesHandOff: Double?
  /// Deposits that were answered with success and are missing in the sum of the balances.
  var lostUpdates: Int
  var machine: MachineClass
}
