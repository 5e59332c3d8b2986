import Synchronization

/// Two threads on two cores that answer each other's stores without ever sleeping: what it takes a cache
/// line to get to another core. How far apart the cores are shows here before it shows anywhere else.
final class CoreHandOff: Sendable {
  private let turn = Atomic<Int>(0)

  private static let roundTrips = 100
  private static let batches = 64
  private static let longest: UInt64 = 20_000_000

  /// Nanoseconds of one way: those of one of the fastest batches, as a batch in which one of the two was
  /// interrupted says nothing of the cores. Takes a few milliseconds.
  static func quickNanoseconds() -> Double {
    let handOff = CoreHandOff()
    return onTwoCores { $0 == 0 ? handOff.ask() : handOff.answer() }
  }

  private func ask() -> Double {
    var times: [Double] = []
    let start = monotonicNanoseconds()
    var trip = 0
    while times.count < Self.batches
      && (times.count < 8 || monotonicNanoseconds() - start < Self.longest)
    {
      let begin = monotonicNanoseconds()
      for _ in 0..<Self.roundTrips {
        turn.store(2 * trip + 1, ordering: .releasing)
        wait(for: 2 * trip + 2)
        trip += 1
      }
      times.append(Double(monotonicNanoseconds() - begin) / Double(2 * Self.roundTrips))
    }
    turn.store(-1, ordering: .releasing)
    return times.sorted()[times.count / 8]
  }

  private func answer() -> Double {
    var trip = 0
    while wait(for: 2 * trip + 1) {
      turn.store(2 * trip + 2, ordering: .releasing)
      trip += 1
    }
    return .nan
  }

  /// False if there will be no more.
  @discardableResult
  private func wait(for value: Int) -> Bool {
    var tries = 0
    while true {
      let seen = turn.load(ordering: .acquiring)
      guard seen != value else { return true }
      guard seen >= 0 else { return false }
      tries += 1
      // Others may want this core, the other thread of the two among them if there is only one.
      if tries.isMultiple(of: 10_000) { yieldThread() }
    }
  }
}
