import Synchronization

/// What tables quote themselves in, measured in an instant before they are.
struct QuickFloor: Sendable {
  /// Nanoseconds of an atomic read-modify-write and a plain store: the least that a lock can do.
  var rmwPair: Double

  static func measured() -> Self {
    // Of three, the fastest: an interruption only makes it slower.
    let pairs = (0..<3).map { _ in timeRMWPairs(RMWState(), 200_000) / 200_000 }
    return Self(rmwPair: pairs.min() ?? .nan)
  }
}

/// A word that nobody else wants.
final class RMWState: Sendable {
  let word = Atomic<Int>(0)
}

/// Takes the word as a spinlock does, and gives it back with a store. Returns nanoseconds.
@inline(never)
func timeRMWPairs(_ state: RMWState, _ count: Int) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    _ = state.word.exchange(1, ordering: .acquiring)
    state.word.store(0, ordering: .releasing)
  }
  return Double(monotonicNanoseconds() - begin)
}
