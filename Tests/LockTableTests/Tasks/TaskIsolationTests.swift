import LockTable
import Testing

/// Whose state the bodies may use because they run where it lives.
private actor Resident {
  nonisolated let executor: SteppedExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private(set) var visits = 0
  private(set) var outcomes: [Outcome] = []

  init(_ executor: SteppedExecutor) {
    self.executor = executor
  }

  /// Waits in that form, and counts the jobs that it takes from here to there.
  func visit(
    _ form: Form, _ key: String, of locks: LockTable<String>, limit: Duration = .seconds(3600)
  ) async -> Int {
    let before = executor.jobCount
    do {
      try await form.run(key, of: locks, limit: limit) {
        preconditionIsolated()
        visits += 1
      }
      outcomes.append(.had)
    } catch {
      outcomes.append(Outcome(error))
    }
    preconditionIsolated()
    return executor.jobCount - before
  }

  func attempts(_ locks: LockTable<String>) async -> Int {
    let before = executor.jobCount
    await locks.withLockIfAvailable("a") { visits += 1 }
    await locks.withLockIfAvailable(all: ["a", "b"]) { visits += 1 }
    preconditionIsolated()
    return executor.jobCount - before
  }
}

@Suite(.watched) struct TaskIsolationTests {
  @Test(arguments: Form.allCases)
  func aFreeKeyIsAcquiredWithoutLeavingTheActor(form: Form) async {
    await onPlainThread {
      let locks = LockTable<String>()
      let executor = SteppedExecutor(isSerial: true)
      let resident = Resident(executor)
      let jobs = Parcel<[Int]>(nil)
      let task = Attempt {
        let hops = await resident.visit(form, "k", of: locks)
        jobs.put([hops, await resident.attempts(locks), await resident.visits])
      }
      let driver = executor.drive()
      task.join()
      executor.stop(driver)
      #expect(jobs.take() == [0, 0, 3])
      #expect(locks.isEmpty)
    }
  }

  //  holder      actor
  //  holds k
  //              waits
  //  releases
  //              is resumed: one job, on the actor
  //              holds k
  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aWaitTakesOneJobOfTheActor(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>(configuration: .init(fairness: fairness))
      let executor = SteppedExecutor(isSerial: true)
      let resident = Resident(executor)
      let jobs = Parcel<[Int]>(nil)
      let holder = locks.acquire("k")
      let task = Attempt { jobs.put([await resident.visit(form, "k", of: locks)]) }
      executor.waitForJob()
      executor.drain()
      #expect(task.outcome == nil)
      let driver = executor.drive()
      holder.release()
      task.join()
      executor.stop(driver)
      #expect(jobs.take() == [1], "\(form)")
      #expect(locks.isEmpty)
    }
  }

  // The wait is over before the task is suspended: were its parts not on the actor, coming back would
  // take a job.
  @Test(arguments: Form.allCases)
  func aWaitThatEndsAtOnceTakesNoJobOfTheActor(form: Form) async {
    await onPlainThread {
      let locks = LockTable<String>()
      let executor = SteppedExecutor(isSerial: true)
      let resident = Resident(executor)
      let jobs = Parcel<[Int]>(nil)
      let results = Parcel<[Outcome]>(nil)
      let holder = locks.acquire("k")
      let task = Attempt {
        withUnsafeCurrentTask { $0?.cancel() }
        jobs.put([await resident.visit(form, "k", of: locks)])
        results.put(await resident.outcomes)
      }
      let driver = executor.drive()
      task.join()
      executor.stop(driver)
      #expect(jobs.take() == [0], "\(form)")
      #expect(results.take() == [.cancelled])
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: Form.allCases)
  func errorsAreThrownOnTheActor(form: Form) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(maximumWaitersPerKey: 1))
      let executor = SteppedExecutor(isSerial: true)
      let resident = Resident(executor)
      let results = Parcel<[Outcome]>(nil)
      let holder = locks.acquire("k")
      // Those without a limit find the queue full.
      let other = SteppedExecutor()
      let queued = form.isTimed ? nil : other.start { try await locks.withLock("k") {} }
      let task = Attempt {
        _ = await resident.visit(form, "k", of: locks, limit: .milliseconds(1))
        _ = await resident.visit(form, "k", of: locks, limit: .zero)
        withUnsafeCurrentTask { $0?.cancel() }
        _ = await resident.visit(form, "k", of: locks)
        results.put(await resident.outcomes)
      }
      let driver = executor.drive()
      task.join()
      executor.stop(driver)
      let refusal = form.isTimed ? Outcome.timedOut : .crowded
      #expect(results.take() == [refusal, refusal, .cancelled])
      queued?.cancel()
      other.drain()
      holder.release()
      #expect(locks.isEmpty)
    }
  }

  @Test func everythingStaysOnAnActorThatManyUse() async {
    let locks = LockTable<String>()
    let executor = SteppedExecutor(isSerial: true)
    let resident = Resident(executor)
    let driver = executor.drive()
    let rounds = Load.scaled(200)
    await withTaskGroup { group in
      for index in 0..<24 {
        group.addTask {
          let form = Form.allCases[index % 12]
          for _ in 0..<rounds {
            _ = await resident.visit(form, "k", of: locks)
          }
        }
        group.addTask {
          for _ in 0..<rounds {
            _ = await Outcome.of { try await locks.withLock("k") { await Task.yield() } }
          }
        }
      }
    }
    let visits = await resident.visits
    #expect(visits == 24 * rounds)
    await onPlainThread { executor.stop(driver) }
    #expect(locks.isEmpty)
  }
}

@Suite(.watched) struct MainActorTests {
  @MainActor @Test(arguments: Form.allCases)
  func aBodyRunsOnTheMainActor(form: Form) async throws {
    let locks = LockTable<String>()
    var runs = 0
    try await form.run("k", of: locks) {
      MainActor.preconditionIsolated()
      runs += 1
      await Task.yield()
      MainActor.preconditionIsolated()
    }
    MainActor.preconditionIsolated()
    await locks.withLockIfAvailable("k") {
      MainActor.preconditionIsolated()
      runs += 1
    }
    MainActor.preconditionIsolated()
    #expect(runs == 2)
    #expect(locks.isEmpty)
  }

  @MainActor @Test(arguments: Form.allCases)
  func aWaitEndsOnTheMainActor(form: Form) async throws {
    let locks = LockTable<String>()
    let held = locks.acquireIfAvailable("k")
    var runs = 0
    let task = Task { @MainActor in
      try await form.run("k", of: locks) {
        MainActor.preconditionIsolated()
        runs += 1
      }
      MainActor.preconditionIsolated()
    }
    await Task.yield()
    _ = consume held
    try await task.value
    #expect(runs == 1)
    #expect(locks.isEmpty)
  }

  @MainActor @Test(arguments: Form.allCases)
  func anErrorIsCaughtOnTheMainActor(form: Form) async {
    let locks = LockTable<String>()
    let held = locks.acquireIfAvailable("k")
    if form.isTimed {
      for limit in [Duration.zero, .milliseconds(1)] {
        do {
          try await form.run("k", of: locks, limit: limit) {}
        } catch {
          MainActor.preconditionIsolated()
          #expect(Outcome(error) == .timedOut)
        }
      }
    }
    let task = Task { @MainActor in
      do {
        try await form.run("k", of: locks) {}
        return Outcome.had
      } catch {
        MainActor.preconditionIsolated()
        return Outcome(error)
      }
    }
    await Task.yield()
    task.cancel()
    #expect(await task.value == .cancelled)
    _ = consume held
    #expect(locks.isEmpty)
  }
}
