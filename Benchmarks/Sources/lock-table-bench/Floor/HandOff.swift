import CMachine
import Synchronization

/// Two threads on two cores that hand each other the turn, over and over: by a word that both see.
final class HandOff: @unchecked Sendable {
  // Sound to share: both sides use the word through its atomic operations.
  private let word = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)
  private let sleeps: Bool
  /// What the word is when there are no more turns.
  private static let end: UInt32 = 2

  #if os(Linux)
    static let canSleep = true
  #else
    static let canSleep = false
  #endif

  private init(sleeps: Bool) {
    word.initialize(to: Atomic(0))
    self.sleeps = sleeps
  }

  deinit {
    word.deinitialize(count: 1)
    word.deallocate()
  }

  /// One way where both sides spin, in nanoseconds: what it takes a cache line to get to another core. How far
  /// apart the cores are shows here before it shows anywhere else. Takes a few milliseconds.
  static func spinning() -> Double { HandOff(sleeps: false).time(roundTrips: 100, batches: 64) }

  /// One way where the sides wake each other and sleep: what it costs at least to hand something to a thread
  /// that waits for it.
  static func sleeping(roundTrips: Int) -> Double {
    HandOff(sleeps: true).time(roundTrips: roundTrips, batches: 1)
  }

  /// That of one of the fastest batches, as a batch in which one of the two was interrupted says nothing of the
  /// cores. Of many batches there are fewer if they take long.
  private func time(roundTrips: Int, batches: Int) -> Double {
    let answering = Running.thread {
      machine_stay_on_core(1)
      while self.wait(for: 1) { self.pass(to: 0) }
    }
    let asking = Running.thread {
      machine_stay_on_core(0)
      var times: [Double] = []
      let latest = monotonicNanoseconds() + 20_000_000
      while times.count < min(batches, 8)
        || (times.count < batches && monotonicNanoseconds() < latest)
      {
        let begin = monotonicNanoseconds()
        for _ in 0..<roundTrips {
          self.pass(to: 1)
          _ = self.wait(for: 0)
        }
        times.append(Double(monotonicNanoseconds() - begin) / Double(2 * roundTrips))
      }
      self.pass(to: Self.end)
      return times.sorted()[times.count / 8]
    }
    answering.join()
    return asking.join()
  }

  private func pass(to side: UInt32) {
    word.pointee.store(side, ordering: .releasing)
    if sleeps { machine_futex_wake(word) }
  }

  /// False if there will be no more turns.
  private func wait(for side: UInt32) -> Bool {
    var tries = 0
    while true {
      let turn = word.pointee.load(ordering: .acquiring)
      guard turn != side else { return true }
      guard turn != Self.end else { return false }
      tries += 1
      if sleeps {
        machine_futex_wait(word, turn)
      } else if tries.isMultiple(of: 10_000) {
        // Others may want this core, the other thread of the two among them if there is only one.
        yieldThread()
      }
    }
  }
}
