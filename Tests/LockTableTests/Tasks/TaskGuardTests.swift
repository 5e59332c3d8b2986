import LockTable
import Testing

@Suite(.watched) struct TaskGuardTests {
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aGuardIsReleasedByAnotherTask(fairness: LockTableConfiguration.Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let parcel = Parcel(try await locks.acquire("k"))
    let waiter = Attempt { try await locks.withLock("k") {} }
    let releaser = Task.detached { parcel.take()?.release() }
    await releaser.value
    await waiter.task.value
    #expect(waiter.outcome == .had)
    #expect(locks.isEmpty)
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aGuardIsReleasedByAThread(fairness: LockTableConfiguration.Fairness) async throws {
    let locks = LockTable<String>(configuration: .init(fairness: fairness))
    let parcel = Parcel(try await locks.acquire(all: ["k", "l"]))
    let waiter = Attempt { try await locks.withLock(all: ["l", "k"]) {} }
    await onPlainThread { parcel.take()?.release() }
    await waiter.task.value
    #expect(waiter.outcome == .had)
    #expect(locks.isEmpty)
  }

  @Test func aGuardIsHeldWhileItsTaskIsSuspended() async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored()
      let executor = SteppedExecutor()
      let halt = Halt()
      let task = executor.start {
        let held = try await locks.acquire("k")
        await halt.pass()
        held.release()
        await halt.pass()
      }
      #expect(task.outcome == nil)
      #expect(locks.isLocked("k"))
      #expect(locks.count == 1)
      halt.open()
      executor.drain()
      #expect(task.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: Form.allCases)
  func aKeyIsReleasedWhenABodyThrows(form: Form) async {
    struct Mishap: Error {}
    let locks = LockTable<String>()
    let outcome = await Outcome.of {
      try await form.run("k", of: locks) {
        await Task.yield()
        throw Mishap()
      }
    }
    #expect(outcome == Outcome(Mishap()))
    #expect(locks.isEmpty)
  }

  //  owner of the table      tasks 0, 1, 2
  //  holds k
  //                          wait; nothing of theirs names the table
  //  lets the table go
  //                          is cancelled (1)
  //  releases
  //                          hold k (0, then 2)
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func tasksWaitOnThoughTheTableIsGone(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let executor = SteppedExecutor()
      let table = Parcel(LockTable<String>.unmonitored(.init(fairness: fairness)))
      var holder: LockTable<String>.Guard?
      var tasks: [Attempt] = []
      do {
        guard let locks = table.take() else { return }
        holder = locks.acquire("k")
        for index in 0..<3 {
          let ticket = Parcel(locks)
          tasks.append(
            executor.start {
              guard let held = try await wait(ticket, isTimed: index != 1) else { return }
              await Task.yield()
              held.release()
            })
        }
      }
      #expect(tasks.outcomes == [nil])
      tasks[1].cancel()
      executor.drain()
      #expect(tasks[1].outcome == .cancelled)
      holder.take()?.release()
      executor.drain()
      #expect(tasks[0].outcome == .had && tasks[2].outcome == .had)
    }
  }
}

/// The table's last mention is the call.
private func wait(
  _ ticket: Parcel<LockTable<String>>, isTimed: Bool
) async throws -> LockTable<String>.Guard? {
  isTimed
    ? try await ticket.take()?.acquire("k", timeout: .seconds(3600))
    : try await ticket.take()?.acquire("k")
}
