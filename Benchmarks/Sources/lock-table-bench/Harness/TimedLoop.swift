import Histogram
import Synchronization

/// One acquisition in so many is timed in a latency pass. Odd, so as not to beat with anything.
let samplingPeriod = 7

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
final class Lane<C: KeyedLock>: @unchecked Sendable {
  // Sound to share: its thread alone works with it, and others read it when that has been joined.
  let contender: C
  let workload: Workload<C.Key>
  let order: UnsafeMutableBufferPointer<Int32>
  let signal: StartAndStop
  let number: Int
  var tally = Tally()

  init(_ contender: C, _ workload: Workload<C.Key>, number: Int, _ signal: StartAndStop) {
    self.contender = contender
    self.workload = workload
    self.order = workload.orders[number]
    self.signal = signal
    self.number = number
  }
}

/// What a lane does between two looks at whether to stop: so many operations that read no clock, and if there
/// is a schedule one that does.
struct Batch {
  var untimed: Int
  var schedule: Schedule?
}

extension Lane {
  func batch(of pass: Pass) -> Batch {
    switch pass {
    case .throughput: Batch(untimed: workload.holdNanoseconds == 0 ? 64 : 1)
    case .latency: Batch(untimed: samplingPeriod - 1, schedule: .closed)
    case .schedule(let schedule): Batch(untimed: 0, schedule: schedule)
    }
  }

  func starts(of batch: Batch) -> IntendedStarts {
    IntendedStarts(batch.schedule ?? .closed, number: number, begin: tally.begin)
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
  func run(_ pass: Pass) {
    signal.arrive()
    guard !order.isEmpty else { return }
    tally.begin = monotonicNanoseconds()
    run(batch(of: pass))
    tally.end = monotonicNanoseconds()
  }

  /// The timed loop. Outside the lock it reads a position and looks up a key, and now and then asks
  /// whether to stop; the row without a lock shows what all that costs.
  private func run(_ batch: Batch) {
    var starts = starts(of: batch)
    let (pool, counters, hold) = (workload.pool, workload.counters, workload.holdNanoseconds)
    var (position, done, readers) = (0, 0, Readers())
    while !signal.isStopped {
      for _ in 0..<batch.untimed {
        let step = nextStep(&position)
        let (key, counter) = (step.index, counters + step.index)
        if step.isRead {
          readers.add(read(contender, pool[key], counter, hold, Untimed.self).isChanged)
        } else {
          increment(contender, pool[key], counter, hold, Untimed.self)
        }
      }
      done += batch.untimed
      guard batch.schedule != nil else { continue }
      let intended = starts.take()
      guard let begin = wait(until: intended) else { break }
      done += 1
      let step = nextStep(&position)
      let (key, counter) = (step.index, counters + step.index)
      if step.isRead {
        let (stamps, isChanged) = read(contender, pool[key], counter, hold, ByClock.self)
        readers.add(isChanged)
        tally.record(stamps, intended: intended, begin: begin)
      } else {
        let stamps = increment(contender, pool[key], counter, hold, ByClock.self)
        tally.record(stamps, intended: intended, begin: begin)
      }
    }
    (tally.operations, tally.readers) = (done, readers)
  }
}

/// From 1 ns to 100 s, with an error of 1 %.
func emptyHistogram() -> Histogram<UInt64> {
  Histogram(highestTrackableValue: 100_000_000_000, numberOfSignificantValueDigits: .two)
}
