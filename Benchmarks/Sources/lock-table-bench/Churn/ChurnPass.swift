import CMachine

/// What one pass over distinct keys found.
struct ChurnResult: Sendable {
  var operations = 0
  /// Of all threads, added up, without the making of the keys.
  var nanoseconds = 0.0
  /// Calls of the allocator; nil where they can't be counted.
  var allocations: Int? = 0
  var violations = 0
  /// Of the allocator, with the contender still there.
  var bytesLeft: Int?
  var residentBytesBefore: Int?
  var residentBytes: Int?
  var residentBytesPeak: Int?

  mutating func add(_ other: Self) {
    operations += other.operations
    nanoseconds += other.nanoseconds
    violations += other.violations
    allocations = allocations.flatMap { own in other.allocations.map { own + $0 } }
  }
}

/// Keys in one go: they are made before it, and their making is not counted.
private let batchSize = 1 << 12

/// Acquires and releases keys that were never seen before, for about that long.
func measureChurn<C: Contender>(
  threads: Int, seconds: Double, make: () -> C
) -> ChurnResult {
  ResidentMemory.giveBack()
  var sum = ChurnResult(residentBytesBefore: ResidentMemory.current)
  ResidentMemory.resetPeak()
  let before = allocatedBytes()
  let contender = make()
  let deadline = monotonicNanoseconds() + UInt64(seconds * 1e9)
  let workers = (0..<threads).map { number in
    Running.thread { churn(contender, number, threads, until: deadline) }
  }
  for worker in workers { sum.add(worker.join()) }
  withExtendedLifetime(contender) {
    let after = allocatedBytes()
    sum.bytesLeft = before.flatMap { before in after.map { $0 - before } }
    (sum.residentBytes, sum.residentBytesPeak) = (ResidentMemory.current, ResidentMemory.peak)
  }
  return sum
}

/// One thread's part; its numbers are those that leave its own number over.
private func churn<C: Contender>(
  _ contender: C, _ number: Int, _ threads: Int, until deadline: UInt64
) -> ChurnResult {
  var result = ChurnResult()
  let keys = UnsafeMutablePointer<PooledKey<C.Key>>.allocate(capacity: batchSize)
  let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
  counter.initialize(to: 0)
  defer {
    keys.deallocate()
    counter.deallocate()
  }
  var next = number
  // At least once, however late the thread was started.
  repeat {
    for index in 0..<batchSize {
      keys.advanced(by: index).initialize(to: PooledKey(key: C.Key(number: next)))
      next += threads
    }
    let counted = timeBatch(contender, keys, counter)
    keys.deinitialize(count: batchSize)
    result.add(counted)
  } while monotonicNanoseconds() < deadline
  // No other thread has the counter: what is missing was never run.
  result.violations = result.operations - counter.pointee
  return result
}

private func timeBatch<C: Contender>(
  _ contender: C, _ keys: UnsafeMutablePointer<PooledKey<C.Key>>,
  _ counter: UnsafeMutablePointer<Int>
) -> ChurnResult {
  let before = heap_allocations()
  let begin = monotonicNanoseconds()
  let place = Place(counter: counter, hold: 0)
  for index in 0..<batchSize { increment(contender, keys[index], place, Untimed.self) }
  let nanoseconds = Double(monotonicNanoseconds() - begin)
  let after = heap_allocations()
  return ChurnResult(
    operations: batchSize, nanoseconds: nanoseconds,
    allocations: before < 0 ? nil : Int(after - before))
}
