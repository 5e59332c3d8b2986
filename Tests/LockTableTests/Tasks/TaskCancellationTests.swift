import LockTable
import Testing

@Suite(.watched) struct TaskCancellationTests {
  @Test(arguments: Form.allCases)
  func aCancelledTaskDoesNotWait(form: Form) async {
    let locks = LockTable<String>()
    let holder = locks.acquireIfAvailable("k")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Outcome.of { try await form.run("k", of: locks) {} }
    }
    #expect(await task.value == .cancelled)
    #expect(locks.count == 1)
    _ = consume holder
    #expect(locks.isEmpty)
  }

  //  holder      task
  //  holds k
  //              waits
  //              is cancelled: leaves at once, though k is held
  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aTaskThatWaitsLeavesWhenItIsCancelled(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks) {} }
      #expect(task.outcome == nil)
      task.cancel()
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled)
      #expect(locks.count == 1)
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  //  holder      task 0    task 1         task 2    …    task 8
  //  holds k
  //              waits     waits          waits          waits
  //                        is cancelled                  (every second one)
  //  releases
  //              holds k                  holds k
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aCancelledTaskLosesOnlyItsPlace(fairness: LockTableConfiguration.Fairness) async {
    for cancelled in [[0], [4], [8], [0, 1, 2], [1, 3, 5, 7], [0, 2, 4, 6, 8], [7, 8]] {
      await onPlainThread {
        let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
        let executor = SteppedExecutor()
        let order = Guarded<[Int]>([])
        let holder = locks.acquire("k")
        let tasks = (0..<9).map { index in
          executor.start { try await locks.withLock("k") { order.withLock { $0.append(index) } } }
        }
        for index in cancelled {
          tasks[index].cancel()
        }
        holder.release()
        executor.drain()
        let stayers = (0..<9).filter { !cancelled.contains($0) }
        #expect(order.withLock(\.self) == stayers)
        let leavers = cancelled.map { tasks[$0] }
        #expect(leavers.outcomes == [.cancelled])
        let served = stayers.map { tasks[$0] }
        #expect(served.outcomes == [.had])
        #expect(locks.isEmpty)
      }
    }
  }

  //  holder      task
  //  holds k
  //              waits
  //  releases    holds k from here on
  //              is cancelled, and then runs
  //                                               next
  //                                               holds k
  @Test func aTaskThatIsCancelledAfterTheGrantAndBeforeItRunsGivesTheKeyBack() async {
    await onPlainThread {
      for form in Form.allCases {
        let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
        let executor = SteppedExecutor()
        let runs = Tally()
        let holder = locks.acquire("k")
        let task = executor.start { try await form.run("k", of: locks) { runs.add() } }
        let next = executor.start { try await locks.withLock("k") {} }
        holder.release()
        task.cancel()
        executor.drain()
        #expect(task.outcome == .cancelled)
        #expect(runs.count == 0)
        #expect(next.outcome == .had)
        #expect(locks.isEmpty)
      }
    }
  }

  //  holder      task                     next       newcomer
  //  holds k
  //              waits
  //                                       waits
  //  releases    is woken
  //                                                  holds k
  //              is cancelled; comes,
  //              finds k taken, leaves
  //                                                  releases
  //                                       holds k
  @Test(arguments: Form.allCases)
  func aWokenTaskThatIsCancelledPassesItsTurnOn(form: Form) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks) {} }
      let next = executor.start { try await locks.withLock("k") {} }
      holder.release()
      let newcomer = locks.acquire("k")
      task.cancel()
      #expect(executor.hasJobs)
      executor.drain()
      #expect(task.outcome == .cancelled)
      #expect(next.outcome == nil)
      newcomer.release()
      executor.drain()
      #expect(next.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task
  //  holds k
  //              waits
  //  releases    is woken
  //              is cancelled; k is free again
  @Test(arguments: Form.allCases)
  func aWokenTaskThatIsCancelledLeavesAFreeKey(form: Form) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks) {} }
      holder.release()
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task        canceller
  //  holds k
  //              waits
  //  releases                cancels, at the same time
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aCancellationAndAGrantDoNotBothHappen(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let arena = Guarded<Attempt?>(nil)
      let go = Gate()
      let done = Gate()
      let rounds = Load.scaled(4000)
      let canceller = NativeThread {
        for _ in 0..<rounds {
          go.pass()
          arena.withLock(\.self)?.cancel()
          done.open()
        }
      }
      for round in 0..<rounds {
        let form = Form.allCases[round % Form.allCases.count]
        let runs = Tally()
        let holder = locks.acquire("k")
        let task = executor.start { try await form.run("k", of: locks) { runs.add() } }
        arena.withLock { $0 = task }
        go.open()
        for _ in 0..<round % 128 {
          _ = executor.hasJobs
        }
        holder.release()
        executor.waitForJob()
        executor.drain()
        // Once more, now that the cancellation has come through.
        done.pass()
        executor.drain()
        #expect(task.outcome == (runs.count == 1 ? .had : .cancelled))
        #expect(locks.isEmpty)
      }
      canceller.join()
    }
  }

  @Test func aQueueOfAHundredThousandIsCancelledInAnyOrder() async {
    await onPlainThread {
      let locks = LockTable<Int>.unmonitored()
      let executor = SteppedExecutor()
      var dice = Dice(15)
      let holder = locks.acquire(1)
      let tasks = (0..<Load.scaled(100_000)).map { _ in
        Attempt(on: executor) { try await locks.withLock(1) {} }
      }
      executor.drain()
      for task in tasks.shuffled(using: &dice).dropFirst() {
        task.cancel()
      }
      executor.drain()
      holder.release()
      executor.drain()
      let cancelled = tasks.count { $0.outcome == .cancelled }
      let had = tasks.count { $0.outcome == .had }
      #expect(cancelled == tasks.count - 1 && had == 1)
      #expect(locks.isEmpty)
    }
  }
}
