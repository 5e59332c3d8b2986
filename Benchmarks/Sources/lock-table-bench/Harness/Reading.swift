import Synchronization

// What readers do inside the lock: they look at the key's counter when they come and when they leave.
// It may not have changed.

/// As `increment`, with the key's lock shared. Has the counter changed meanwhile?
@inline(never)
func read<C: Contender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) -> Bool {
  var isChanged = false
  contender.runShared(pooled.key) {
    isChanged = changes(counter, within: hold)
  }
  return isChanged
}

/// As `timeIncrement`.
@inline(never)
func timeRead<C: Contender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) -> (latency: UInt64, isChanged: Bool) {
  var acquired: UInt64 = 0
  var isChanged = false
  let begin = monotonicNanoseconds()
  contender.runShared(pooled.key) {
    acquired = monotonicNanoseconds()
    isChanged = changes(counter, within: hold)
  }
  return (acquired - begin, isChanged)
}

/// As `incrementInTask`, with the key's lock shared. Has the counter changed meanwhile?
@inline(never)
nonisolated(nonsending) func readInTask<C: AsyncContender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) async -> Bool {
  var isChanged = false
  await contender.runSharedSuspending(pooled.key) {
    isChanged = changes(counter, within: hold)
  }
  return isChanged
}

/// As `timeIncrementInTask`.
@inline(never)
nonisolated(nonsending) func timeReadInTask<C: AsyncContender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) async -> (latency: UInt64, isChanged: Bool) {
  var acquired: UInt64 = 0
  var isChanged = false
  let begin = monotonicNanoseconds()
  await contender.runSharedSuspending(pooled.key) {
    acquired = monotonicNanoseconds()
    isChanged = changes(counter, within: hold)
  }
  return (acquired - begin, isChanged)
}

@inline(__always)
private func changes(_ counter: UnsafeMutablePointer<Int>, within hold: UInt64) -> Bool {
  let count = load(counter)
  if hold != 0 {
    spin(nanoseconds: hold)
  }
  return load(counter) != count
}

/// The compiler may make one load of two plain ones.
@inline(__always)
private func load(_ counter: UnsafeMutablePointer<Int>) -> Int {
  // Sound: an Atomic has the layout of its value, and a relaxed load is a plain one to the machine.
  UnsafeMutableRawPointer(counter).assumingMemoryBound(to: Atomic<Int>.self).pointee
    .load(ordering: .relaxed)
}
