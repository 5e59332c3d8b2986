import Synchronization

// What the timed loops call: one operation each. Never inlined: the key is a parameter, as it is in a
// program's function that needs the key's lock, and the generated code of each row is one function that can be
// read.

/// Whether an operation reads the clock.
protocol Timing {
  associatedtype Stamp
  static func now() -> Stamp
}

enum Untimed: Timing {
  @inline(__always)
  static func now() {}
}

/// How long an acquisition took: from before the call to the first line inside.
enum ByClock: Timing {
  @inline(__always)
  static func now() -> UInt64 { monotonicNanoseconds() }
}

/// Before the call, and inside.
typealias Stamps<T: Timing> = (called: T.Stamp, acquired: T.Stamp)

@inline(never)
@discardableResult
func increment<C: Contender, T: Timing>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ place: Place, _ timing: T.Type
) -> Stamps<T> {
  let called = T.now()
  var acquired = called
  contender.run(pooled.key) {
    acquired = T.now()
    place.increment()
  }
  return (called, acquired)
}

/// With the key's lock shared. Has the counter changed meanwhile?
@inline(never)
func read<C: Contender, T: Timing>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ place: Place, _ timing: T.Type
) -> (stamps: Stamps<T>, isChanged: Bool) {
  let called = T.now()
  var acquired = called
  var isChanged = false
  contender.runShared(pooled.key) {
    acquired = T.now()
    isChanged = place.changes()
  }
  return ((called, acquired), isChanged)
}

@inline(never)
@discardableResult
nonisolated(nonsending) func incrementInTask<C: AsyncContender, T: Timing>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ place: Place, _ timing: T.Type
) async -> Stamps<T> {
  let called = T.now()
  var acquired = called
  await contender.runSuspending(pooled.key) {
    acquired = T.now()
    place.increment()
  }
  return (called, acquired)
}

/// The increment has a suspension in the middle.
@inline(never)
@discardableResult
nonisolated(nonsending) func incrementAcrossYield<C: AsyncContender, T: Timing>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ place: Place, _ timing: T.Type
) async -> Stamps<T> {
  let called = T.now()
  var acquired = called
  var count = 0
  await contender.runAcrossYield(pooled.key) {
    acquired = T.now()
    count = place.counter.pointee
  } _: {
    place.counter.pointee = count + 1
  }
  return (called, acquired)
}

@inline(never)
nonisolated(nonsending) func readInTask<C: AsyncContender, T: Timing>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ place: Place, _ timing: T.Type
) async -> (stamps: Stamps<T>, isChanged: Bool) {
  let called = T.now()
  var acquired = called
  var isChanged = false
  await contender.runSharedSuspending(pooled.key) {
    acquired = T.now()
    isChanged = place.changes()
  }
  return ((called, acquired), isChanged)
}

/// A key's counter, and how long the key is held.
struct Place {
  let counter: UnsafeMutablePointer<Int>
  let hold: UInt64

  @inline(__always)
  fileprivate func increment() {
    let count = counter.pointee
    if hold != 0 { spin(nanoseconds: hold) }
    counter.pointee = count + 1
  }

  @inline(__always)
  fileprivate func changes() -> Bool {
    let count = load()
    if hold != 0 { spin(nanoseconds: hold) }
    return load() != count
  }

  /// The compiler may make one load of two plain ones.
  @inline(__always)
  private func load() -> Int {
    // Sound: an Atomic has the layout of its value, and a relaxed load is a plain one to the machine.
    UnsafeMutableRawPointer(counter).assumingMemoryBound(to: Atomic<Int>.self).pointee
      .load(ordering: .relaxed)
  }
}
