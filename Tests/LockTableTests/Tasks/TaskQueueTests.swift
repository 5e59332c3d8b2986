import LockTable
import Testing

@Suite(.watched) struct TaskQueueTests {
  //  holder      task 0    thread 1   task 2    thread 3   …
  //  holds k
  //              waits
  //                        waits
  //                                   waits
  //                                             waits
  //  releases
  //              holds k, then thread 1, then task 2, …
  @Test(.enabled(if: NativeThread.sleepersAreVisible))
  func threadsAndTasksWaitInOneQueue() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = locks.acquire("k")
      var threads: [NativeThread] = []
      var tasks: [Attempt] = []
      for (index, form) in Form.allCases.enumerated() {
        let task = executor.start {
          try await form.run("k", of: locks) { order.withLock { $0.append(2 * index) } }
        }
        #expect(task.outcome == nil)
        tasks.append(task)
        let thread = NativeThread {
          locks.withLock("k") { order.withLock { $0.append(2 * index + 1) } }
        }
        thread.waitUntilAsleep()
        threads.append(thread)
      }
      let driver = executor.drive()
      holder.release()
      for thread in threads {
        thread.join()
      }
      executor.stop(driver)
      #expect(tasks.outcomes == [.had])
      #expect(order.withLock(\.self) == Array(0..<2 * Form.allCases.count))
      #expect(locks.isEmpty)
    }
  }

  //  holder      task 0    task 1    …
  //  holds k
  //              waits
  //                        waits
  //  releases
  //              holds k, then task 1, then …: no newcomer could overtake
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func tasksAreServedInOrder(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = locks.acquire("k")
      let tasks = (0..<24).map { index in
        executor.start {
          try await Form.allCases[index % 12].run("k", of: locks) {
            order.withLock { $0.append(index) }
            await Task.yield()
          }
        }
      }
      holder.release()
      executor.drain()
      #expect(tasks.outcomes == [.had])
      #expect(order.withLock(\.self) == Array(0..<24))
      #expect(locks.isEmpty)
    }
  }

  //  holder      task                      newcomer
  //  holds k
  //              waits
  //  releases    holds k from here on,
  //              though it has not run yet
  //                                        tries, waits: refused, queued
  //              runs, releases
  //                                        holds k
  @Test func underStrictOrderNoNewcomerOvertakesATask() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
      let executor = SteppedExecutor()
      let holder = locks.acquire("k")
      let task = executor.start { try await locks.withLock("k") {} }
      holder.release()
      #expect(locks.isLocked("k"))
      let tried: Void? = locks.withLockIfAvailable("k") {}
      #expect(tried == nil)
      let late = Outcome.ofThread { try locks.withLock("k", timeout: .zero) {} }
      #expect(late == .timedOut)
      #expect(task.outcome == nil)
      let newcomer = executor.start { try await locks.withLock("k") {} }
      #expect(task.outcome == .had && newcomer.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task              newcomer
  //  holds k
  //              waits
  //  releases    is woken
  //                                holds k
  //              finds k taken, waits
  //                                releases
  //              holds k
  @Test func aWokenTaskThatIsTooLateKeepsItsPlace() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let order = Guarded<[Int]>([])
      let holder = locks.acquire("k")
      let tasks = (0..<3).map { index in
        executor.start { try await locks.withLock("k") { order.withLock { $0.append(index) } } }
      }
      var newcomer = Optional(holder)
      for _ in 0..<3 {
        newcomer.take()?.release()
        newcomer = locks.acquireIfAvailable("k")
        guard newcomer != nil else { break }  // The task was late already: it was handed the key.
        executor.drain()
        #expect(order.withLock(\.self).isEmpty)
      }
      newcomer.take()?.release()
      executor.drain()
      #expect(tasks.outcomes == [.had])
      #expect(order.withLock(\.self) == [0, 1, 2])
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aTaskAndAThreadTakeTurns(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let witness = Witness(count: 1)
    let rounds = Load.scaled(3000)
    let task = Task {
      for _ in 0..<rounds {
        try await locks.withLock(0) { witness.add(at: 0) }
      }
    }
    await onPlainThread {
      for _ in 0..<rounds {
        locks.withLock(0) { witness.add(at: 0) }
      }
    }
    _ = await task.result
    #expect(witness.total == 2 * rounds)
    #expect(locks.isEmpty)
  }
}
