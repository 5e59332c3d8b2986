import Histogram
import Synchronization

/// One acquisition in so many is timed in a latency pass. Odd, so as not to beat with anything.
let samplingPeriod = 7

/// Starts the threads of a pass together, and ends them.
final class StartAndStop: Sendable {
  private let ready = Atomic<Int>(0)
  private let started = Atomic<Bool>(false)
  private let stopped = Atomic<Bool>(false)

  @inline(__always)
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  func arrive() {
    ready.add(1, ordering: .releasing)
    while !started.load(ordering: .acquiring) {
      yieldThread()
    }
  }

  /// The same for a task, which may not keep a thread of the pool while it waits.
  nonisolated(nonsending) func arriveInTask() async {
    ready.add(1, ordering: .releasing)
    while !started.load(ordering: .acquiring) {
      await Task.yield()
    }
  }

  func start(whenReady threads: Int) {
    while ready.load(ordering: .acquiring) < threads {
      yieldThread()
    }
    started.store(true, ordering: .releasing)
  }

  func stop() {
    stopped.store(true, ordering: .relaxed)
  }
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

extension Lane where C: Contender {
  func run(_ pass: Pass) {
    guard !order.isEmpty else { return signal.arrive() }
    signal.arrive()
    tally.begin = monotonicNanoseconds()
    switch pass {
    case .throughput: runForThroughput()
    case .latency: runForLatency()
    case .schedule(let schedule): run(schedule)
    }
    tally.end = monotonicNanoseconds()
  }

  /// The timed loop. Outside the lock it reads a position and looks up a key, and now and then asks
  /// whether to stop; the row without a lock shows what all that costs.
  private func runForThroughput() {
    let (pool, counters) = (workload.pool, workload.counters)
    let hold = workload.holdNanoseconds
    let chunk = hold == 0 ? 64 : 1
    var position = 0
    var done = 0
    var readers = Readers()
    while !signal.isStopped {
      for _ in 0..<chunk {
        let step = Step(order[position])
        position = position + 1 == order.count ? 0 : position + 1
        if step.isRead {
          readers.add(read(contender, pool[step.index], counters + step.index, hold))
        } else {
          increment(contender, pool[step.index], counters + step.index, hold)
        }
      }
      done += chunk
    }
    tally.operations = done
    tally.readers = readers
  }

  private func runForLatency() {
    let (pool, counters) = (workload.pool, workload.counters)
    let hold = workload.holdNanoseconds
    var position = 0
    var done = 0
    var readers = Readers()
    while !signal.isStopped {
      for turn in 1...samplingPeriod {
        let step = Step(order[position])
        position = position + 1 == order.count ? 0 : position + 1
        let isTimed = turn == samplingPeriod
        let (key, counter) = (step.index, counters + step.index)
        switch (step.isRead, isTimed) {
        case (false, false): increment(contender, pool[key], counter, hold)
        case (false, true):
          tally.latencies.record(timeIncrement(contender, pool[key], counter, hold))
        case (true, false): readers.add(read(contender, pool[key], counter, hold))
        case (true, true):
          let (latency, isChanged) = timeRead(contender, pool[key], counter, hold)
          readers.add(isChanged)
          tally.latencies.record(latency)
        }
      }
      done += samplingPeriod
    }
    tally.operations = done
    tally.readers = readers
  }
}

/// The body of the timed loop: what a program's function that needs the key's lock would be.
///
/// Never inlined: the key is a parameter, as it is there, and the generated code of each row is one
/// function that can be read.
@inline(never)
func increment<C: Contender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) {
  contender.run(pooled.key) {
    let count = counter.pointee
    if hold != 0 {
      spin(nanoseconds: hold)
    }
    counter.pointee = count + 1
  }
}

/// The same, and how long the acquisition took: from before the call to the first line inside.
@inline(never)
func timeIncrement<C: Contender>(
  _ contender: C, _ pooled: borrowing PooledKey<C.Key>, _ counter: UnsafeMutablePointer<Int>,
  _ hold: UInt64
) -> UInt64 {
  var acquired: UInt64 = 0
  let begin = monotonicNanoseconds()
  contender.run(pooled.key) {
    acquired = monotonicNanoseconds()
    let count = counter.pointee
    if hold != 0 {
      spin(nanoseconds: hold)
    }
    counter.pointee = count + 1
  }
  return acquired - begin
}

/// From 1 ns to 100 s, with an error of 1 %.
func emptyHistogram() -> Histogram<UInt64> {
  Histogram(highestTrackableValue: 100_000_000_000, numberOfSignificantValueDigits: .two)
}
