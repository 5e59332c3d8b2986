import Histogram
import Synchronization

/// Starts the threads of a pass together, and ends them.
final class StartAndStop: Sendable {
  private let ready = Atomic<Int>(0)
  private let started = Atomic<Bool>(false)
  private let stopped = Atomic<Bool>(false)

  var isStarted: Bool { started.load(ordering: .acquiring) }

  @inline(__always)
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  func arrive() {
    ready.add(1, ordering: .releasing)
    while !isStarted { yieldThread() }
  }

  /// The same for a task, which may not keep a thread of the pool while it waits.
  nonisolated(nonsending) func arriveInTask() async {
    ready.add(1, ordering: .releasing)
    while !isStarted { await Task.yield() }
  }

  func start(whenReady threads: Int) {
    while ready.load(ordering: .acquiring) < threads { yieldThread() }
    started.store(true, ordering: .releasing)
  }

  func stop() { stopped.store(true, ordering: .relaxed) }
}

/// What one thread or task did in a pass.
struct Tally {
  /// Of readers and writers together.
  var operations = 0
  var readers = Readers()
  var begin: UInt64 = 0
  var end: UInt64 = 0
  var latencies = emptyHistogram()
  /// From the call, not from when it was to be made.
  var services = emptyHistogram()
}

/// What a thread's readers did and saw.
struct Readers {
  private(set) var reads = 0
  /// Those during which the counter changed.
  private(set) var changes = 0

  @inline(__always)
  mutating func add(_ isChanged: Bool) {
    reads &+= 1
    changes &+= isChanged ? 1 : 0
  }
}

/// One thread's or task's part of a pass.
struct Lane<C: KeyedLock>: @unchecked Sendable {
  // Sound to share: the pool and the order are not changed, and the counters are what the locks under test
  // protect.
  let contender: C
  let number: Int
  let signal: StartAndStop
  /// Has the memory below.
  let workload: Workload<C.Key>
  let order: UnsafeMutableBufferPointer<Int32>
  // Here as well, so that the loop has them in registers.
  let pool: UnsafeMutablePointer<PooledKey<C.Key>>
  let counters: UnsafeMutablePointer<Int>
  let hold: UInt64

  init(_ contender: C, _ workload: Workload<C.Key>, number: Int, _ signal: StartAndStop) {
    (self.contender, self.number, self.signal) = (contender, number, signal)
    self.workload = workload
    order = workload.orders[number]
    (pool, counters, hold) = (workload.pool, workload.counters, workload.holdNanoseconds)
  }
}

extension Lane {
  /// Operations that read no clock, between two looks at whether to stop.
  func untimed(_ pass: Pass) -> Int { pass.schedule == nil && hold != 0 ? 1 : pass.untimed }

  func starts(_ pass: Pass, begin: UInt64) -> IntendedStarts {
    IntendedStarts(pass.schedule ?? .closed, number: number, begin: begin)
  }

  /// Of the next operation.
  @inline(__always)
  func nextStep(_ position: inout Int) -> Step {
    let step = Step(order[position])
    position = position + 1 == order.count ? 0 : position + 1
    return step
  }
}

extension Lane where C: Contender {
  /// The timed loop. Outside the lock it reads a position and looks up a key, and now and then asks
  /// whether to stop; the row without a lock shows what all that costs.
  func run(_ pass: Pass) -> Tally {
    var tally = Tally()
    signal.arrive()
    tally.begin = monotonicNanoseconds()
    let untimed = untimed(pass)
    var starts = starts(pass, begin: tally.begin)
    var (position, done, readers) = (0, 0, Readers())
    while !signal.isStopped && !order.isEmpty {
      for _ in 0..<untimed { operate(nextStep(&position), &readers, Untimed.self) }
      done += untimed
      guard pass.schedule != nil else { continue }
      let intended = starts.take()
      guard let begin = wait(until: intended) else { break }
      let stamps = operate(nextStep(&position), &readers, ByClock.self)
      done += 1
      tally.record(stamps, intended: intended, begin: begin)
    }
    tally.end = monotonicNanoseconds()
    (tally.operations, tally.readers) = (done, readers)
    return tally
  }

  @inline(__always)
  @discardableResult
  private func operate<T: Timing>(
    _ step: Step, _ readers: inout Readers, _ timing: T.Type
  ) -> Stamps<T> {
    let place = Place(counter: counters + step.index, hold: hold)
    guard step.isRead else { return increment(contender, pool[step.index], place, timing) }
    let (stamps, isChanged) = read(contender, pool[step.index], place, timing)
    readers.add(isChanged)
    return stamps
  }
}

/// From 1 ns to 100 s, with an error of 1 %.
func emptyHistogram() -> Histogram<UInt64> {
  Histogram(highestTrackableValue: 100_000_000_000, numberOfSignificantValueDigits: .two)
}
