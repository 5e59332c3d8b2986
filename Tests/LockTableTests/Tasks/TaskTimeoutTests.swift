import Foundation
import LockTable
import Testing

@Suite(.watched) struct TaskTimeoutTests {
  static let past: [Duration] = [.zero, .nanoseconds(-1), .seconds(-3600), .seconds(Int64.min)]
  static let endless: [Duration] = [
    .seconds(3600), .seconds(18_446_744_073), .seconds(18_446_744_074), .seconds(1 << 55),
  ]

  @Test(arguments: Form.timed, past + endless)
  func aFreeKeyIsAcquiredWithinAnyLimit(form: Form, limit: Duration) async {
    let locks = LockTable<String>()
    let outcome = await Outcome.of {
      try await form.run("k", of: locks, limit: limit) { #expect(locks.isLocked("k")) }
    }
    #expect(outcome == .had)
    #expect(locks.isEmpty)
  }

  @Test(arguments: Form.timed, past)
  func aLimitInThePastTriesOnceAndDoesNotSuspend(form: Form, limit: Duration) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let jobs = executor.jobCount
      let task = executor.start { try await form.run("k", of: locks, limit: limit) {} }
      #expect(task.outcome == .timedOut)
      #expect(executor.jobCount == jobs + 1, "the task was started, and not suspended")
      #expect(locks.count == 1)
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: Form.timed, endless)
  func aDistantLimitDoesNotEndTheWait(form: Form, limit: Duration) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks, limit: limit) {} }
      // Whose limit is later than that of one which has been reached, has not been reached.
      let other = executor.start { try await locks.withLock("k", timeout: .milliseconds(2)) {} }
      if other.outcome == nil {  // It may have been late before it could wait.
        executor.waitForJob()
        executor.drain()
      }
      #expect(other.outcome == .timedOut)
      #expect(task.outcome == nil)
      holder.release()
      executor.drain()
      #expect(task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task            timer
  //  holds k
  //              waits
  //                              takes it out of the queue
  //              leaves
  @Test(arguments: Form.timed, LockTableConfiguration.Fairness.both)
  func aTaskLeavesAtItsDeadline(form: Form, fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let runs = Tally()
      let holder = locks.acquire("k")
      let task = executor.start {
        try await form.run("k", of: locks, limit: .milliseconds(1)) { runs.add() }
      }
      let stayer = executor.start { try await locks.withLock("k") {} }
      if task.outcome == nil {  // It may have been late before it could wait.
        executor.waitForJob()
        executor.drain()
      }
      #expect(task.outcome == .timedOut)
      #expect(runs.count == 0)
      #expect(stayer.outcome == nil)
      holder.release()
      executor.drain()
      #expect(stayer.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task                 clock task      timer          newcomer
  //  holds k
  //              waits, for a while
  //  releases    is woken
  //                                                                  holds k
  //                                   waits, longer
  //                                                   both are late
  //              comes, finds k
  //              taken, leaves
  @Test(arguments: Form.timed, [true, false])
  func aDeadlineAfterTheTaskWasWokenEndsItsWait(form: Form, isTaken: Bool) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let clock = SteppedExecutor()
      let guards = locks.acquire(all: ["clock"])
      let holder = locks.acquire("k")
      let limit = Duration.milliseconds(20)
      let task = executor.start {
        try await form.run("k", of: locks, limit: limit) {}
      }
      let next = executor.start { try await locks.withLock("k") {} }
      let late = clock.start { try await locks.withLock("clock", timeout: limit) {} }
      holder.release()
      let newcomer = isTaken ? locks.acquireIfAvailable("k") : nil
      if late.outcome == nil {  // It may have been late before it could wait.
        clock.waitForJob()
        clock.drain()
      }
      #expect(late.outcome == .timedOut)
      // The timer resumes by way of the pool, which may be busy.
      executor.drain(until: { task.outcome != nil })
      if newcomer != nil {
        #expect(task.outcome == .timedOut)
        #expect(next.outcome == nil)
      } else if !isTaken && task.outcome != .timedOut {
        #expect(task.outcome == .had, "a free key is taken, late or not")
      }
      _ = consume newcomer
      executor.drain(until: { next.outcome != nil })
      #expect(next.outcome == .had)
      guards.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aDeadlineAndAGrantDoNotBothHappen(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      var dice = Dice(11)
      for round in 0..<Load.scaled(2000) {
        let form = Form.timed[round % Form.timed.count]
        let limit = Duration.microseconds(Int.random(in: 20...120, using: &dice))
        let runs = Tally()
        let holder = locks.acquire("k")
        let end = ContinuousClock.now + limit
        let task = executor.start {
          try await form.run("k", of: locks, limit: limit) { runs.add() }
        }
        while ContinuousClock.now < end {}
        holder.release()
        if task.outcome == nil {
          executor.waitForJob()
          executor.drain()
        }
        #expect(task.outcome == (runs.count == 1 ? .had : .timedOut))
        #expect(locks.isEmpty)
      }
    }
  }

  // Their order is the core's to test: a task is resumed by way of the global executor.
  @Test func noDeadlineComesEarlyOrNeverWhateverTheOrderOfTheWaits() async {
    await onPlainThread {
      // On a busy machine all may be late before the first is cancelled.
      untilLinedUp(from: .milliseconds(400)) { limit in
        let (cancelled, late) = waitInAnyOrder(Load.scaled(2000), firstDeadline: .now + limit)
        #expect(late > 0)
        return cancelled > 0
      }
    }
  }

  // In a process of its own, which has no other deadlines.
  @Test func theTimerRunsWhileItIsNeeded() async {
    await #expect(processExitsWith: .success) {
      await onPlainThread {
        let locks = LockTable<Int>.unmonitored()
        let executor = SteppedExecutor()
        let holder = locks.acquire(1)
        precondition(!DeadlineTimer.isRunning)
        for _ in 0..<2 {
          let task = executor.start { try await locks.withLock(1, timeout: .milliseconds(1)) {} }
          while task.outcome == nil {
            executor.waitForJob()
            executor.drain()
          }
          precondition(task.outcome == .timedOut)
          waitUntilTheTimerEnds()
          // A key that is free needs none.
          let free = executor.start { try await locks.withLock(2, timeout: .seconds(3600)) {} }
          precondition(free.outcome == .had && !DeadlineTimer.isRunning)
        }
        let patient = executor.start { try await locks.withLock(1, timeout: .seconds(3600)) {} }
        precondition(DeadlineTimer.isRunning)
        holder.release()
        executor.drain()
        precondition(patient.outcome == .had)
        waitUntilTheTimerEnds()
      }
    }
  }
}

private func waitUntilTheTimerEnds() {
  let end = ContinuousClock.now + .seconds(120)
  while DeadlineTimer.isRunning {
    guard ContinuousClock.now < end else {
      fatalError("hung: the timer's thread does not end")
    }
    Thread.sleep(forTimeInterval: 0.01)
  }
}

/// Tasks wait for deadlines that are 50 µs apart, in any order. A third of them is cancelled, out of the
/// middle of the timer's heap.
private func waitInAnyOrder(
  _ count: Int, firstDeadline start: ContinuousClock.Instant
) -> (cancelled: Int, late: Int) {
  let locks = LockTable<Int>.unmonitored()
  let executor = SteppedExecutor()
  let ended = Guarded<[(index: Int, isEarly: Bool)]>([])
  var dice = Dice(12)
  let guards = locks.acquire(all: Array(0..<8))
  let tasks = (0..<count).shuffled(using: &dice).map { index in
    executor.start {
      do {
        try await locks.withLock(index % 8, until: start + .microseconds(index * 50)) {}
      } catch let error as LockTableError where error.reason == .timedOut {
        let isEarly = ContinuousClock.now < start + .microseconds(index * 50)
        ended.withLock { $0.append((index, isEarly)) }
        throw error
      }
    }
  }
  for (index, task) in tasks.enumerated() where index % 3 == 0 {
    task.cancel()
  }
  executor.drain(until: { tasks.allSatisfy { $0.outcome != nil } })
  let late = ended.withLock(\.self)
  let cancelled = tasks.count { $0.outcome == .cancelled }
  #expect(late.count + cancelled == count)
  #expect(late.allSatisfy { !$0.isEarly })
  guards.release()
  #expect(locks.isEmpty)
  return (cancelled, late.count)
}
