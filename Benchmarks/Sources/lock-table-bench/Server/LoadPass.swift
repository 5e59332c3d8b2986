import Histogram
import NIOCore
import NIOHTTP1
import Synchronization

/// Connections that send deposits for a time.
struct LoadPass {
  var address: ServerAddress
  var connections: Int
  /// Of each connection, the accounts in the order of its requests; it starts over at the end.
  var orders: [[Int32]]
  var schedule: Schedule

  struct Result {
    /// Deposits that the server has answered with success.
    var deposits = 0
    var nanoseconds = 0.0
    var latencies = emptyHistogram()
  }

  /// Returns when every connection has its last answer, so that all deposits are counted.
  func run(seconds: Double) throws -> Result {
    let phase = LoadPhase()
    defer { phase.isStopped.store(true, ordering: .relaxed) }
    let lanes = (0..<connections).map { ConnectionLane(self, number: $0, phase) }
    let runs = lanes.map { lane in openConnection(to: address) { lane.step(after: $0) } }
    for run in runs { try run.opened.wait() }
    phase.isStarted.store(true, ordering: .relaxed)
    sleepThread(seconds: seconds)
    phase.isStopped.store(true, ordering: .relaxed)
    let ends = runs.map { run in Swift.Result { try run.ended.wait() } }
    for end in ends { try end.get() }
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

private final class LoadPhase: Sendable {
  let isStarted = Atomic(false)
  let isStopped = Atomic(false)
}

/// One connection's requests.
private final class ConnectionLane: @unchecked Sendable {
  // Sound to share: what changes is read when the connection has ended.
  private let order: [Int32]
  private let phase: LoadPhase
  private let makeStarts: (UInt64) -> IntendedStarts
  private var starts: IntendedStarts?
  private var position = 0
  /// Of the request that is next, or under way.
  private var intended: UInt64?
  private(set) var deposits = 0
  private(set) var latencies = emptyHistogram()
  private(set) var begin: UInt64 = 0
  private(set) var end: UInt64 = 0

  init(_ pass: LoadPass, number: Int, _ phase: LoadPhase) {
    order = pass.orders[number]
    self.phase = phase
    makeStarts = { IntendedStarts(pass.schedule, number: number, begin: $0) }
  }

  func step(after answer: String?) -> ClientStep {
    let now = monotonicNanoseconds()
    end = now
    if answer != nil, let intended {
      deposits += 1
      latencies.record(now - intended)
      self.intended = nil
    }
    guard !phase.isStopped.load(ordering: .relaxed) else { return .close }
    // All of them begin together.
    guard phase.isStarted.load(ordering: .relaxed) else { return .wait(1_000_000) }
    return step(at: now)
  }

  private func step(at now: UInt64) -> ClientStep {
    if starts == nil {
      begin = now
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
