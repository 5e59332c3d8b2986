import Synchronization

// The timed loops of the floor. Each returns nanoseconds, and is a function of its own with what it works on
// as a parameter.

/// A word that nobody else wants.
final class AtomicWord: Sendable {
  let word = Atomic<Int>(0)
}

/// Takes the word as a spinlock does, and gives it back with a store.
@inline(never)
func timeRMWPairs(_ state: AtomicWord, _ count: Int) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    _ = state.word.exchange(1, ordering: .acquiring)
    state.word.store(0, ordering: .releasing)
  }
  return Double(monotonicNanoseconds() - begin)
}

/// Gives it back with a second read-modify-write, as a lock does that has to see who waits.
@inline(never)
func timeTwoRMWPairs(_ state: AtomicWord, _ count: Int) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    _ = state.word.exchange(1, ordering: .acquiring)
    _ = state.word.exchange(0, ordering: .releasing)
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
func timeClock(_ count: Int) -> Double {
  let begin = monotonicNanoseconds()
  var sum: UInt64 = 0
  for _ in 0..<count {
    sum &+= monotonicNanoseconds()
  }
  keep(Int(truncatingIfNeeded: sum))
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
func timeHashes(_ pooled: borrowing PooledKey<String>, _ count: Int) -> Double {
  let begin = monotonicNanoseconds()
  var sum = 0
  for _ in 0..<count {
    sum &+= pooled.key.hashValue
  }
  keep(sum)
  return Double(monotonicNanoseconds() - begin)
}

/// A place that the compiler has to believe is read.
private let kept = Atomic<Int>(0)

private func keep(_ value: Int) {
  kept.store(value, ordering: .relaxed)
}
