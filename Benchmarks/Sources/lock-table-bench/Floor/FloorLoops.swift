import SinglePaths
import Synchronization

// The loops of the floor that one thread runs.

/// A word that nobody else wants.
private final class AtomicWord: Sendable {
  let word = Atomic<Int>(0)
}

extension Loop {
  /// Takes a word as a spinlock does, and gives it back with a store.
  static var rmwPair: Loop {
    let state = AtomicWord()
    return Loop("one atomic read-modify-write and a store") {
      for _ in 0..<$0 {
        _ = state.word.exchange(1, ordering: .acquiring)
        state.word.store(0, ordering: .releasing)
      }
    }
  }

  /// Gives it back with a second read-modify-write, as a lock does that must see who waits.
  static var twoRMWPair: Loop {
    let state = AtomicWord()
    return Loop("two atomic read-modify-writes") {
      for _ in 0..<$0 {
        _ = state.word.exchange(1, ordering: .acquiring)
        _ = state.word.exchange(0, ordering: .releasing)
      }
    }
  }

  static var clock: Loop {
    Loop("reading the monotonic clock") {
      var sum: UInt64 = 0
      for _ in 0..<$0 { sum &+= monotonicNanoseconds() }
      keep(Int(truncatingIfNeeded: sum))
    }
  }

  static var hasherOfString: Loop {
    hasher(of: String(number: 1), "Hasher over a String of 32 bytes")
  }

  @inline(__always)
  static func hasher<Key: Hashable & Sendable>(of key: Key, _ name: String) -> Loop {
    Loop(name) {
      var sum = 0
      for _ in 0..<$0 { sum &+= key.hashValue }
      keep(sum)
    }
  }
}

/// A place that the compiler must believe is read.
private let kept = Atomic<Int>(0)

private func keep(_ value: Int) { kept.store(value, ordering: .relaxed) }
