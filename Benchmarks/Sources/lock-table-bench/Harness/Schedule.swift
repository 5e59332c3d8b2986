import Foundation
import Histogram

struct Schedule: Sendable {
  let arrivals: Arrivals
  /// Of each thread or task; of no meaning in a closed loop.
  let gapNanoseconds: Double
  let threads: Int

  static let closed = Schedule(.closed, rate: 1, threads: 1)

  /// With so many a second, of all threads or tasks together.
  init(_ arrivals: Arrivals, rate: Double, threads: Int) {
    self.arrivals = arrivals
    gapNanoseconds = 1e9 * Double(threads) / rate
    self.threads = threads
  }
}

struct IntendedStarts {
  private let schedule: Schedule
  private var next: Double
  private var random: SplitMix64

  /// Those of the threads lie between each other.
  init(_ schedule: Schedule, number: Int, begin: UInt64) {
    self.schedule = schedule
    let part = Double(number + 1) / Double(schedule.threads)
    next = Double(begin) + schedule.gapNanoseconds * part
    random = SplitMix64(state: UInt64(number) &+ 0x5eed)
  }

  /// Nil in a closed loop: at once.
  ///
  /// The next one does not depend on how long this one takes: a thread that is late has to catch up,
  /// and what it is late by counts.
  mutating func take() -> UInt64? {
    switch schedule.arrivals {
    case .closed: return nil
    case .uniform:
      defer { next += schedule.gapNanoseconds }
      return UInt64(next)
    case .poisson:
      defer { next -= schedule.gapNanoseconds * log(1 - Double.random(in: 0..<1, using: &random)) }
      return UInt64(next)
    }
  }
}

/// What is left to the intended start is slept away down to this, and then spun: sleeping ends late.
private let spinNanoseconds: UInt64 = 100_000

extension Lane {
  /// The time at which it is over; nil if the pass is.
  func wait(until intended: UInt64?) -> UInt64? {
    guard let intended else { return 0 }
    var now = monotonicNanoseconds()
    while now < intended {
      if signal.isStopped { return nil }
      if intended - now > 2 * spinNanoseconds {
        sleepThread(seconds: Double(intended - now - spinNanoseconds) / 1e9)
      } else if workload.orders.count > coreCountAtStart {
        yieldThread()
      }
      now = monotonicNanoseconds()
    }
    return now
  }

  nonisolated(nonsending) func waitInTask(until intended: UInt64?) async -> UInt64? {
    guard let intended else { return 0 }
    var now = monotonicNanoseconds()
    while now < intended {
      if signal.isStopped { return nil }
      await Task.yield()
      now = monotonicNanoseconds()
    }
    return now
  }
}

private let coreCountAtStart = coreCount

extension Tally {
  @inline(__always)
  mutating func record(_ stamps: Stamps<ByClock>, intended: UInt64?, begin: UInt64) {
    let service = stamps.acquired - stamps.called
    services.record(service)
    // What came before the call counts as well: no thread could call while it was kept waiting.
    latencies.record(intended.map { begin - $0 + service } ?? service)
  }
}
