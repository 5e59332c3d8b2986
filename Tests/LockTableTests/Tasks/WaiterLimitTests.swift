import LockTable
import Testing

@Suite(.watched) struct WaiterLimitTests {
  private func table(
    _ limit: Int, _ fairness: LockTableConfiguration.Fairness = .fifo
  ) -> LockTable<String> {
    .unmonitored(.init(fairness: fairness, maximumWaitersPerKey: limit))
  }

  //  holder      task 0    task 1     newcomer
  //  holds k
  //              waits
  //                        waits
  //                                   is turned away, at once
  //              leaves
  //                                   waits
  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aFullQueueRefusesATask(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = table(2, fairness)
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let first = executor.start { try await locks.withLock("k") {} }
      let second = executor.start { try await form.run("k", of: locks) {} }
      let jobs = executor.jobCount
      let third = executor.start { try await form.run("k", of: locks) {} }
      #expect(third.outcome == .crowded)
      #expect(executor.jobCount == jobs + 1, "the task was started, and not suspended")
      first.cancel()
      executor.drain()
      #expect(first.outcome == .cancelled)
      let fourth = executor.start { try await form.run("k", of: locks) {} }
      #expect(second.outcome == nil && fourth.outcome == nil)
      let fifth = executor.start { try await form.run("k", of: locks) {} }
      #expect(fifth.outcome == .crowded)
      #expect(locks.count == 1)
      holder.release()
      executor.drain()
      #expect(second.outcome == .had && fourth.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  @Test func aCallThatDoesNotHaveToWaitIsNotRefused() async {
    await onPlainThread {
      let locks = table(1)
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await locks.withLock("k") {} }
      for form in Form.allCases {
        let other = executor.start { try await form.run("other", of: locks) {} }
        #expect(other.outcome == .had)
      }
      // With no time to wait, it is lack of time.
      for form in Form.timed {
        let late = executor.start { try await form.run("k", of: locks, limit: .zero) {} }
        #expect(late.outcome == .timedOut)
      }
      holder.release()
      executor.drain()
      #expect(task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aFullQueueRefusesThreadsWithALimit(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = table(1, fairness)
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await locks.withLock("k") {} }
      let hour = Duration.seconds(3600)
      let outcomes = [
        Outcome.ofThread { try locks.withLock("k", timeout: hour) {} },
        Outcome.ofThread { try locks.withLock("k", until: .now + hour) {} },
        Outcome.ofThread { try locks.acquire("k", timeout: hour).release() },
        Outcome.ofThread { try locks.acquire("k", until: .now + hour).release() },
        Outcome.ofThread { try locks.withLock(all: ["a", "k", "z"], timeout: hour) {} },
        Outcome.ofThread { try locks.withLock(all: ["k"], until: .now + hour) {} },
        Outcome.ofThread { try locks.acquire(all: ["k", "a"], timeout: hour).release() },
        Outcome.ofThread { try locks.acquire(all: ["k"], until: .now + hour).release() },
      ]
      #expect(Set(outcomes) == [.crowded])
      #expect(locks.count == 1)
      holder.release()
      executor.drain()
      #expect(task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      thread 0 … 2, without a limit      task
  //  holds k
  //              wait, one over the other
  //                                                 is turned away
  //  releases
  //              hold k
  @Test(
    .enabled(if: NativeThread.sleepersAreVisible),
    arguments: LockTableConfiguration.Fairness.both)
  func threadsWithoutALimitWaitInAFullQueue(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = table(1, fairness)
      let executor = SteppedExecutor()
      let hads = Tally()
      let holder = locks.acquire("k")
      let bodies: [@Sendable () -> Void] = [
        { locks.withLock("k") { hads.add() } },
        { locks.withLock(all: ["k", "l"]) { hads.add() } },
        {
          let held = locks.acquire("k")
          hads.add()
          held.release()
        },
      ]
      let threads = bodies.map { body in
        let thread = NativeThread(body)
        thread.waitUntilAsleep()
        return thread
      }
      let task = executor.start { try await locks.withLock("k") {} }
      #expect(task.outcome == .crowded)
      holder.release()
      for thread in threads {
        thread.join()
      }
      #expect(hads.count == 3)
      let last = executor.start { try await locks.withLock("k") {} }
      #expect(last.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  @Test func aPlaceIsFreeAgainHoweverItWasLeft() async {
    await onPlainThread {
      let locks = table(1, .adaptive)
      let executor = SteppedExecutor()
      for form in Form.allCases {
        var holder = Optional(locks.acquire("k"))
        for way in 0..<3 {
          let task = executor.start { try await form.run("k", of: locks) {} }
          #expect(task.outcome == nil)
          switch way {
          case 0: task.cancel()
          case 1:
            holder.take()?.release()
            task.cancel()
          default: holder.take()?.release()
          }
          executor.drain()
          #expect(task.outcome != nil && task.outcome != .crowded)
          holder = holder.take() ?? locks.acquire("k")
        }
        holder.take()?.release()
        #expect(locks.isEmpty)
      }
    }
  }

  @Test(arguments: [1, 7, Int.max])
  func anyLimitAboveZeroIsAccepted(limit: Int) {
    #expect(table(limit).isEmpty)
  }

  @Test func aLimitOfNoWaitersTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = LockTable<Int>(configuration: .init(maximumWaitersPerKey: 0))
    }
    await #expect(processExitsWith: .failure) {
      _ = LockTable<Int>(configuration: .init(maximumWaitersPerKey: -1))
    }
  }
}
