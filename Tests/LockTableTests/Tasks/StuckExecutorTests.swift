import Foundation
import LockTable
import Testing

/// Waiters that were woken, or handed the key, while their executor stands still. Those behind them do
/// not wait for that executor.
@Suite(.watched) struct StuckExecutorTests {
  //  holder      head (stuck)    thread      timed thread    task
  //  holds k     waits           waits       waits           waits
  //  releases    is woken, does not run
  //                              in          in              in
  @Test func waitersBehindAFirstOneThatDoesNotRunGetIn() async {
    await onPlainThread {
      let locks = LockTable<String>()
      let stuck = SteppedExecutor()
      let holder = locks.acquire("k")
      let head = stuck.start { try await locks.withLock("k") {} }
      let thread = NativeThread { locks.withLock("k") {} }
      let hasHad = Guarded<Outcome?>(nil)
      let timed = NativeThread {
        let outcome = Outcome.ofThread { try locks.withLock("k", timeout: .seconds(86400)) {} }
        hasHad.withLock { $0 = outcome }
      }
      let task = Attempt { try await locks.withLock("k") {} }
      locks.awaitWaiters(4, for: "k")
      holder.release()
      thread.join()
      timed.join()
      task.join()
      #expect(hasHad.withLock(\.self) == .had)
      #expect(task.outcome == .had)
      #expect(head.outcome == nil)
      stuck.drain()
      #expect(head.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      newcomer    head (stuck)              thread
  //  holds k                 waits                     waits
  //  releases                is woken
  //              has k       runs: too late, starves
  //              releases    is handed k, does not run
  //                                                    in
  @Test func aStarvingFirstWaiterThatDoesNotRunLosesItsGrant() async {
    await onPlainThread {
      let locks = LockTable<String>()
      let stuck = SteppedExecutor()
      let holder = locks.acquire("k")
      let head = stuck.start { try await locks.withLock("k") {} }
      holder.release()
      let newcomer = locks.acquire("k")
      Thread.sleep(forTimeInterval: 0.002)
      stuck.drain()
      #expect(head.outcome == nil)
      let thread = NativeThread { locks.withLock("k") {} }
      locks.awaitWaiters(2, for: "k")
      newcomer.release()
      #expect(stuck.hasJobs)
      thread.join()
      #expect(head.outcome == nil)
      stuck.drain()
      #expect(head.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  enum End: CaseIterable { case cancelled, late }

  //  holder      head (stuck)                     thread
  //  holds k     waits                            waits
  //  releases    is woken, or handed k; does not run
  //              is cancelled, or late
  //                                               in
  @Test(arguments: LockTableConfiguration.Fairness.both, End.allCases)
  func aFirstWaiterThatIsCancelledOrLatePassesItsTurnOnWithoutRunning(
    fairness: LockTableConfiguration.Fairness, end: End
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      untilLinedUp(from: end == .late ? .milliseconds(200) : .seconds(3600)) { limit in
        let stuck = SteppedExecutor()
        let holder = locks.acquire("k")
        let head = stuck.start { try await locks.withLock("k", timeout: limit) {} }
        let thread = NativeThread { locks.withLock("k") {} }
        let haveLinedUp = locks.awaitWaiters(2, for: "k", unless: { stuck.hasJobs })
        holder.release()
        if end == .cancelled {
          head.cancel()
        }
        thread.join()
        #expect(head.outcome == nil)
        stuck.drain()
        #expect(head.outcome == (end == .late ? .timedOut : .cancelled))
        #expect(locks.isEmpty)
        return haveLinedUp
      }
    }
  }

  //  holder      head (stuck)    timed thread
  //  holds k     waits           waits, for 0.2 s
  //  releases    is woken, does not run
  //                              (0.2 s) takes k
  @Test func aTimedThreadTakesAFreeKeyAtItsDeadline() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      untilLinedUp(from: .milliseconds(200)) { limit in
        let stuck = SteppedExecutor()
        let holder = locks.acquire("k")
        let head = stuck.start { try await locks.withLock("k") {} }
        let outcome = Guarded<Outcome?>(nil)
        // The wait begins after this, so its deadline comes no earlier than `limit` from here.
        let began = ContinuousClock.now
        let timed = NativeThread {
          let result = Outcome.ofThread { try locks.withLock("k", timeout: limit) {} }
          outcome.withLock { $0 = result }
        }
        let isOver = { outcome.withLock(\.self) != nil }
        var haveLinedUp = locks.awaitWaiters(2, for: "k", unless: isOver)
        holder.release()
        // Otherwise the thread may have been late before the release.
        haveLinedUp = haveLinedUp && ContinuousClock.now - began < limit
        timed.join()
        if haveLinedUp && stuck.hasJobs {
          #expect(outcome.withLock(\.self) == .had)
        }
        stuck.drain()
        #expect(head.outcome == .had)
        return haveLinedUp
      }
    }
  }

  //  main                one (its executor's enqueue stands still)   other, of another table
  //  holds a and b       waits for a, for 50 ms                      waits for b, for 100 ms
  //                      is late: its executor is called
  //                                                                  is late, and told so
  //  lets enqueue go on
  // In a process of its own: the call of the executor keeps a thread of the pool.
  @Test func anExecutorThatStandsStillDelaysNoDeadline() async {
    await #expect(processExitsWith: .success) {
      await onPlainThread {
        let locks = LockTable<String>()
        let others = LockTable<Int>()
        let slow = StandingExecutor()
        let a = locks.acquire("a")
        let b = others.acquire(7)
        untilLinedUp(from: .milliseconds(50)) { limit in
          let one = Attempt(on: slow) { try await locks.withLock("a", timeout: limit) {} }
          let hasLinedUp = locks.awaitWaiters(1, for: "a", unless: { one.outcome != nil })
          slow.standStill()
          let other = Attempt { try await others.withLock(7, timeout: .milliseconds(100)) {} }
          other.join()
          precondition(other.outcome == .timedOut)
          // It may have been late before its executor stood still.
          let stoodStill = hasLinedUp && one.outcome == nil
          slow.goOn()
          one.join()
          precondition(one.outcome == .timedOut)
          return stoodStill
        }
        a.release()
        b.release()
      }
    }
  }
}

/// An executor whose `enqueue` blocks while it stands still, as one with a bounded queue does.
private final class StandingExecutor: TaskExecutor, @unchecked Sendable {
  // Sound to share: all that changes is touched under the condition's mutex only.
  private let condition = NSCondition()
  private var standsStill = false

  func standStill() {
    condition.lock()
    standsStill = true
    condition.unlock()
  }

  func goOn() {
    condition.lock()
    standsStill = false
    condition.broadcast()
    condition.unlock()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    while standsStill {
      condition.wait()
    }
    condition.unlock()
    _ = NativeThread { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
