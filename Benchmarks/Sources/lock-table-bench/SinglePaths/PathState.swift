import LockTable

/// What the loops of the single paths work on: keys that nobody else wants.
final class PathState<Key: BenchKey>: @unchecked Sendable {
  // Sound to share: one loop at a time works with it.
  let table = LockTable<Key>()
  let key = Key(number: 1)
  let other = Key(number: 2)
  let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
  let mutex = UnsafeMutablePointer<PthreadMutex>.allocate(capacity: 1)

  init() {
    counter.initialize(to: 0)
    mutex.initializeMutex()
  }

  deinit {
    counter.deallocate()
    mutex.destroyMutex()
    mutex.deallocate()
  }
}

// The timed loops. Each is a function of its own with the key as a parameter, and has in it what the
// compiler makes of a client's call. They return nanoseconds.

@inline(never)
func timePthreadPairs(
  _ mutex: UnsafeMutablePointer<PthreadMutex>, _ counter: UnsafeMutablePointer<Int>, _ count: Int
) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    mutex.lock()
    counter.pointee += 1
    mutex.unlock()
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
func timeAcquire<Key: BenchKey>(
  _ table: LockTable<Key>, _ key: Key, _ counter: UnsafeMutablePointer<Int>, _ count: Int
) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    let guardian = table.acquire(key)
    counter.pointee += 1
    guardian.release()
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
func timeWithLock<Key: BenchKey>(
  _ table: LockTable<Key>, _ key: Key, _ counter: UnsafeMutablePointer<Int>, _ count: Int
) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    table.withLock(key) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}

@inline(never)
func timeWithLockOfTwo<Key: BenchKey>(
  _ table: LockTable<Key>, _ key: Key, _ other: Key, _ counter: UnsafeMutablePointer<Int>,
  _ count: Int
) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    table.withLock(all: [key, other]) { counter.pointee += 1 }
  }
  return Double(monotonicNanoseconds() - begin)
}

/// The blocking form and one pair of a mutex's, one after the other.
@inline(never)
func timeWithLockAndPair<Key: BenchKey>(
  _ table: LockTable<Key>, _ key: Key, _ mutex: UnsafeMutablePointer<PthreadMutex>,
  _ counter: UnsafeMutablePointer<Int>, _ count: Int
) -> Double {
  let begin = monotonicNanoseconds()
  for _ in 0..<count {
    table.withLock(key) { counter.pointee += 1 }
    mutex.lock()
    mutex.unlock()
  }
  return Double(monotonicNanoseconds() - begin)
}
