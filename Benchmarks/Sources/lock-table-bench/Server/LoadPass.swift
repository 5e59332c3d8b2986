import Histogram

/// Connections that send deposits for a time.
struct LoadPass {
  var address: ServerAddress
  var connections: Int
  /// Of each connection, the accounts in the order of its requests; it starts over at the end.
  var orders: [[Int32]]
  /// The request of each account.
  var requests: [[UInt8]]
  var schedule: Schedule

  struct Result {
    /// Deposits that the server has answered with success.
    var deposits = 0
    var nanoseconds = 0.0
    /// From the intended start to the answer.
    var latencies = emptyHistogram()
  }

  /// Returns when every connection has its last answer, so that all deposits are counted.
  func run(seconds: Double) throws -> Result {
    let signal = StartAndStop()
    let lanes = (0..<connections).map { ConnectionLane(self, number: $0, signal) }
    let threads = lanes.map { lane in WorkerThread { lane.run() } }
    signal.start(whenReady: lanes.count)
    sleepThread(seconds: seconds)
    signal.stop()
    for thread in threads {
      thread.join()
    }
    if let failure = lanes.lazy.compactMap(\.failure).first {
      throw failure
    }
    var result = Result()
    for lane in lanes {
      result.deposits += lane.deposits
      result.latencies.add(lane.latencies)
    }
    let begin = lanes.map(\.begin).min() ?? 0
    let end = lanes.map(\.end).max() ?? 0
    result.nanoseconds = Double(end - begin)
    return result
  }
}

/// One connection and the thread that uses it.
private final class ConnectionLane: @unchecked Sendable {
  // Sound to share: what changes is read after the thread has been joined.
  private let pass: LoadPass
  private let number: Int
  private let signal: StartAndStop
  private(set) var deposits = 0
  private(set) var latencies = emptyHistogram()
  private(set) var begin: UInt64 = 0
  private(set) var end: UInt64 = 0
  private(set) var failure: (any Error)?

  init(_ pass: LoadPass, number: Int, _ signal: StartAndStop) {
    self.pass = pass
    self.number = number
    self.signal = signal
  }

  func run() {
    do {
      var connection = try HTTPConnection(pass.address)
      signal.arrive()
      try load(&connection)
    } catch {
      failure = error
      // The others are not to be kept waiting for a connection that there is not. Nobody arrives twice:
      // requests fail later than that.
      if begin == 0 { signal.arrive() }
    }
  }

  private func load(_ connection: inout HTTPConnection) throws {
    begin = monotonicNanoseconds()
    defer { end = monotonicNanoseconds() }
    let order = pass.orders[number]
    var starts = IntendedStarts(pass.schedule, number: number, begin: begin)
    var position = 0
    while !signal.isStopped {
      let account = Int(order[position])
      position = position + 1 == order.count ? 0 : position + 1
      let intended = starts.take() ?? monotonicNanoseconds()
      guard wait(until: intended) else { return }
      _ = try connection.request(pass.requests[account])
      deposits += 1
      latencies.record(monotonicNanoseconds() - intended)
    }
  }

  /// Sleeps: a client that spins would take the server's time. What the sleep is too long by counts.
  /// False if the pass is over.
  private func wait(until intended: UInt64) -> Bool {
    var now = monotonicNanoseconds()
    while now < intended && !signal.isStopped {
      sleepThread(seconds: min(Double(intended - now) / 1e9, 0.05))
      now = monotonicNanoseconds()
    }
    return now >= intended
  }
}
