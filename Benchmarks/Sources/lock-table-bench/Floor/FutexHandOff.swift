import CMachine
import Synchronization

/// Two threads on two cores that wake each other and sleep: what it costs at least to hand something to a
/// thread that waits for it.
final class FutexHandOff: @unchecked Sendable {
  // Sound to share: both sides use the word through its atomic operations.
  private let word = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)

  #if os(Linux)
    static let isAvailable = true
  #else
    static let isAvailable = false
  #endif

  init() { word.initialize(to: Atomic(0)) }

  deinit {
    word.deinitialize(count: 1)
    word.deallocate()
  }

  func time(_ roundTrips: Int) -> Double {
    onTwoCores { side in
      let begin = monotonicNanoseconds()
      self.takeTurns(UInt32(side), roundTrips)
      return Double(monotonicNanoseconds() - begin) / Double(2 * roundTrips)
    }
  }

  private func takeTurns(_ own: UInt32, _ count: Int) {
    for _ in 0..<count {
      while word.pointee.load(ordering: .acquiring) != own { machine_futex_wait(word, 1 - own) }
      word.pointee.store(1 - own, ordering: .releasing)
      machine_futex_wake(word)
    }
  }
}
