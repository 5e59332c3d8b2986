import Foundation

/// Runs the jobs of tasks, or of an actor, when it is told to, on the thread that tells it.
///
/// After ``drain()`` every task on it has ended or is suspended, waiting for something outside: that
/// makes an order of events out of what is a race elsewhere.
final class SteppedExecutor: TaskExecutor, SerialExecutor, @unchecked Sendable {
  // Sound to share: all that changes is touched under the condition's mutex only.
  private let isSerial: Bool
  private let condition = NSCondition()
  private var jobs: [UnownedJob] = []
  private var enqueued = 0
  private var isDriven = false

  /// For tasks that prefer it, or for one actor.
  init(isSerial: Bool = false) {
    self.isSerial = isSerial
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    jobs.append(job)
    enqueued += 1
    condition.broadcast()
    condition.unlock()
  }

  /// How many jobs there have been.
  var jobCount: Int {
    condition.lock()
    defer { condition.unlock() }
    return enqueued
  }

  var hasJobs: Bool {
    condition.lock()
    defer { condition.unlock() }
    return !jobs.isEmpty
  }

  /// Waits until there is something to run.
  func waitForJob(_ wanted: Int = 1) {
    condition.lock()
    while jobs.count < wanted {
      condition.wait()
    }
    condition.unlock()
  }

  /// Runs jobs until there are none.
  func drain() {
    while runBatch() {}
  }

  /// Runs jobs, and waits for more of them until that is so.
  func drain(until isOver: () -> Bool) {
    drain()
    while !isOver() {
      waitForJob()
      drain()
    }
  }

  /// Runs jobs as they come, on a thread of its own, until ``stop(_:)``.
  func drive() -> NativeThread {
    condition.lock()
    isDriven = true
    condition.unlock()
    return NativeThread { [self] in
      while waitWhileDriven() {
        drain()
      }
    }
  }

  func stop(_ driver: NativeThread) {
    condition.lock()
    isDriven = false
    condition.broadcast()
    condition.unlock()
    driver.join()
    drain()
  }

  private func waitWhileDriven() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while jobs.isEmpty && isDriven {
      condition.wait()
    }
    return isDriven
  }

  private func runBatch() -> Bool {
    condition.lock()
    let batch = jobs
    jobs.removeAll()
    condition.unlock()
    for job in batch {
      if isSerial {
        job.runSynchronously(on: asUnownedSerialExecutor())
      } else {
        job.runSynchronously(on: asUnownedTaskExecutor())
      }
    }
    return !batch.isEmpty
  }
}

/// Runs each job on another thread than the one before it, and, of the jobs that are there, any.
final class ScatteringExecutor: TaskExecutor, @unchecked Sendable {
  // Sound to share: all that changes is touched under the condition's mutex only.
  private let condition = NSCondition()
  private let threadCount: Int
  private var jobs: [UnownedJob] = []
  private var turn = 0
  private var dice = Dice(7)
  private var isEnding = false

  init(threads threadCount: Int) {
    self.threadCount = threadCount
  }

  /// Runs jobs while `body` runs, which has to wait for the tasks that it starts.
  func whileRunning(_ body: () async -> Void) async {
    let threads = (0..<threadCount).map { index in NativeThread { [self] in serve(index) } }
    await body()
    await onPlainThread { [self] in
      condition.lock()
      isEnding = true
      condition.broadcast()
      condition.unlock()
      for thread in threads {
        thread.join()
      }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    jobs.append(job)
    condition.broadcast()
    condition.unlock()
  }

  private func serve(_ index: Int) {
    while let job = next(index) {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  private func next(_ index: Int) -> UnownedJob? {
    condition.lock()
    defer { condition.unlock() }
    while jobs.isEmpty || turn % threadCount != index {
      if isEnding && jobs.isEmpty {
        return nil
      }
      condition.wait()
    }
    turn += 1
    jobs.swapAt(Int.random(in: 0..<jobs.count, using: &dice), jobs.count - 1)
    condition.broadcast()
    return jobs.removeLast()
  }
}

/// Runs a script that blocks on a thread of its own, which is none of the pool's.
func onPlainThread<Result: Sendable>(_ script: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    let thread = Thread { continuation.resume(returning: script()) }
    thread.start()
  }
}

/// The same for a script that may throw.
func tryOnPlainThread(_ script: @escaping @Sendable () throws -> Void) async throws {
  let failure: (any Error)? = await onPlainThread {
    do {
      try script()
      return nil
    } catch {
      return error
    }
  }
  if let failure { throw failure }
}
