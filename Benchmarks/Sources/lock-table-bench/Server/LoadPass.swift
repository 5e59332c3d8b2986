import Histogram
import NIOCore
import NIOHTTP1

/// Connections that send deposits for a time.
struct LoadPass {
  var address: ServerAddress
  var connections: Int
  /// Of each connection, the accounts in the order of its requests; it starts over at the end.
  var orders: [[Int32]]
  var schedule: Schedule

  /// Returns when every connection has its last answer, so that all deposits are counted: those that the
  /// server has answered with success.
  func run(seconds: Double) throws -> PassResult {
    let signal = StartAndStop()
    defer { signal.stop() }
    let lanes = (0..<connections).map { ConnectionLane(self, number: $0, signal) }
    let runs = lanes.map { lane in openConnection(to: address) { lane.step(after: $0) } }
    for run in runs { try run.opened.wait() }
    signal.start(whenReady: 0)
    sleepThread(seconds: seconds)
    signal.stop()
    let ends = runs.map { run in Result { try run.ended.wait() } }
    for end in ends { try end.get() }
    return PassResult(lanes.map(\.tally), seconds: seconds)
  }
}

/// One connection's requests.
private final class ConnectionLane: @unchecked Sendable {
  // Sound to share: what changes is read when the connection has ended.
  private let order: [Int32]
  private let signal: StartAndStop
  private let makeStarts: (UInt64) -> IntendedStarts
  private var starts: IntendedStarts?
  private var position = 0
  /// Of the request that is next, or under way.
  private var intended: UInt64?
  private(set) var tally = Tally()

  init(_ pass: LoadPass, number: Int, _ signal: StartAndStop) {
    order = pass.orders[number]
    self.signal = signal
    makeStarts = { IntendedStarts(pass.schedule, number: number, begin: $0) }
  }

  func step(after answer: String?) -> ClientStep {
    let now = monotonicNanoseconds()
    tally.end = now
    if answer != nil, let intended {
      tally.operations += 1
      tally.latencies.record(now - intended)
      self.intended = nil
    }
    guard !signal.isStopped else { return .close }
    // All of them begin together.
    guard signal.isStarted else { return .wait(1_000_000) }
    return step(at: now)
  }

  private func step(at now: UInt64) -> ClientStep {
    if starts == nil {
      tally.begin = now
      starts = makeStarts(now)
    }
    let start = intended ?? starts?.take() ?? now
    intended = start
    // What the timer is late by counts.
    guard start <= now else { return .wait(min(start - now, 50_000_000)) }
    let account = order[position]
    position = position + 1 == order.count ? 0 : position + 1
    return .request(.POST, path: "/accounts/\(account)/deposit")
  }
}
