import Synchronization

/// Two threads that answer each other's stores without ever sleeping: what it takes a cache line to go
/// to another core and back. Where the system puts the threads, and how far apart the cores are, shows here
/// before it shows anywhere else.
final class CoreHandOff: Sendable {
  private let turn = Atomic<Int>(0)

  private static let roundTrips = 200
  private static let batches = 24

  /// Nanoseconds of a round trip: those of the batch at the lower quartile, as a batch in which one of the
  /// two was interrupted says nothing of the cores. Takes a few milliseconds.
  static func quickNanoseconds() -> Double {
    // A thread that waits for one that is not running gives up its core: there may be only one.
    let batches = (0..<batches).map { _ in CoreHandOff().time() }.sorted()
    return batches[batches.count / 4]
  }

  private func time() -> Double {
    let other = WorkerThread { self.answer() }
    // The first answer says that the other one is there.
    ask(1)
    let begin = monotonicNanoseconds()
    for trip in 2...Self.roundTrips {
      ask(trip)
    }
    let nanoseconds = Double(monotonicNanoseconds() - begin)
    other.join()
    return nanoseconds / Double(Self.roundTrips - 1)
  }

  private func ask(_ trip: Int) {
    turn.store(2 * trip - 1, ordering: .releasing)
    wait(for: 2 * trip)
  }

  private func answer() {
    for trip in 1...Self.roundTrips {
      wait(for: 2 * trip - 1)
      turn.store(2 * trip, ordering: .releasing)
    }
  }

  private func wait(for value: Int) {
    var tries = 0
    while turn.load(ordering: .acquiring) != value {
      tries += 1
      if tries.isMultiple(of: 4_096) { yieldThread() }
    }
  }
}
