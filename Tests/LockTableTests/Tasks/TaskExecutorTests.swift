import Foundation
import LockTable
import Testing

@Suite(.watched) struct TaskExecutorTests {
  // The jobs of many tasks, in any order and each on another thread than the one before.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func tasksThatAreDelayedAndMoved(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let executor = ScatteringExecutor(threads: 3)
    let witness = Witness(count: 2)
    let moves = Tally()
    let rounds = Load.scaled(200)
    let hads = Tally()
    await executor.whileRunning {
      await withTaskGroup { group in
        for index in 0..<16 {
          group.addTask(executorPreference: executor) {
            for round in 0..<rounds {
              let key = (index + round) % 2
              let outcome = await Outcome.of {
                try await Form.allCases[(index + round) % 12].run(key, of: locks) {
                  let before = currentThread()
                  witness.add(at: key)
                  await Task.yield()
                  moves.add(currentThread() == before ? 0 : 1)
                }
              }
              hads.add(outcome == .had ? 1 : 0)
            }
          }
        }
      }
    }
    #expect(hads.count == 16 * rounds)
    #expect(witness.total == 16 * rounds)
    #expect(moves.count > 0)
    #expect(locks.isEmpty)
  }

  @Test func cancellationsAmongTasksThatAreDelayedAndMoved() async {
    let locks = LockTable<Int>()
    let executor = ScatteringExecutor(threads: 3)
    let hads = Tally()
    let witness = Witness(count: 1)
    await executor.whileRunning {
      for round in 0..<Load.scaled(200) {
        let tasks = (0..<12).map { index in
          Attempt(on: executor) {
            try await Form.allCases[index].run(0, of: locks) {
              witness.add(at: 0)
              await Task.yield()
              hads.add()
            }
          }
        }
        for (index, task) in tasks.enumerated() where (index + round) % 3 == 0 {
          task.cancel()
        }
        for task in tasks {
          await task.task.value
        }
        let strange = tasks.outcomes.subtracting([.had, .cancelled])
        #expect(strange.isEmpty)
        #expect(locks.isEmpty)
      }
    }
    #expect(witness.total == hads.count)
  }

  //  holder, a thread     tasks, many more     other tasks
  //                       than the pool has
  //                       threads
  //  holds k
  //                       wait
  //                                            run, wait for each other, end
  //  releases
  //                       hold k
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func waitingTasksLeaveThePoolToOthers(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let mayRelease = Gate()
    let isHeld = Halt()
    let begun = Tally()
    let holder = NativeThread {
      locks.withLock(1) {
        isHeld.open()
        mayRelease.pass()
      }
    }
    await isHeld.pass()
    let waiters = (0..<Load.scaled(2000)).map { index in
      Attempt {
        begun.add()
        try await Form.allCases[index % 12].run(1, of: locks) {}
      }
    }
    while begun.count < waiters.count {
      await letOthersRun()
    }
    for _ in 0..<100 {
      async let one = Task.detached { 1 }.value
      async let other = Task.detached { 1 }.value
      let sum = await one + other
      #expect(sum == 2)
    }
    #expect(waiters.outcomes == [nil])
    mayRelease.open()
    for waiter in waiters {
      await waiter.task.value
    }
    await onPlainThread { holder.join() }
    #expect(waiters.outcomes == [.had])
    #expect(locks.isEmpty)
    #expect(locks.blockedTaskCount == 0)
  }

  @Test func tasksOfAnyPriorityGetTheKey() async {
    let locks = LockTable<Int>()
    let witness = Witness(count: 1)
    let priorities: [TaskPriority] = [.background, .low, .medium, .high, .userInitiated]
    let rounds = Load.scaled(100)
    let tasks = (0..<40).map { index in
      Attempt(priority: priorities[index % priorities.count]) {
        for _ in 0..<rounds {
          try await locks.withLock(0) {
            witness.add(at: 0)
            await Task.yield()
          }
        }
      }
    }
    for task in tasks {
      await task.task.value
    }
    #expect(tasks.outcomes == [.had])
    #expect(witness.total == 40 * rounds)
    #expect(locks.isEmpty)
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func manyTasksOnOneKey(fairness: LockTableConfiguration.Fairness) async {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let witness = Witness(count: 1)
    let count = Load.scaled(100_000)
    // Not a group: each child that ends is looked for among all that are left.
    let tasks = (0..<count).map { _ in
      Task.detached { try await locks.withLock(0) { witness.add(at: 0) } }
    }
    for task in tasks {
      _ = await task.result
    }
    #expect(witness.total == count)
    #expect(locks.isEmpty)
  }

  @Test func aFreeKeyDoesNotSuspendATask() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      for form in Form.allCases {
        let jobs = executor.jobCount
        let attempt = Attempt(on: executor) {
          let before = executor.jobCount
          try await locks.acquire("k").release()
          try await locks.withLock("k") {}
          try await locks.withLock(all: ["k", "l"]) {}
          await locks.withLockIfAvailable("k") {}
          #expect(executor.jobCount == before)
          try await form.run("k", of: locks) {}
        }
        executor.drain()
        #expect(attempt.outcome == .had)
        #expect(executor.jobCount == jobs + 1)
      }
      #expect(locks.isEmpty)
    }
  }
}

/// Not pthread_self(), of which the optimiser knows that a function's thread never changes.
private func currentThread() -> ObjectIdentifier {
  ObjectIdentifier(Thread.current)
}
