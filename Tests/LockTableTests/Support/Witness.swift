import Foundation
import Synchronization

/// What the keys guard: plain counters, which come out right only if each holder is alone.
final class Witness: @unchecked Sendable {
  // Shared without a lock of its own: that is what it is for.
  private let counters: UnsafeMutablePointer<Int>
  private let count: Int

  init(count: Int) {
    self.count = count
    counters = .allocate(capacity: count)
    counters.initialize(repeating: 0, count: count)
  }

  deinit {
    counters.deallocate()
  }

  /// Reads, every now and then lets others run, and writes.
  func add(at index: Int) {
    let value = counters[index]
    if value & 15 == 0 {
      sched_yield()
    }
    counters[index] = value + 1
  }

  var total: Int {
    UnsafeBufferPointer(start: counters, count: count).reduce(0, +)
  }
}

/// Counts the holders at one time, and remembers the most that there ever were.
final class Occupancy: Sendable {
  private let inside = Atomic(0)
  private let most = Atomic(0)

  func enter() {
    let now = inside.add(1, ordering: .relaxed).newValue
    most.max(now, ordering: .relaxed)
  }

  func leave() {
    inside.subtract(1, ordering: .relaxed)
  }

  var maximum: Int { most.load(ordering: .relaxed) }
  var current: Int { inside.load(ordering: .relaxed) }
}

/// A value that threads add to.
final class Tally: Sendable {
  private let value = Atomic(0)

  func add(_ amount: Int = 1) {
    value.add(amount, ordering: .relaxed)
  }

  var count: Int { value.load(ordering: .relaxed) }
}

/// A small generator whose sequence a failing test can repeat.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) {
    state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
  }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var mixed = state
    mixed = (mixed ^ (mixed >> 33)) &* 0xff51_afd7_ed55_8ccd
    return mixed ^ (mixed >> 33)
  }
}
