import LockTable
import Testing

/// `LockTableConfiguration.maximumWaiters`.
@Suite(.watched) struct TableLimitTests {
  private func table(
    _ limit: Int, _ fairness: LockTableConfiguration.Fairness = .adaptive, name: String? = nil
  ) -> LockTable<Int> {
    LockTable(
      name: name, configuration: .init(fairness: fairness, maximumWaiters: limit), seed: (1, 2),
      isMonitored: false)
  }

  //  holder        task 0     task 1     newcomers
  //  holds 0 … 2
  //                waits
  //                           waits
  //                                      are turned away, whatever their key
  //                leaves
  //                                      one waits
  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aFullTableRefusesATask(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = table(2, fairness)
      let executor = SteppedExecutor()
      let holder = locks.acquire(all: [0, 1, 2])
      let first = executor.start { try await locks.withLock(0) {} }
      let second = executor.start { try await form.run(1, of: locks) {} }
      for key in 0..<3 {
        let other = executor.start { try await form.run(key, of: locks) {} }
        #expect(other.outcome == .crowded)
      }
      first.cancel()
      executor.drain()
      #expect(first.outcome == .cancelled)
      let third = executor.start { try await form.run(2, of: locks) {} }
      #expect(second.outcome == nil && third.outcome == nil)
      let fourth = executor.start { try await form.run(2, of: locks) {} }
      #expect(fourth.outcome == .crowded)
      holder.release()
      executor.drain()
      #expect(second.outcome == .had && third.outcome == .had && locks.isEmpty)
    }
  }

  @Test func theSentenceNamesTheTable() async throws {
    try await tryOnPlainThread {
      let locks = table(1, name: "accounts")
      let executor = SteppedExecutor()
      let holder = locks.acquire(all: [1, 2])
      let waiter = executor.start { try await locks.withLock(1) {} }
      do throws(LockTableError) {
        try locks.acquire(2, timeout: .seconds(3600)).release()
        Issue.record("the table is full")
      } catch {
        #expect(error.reason == .tooManyWaiters && error.waiterLimit == .table(1))
        #expect(
          "\(error)"
            == #""accounts" has 1 waiter already, as many as allowed; 2 was not waited for"#)
      }
      #expect(locks.statistics().refusals == 1)
      holder.release()
      executor.drain()
      #expect(waiter.outcome == .had)
    }
  }

  /// However a waiter leaves, the next one has its place.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aPlaceIsFreeAgainHoweverItWasLeft(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let locks = table(1, fairness)
      let executor = SteppedExecutor()
      for form in Form.allCases {
        for way in 0..<4 {
          var holder = Optional(locks.acquire(1))
          let limit = way == 0 && form.isTimed ? Duration.milliseconds(1) : .seconds(3600)
          let task = executor.start { try await form.run(1, of: locks, limit: limit) {} }
          switch way {
          case 0 where form.isTimed: break
          case 0, 1: task.cancel()
          case 2:
            holder.take()?.release()
            task.cancel()
          default: holder.take()?.release()
          }
          executor.drain(until: { task.outcome != nil })
          #expect(task.outcome != .crowded)
          holder.take()?.release()
          #expect(locks.isEmpty)
        }
      }
    }
  }

  /// Forms that can't throw are counted, and wait all the same.
  @Test func whatCannotBeRefusedTakesAPlace() async {
    await onPlainThread {
      let locks = table(1)
      let executor = SteppedExecutor()
      let holder = locks.acquire(all: [1, 2])
      let patient = executor.start { await locks.withUncancellableLock(1) {} }
      let more = executor.start { await locks.withUncancellableLock(2) {} }
      #expect(patient.outcome == nil && more.outcome == nil)
      let refused = executor.start { try await locks.withLock(2) {} }
      #expect(refused.outcome == .crowded)
      holder.release()
      executor.drain()
      #expect(patient.outcome == .had && more.outcome == .had)
      let last = executor.start { try await locks.withLock(2) {} }
      #expect(last.outcome == .had && locks.isEmpty)
    }
  }

  @Test(arguments: [1, 7, Int.max]) func anyLimitAboveZeroIsAccepted(limit: Int) {
    #expect(table(limit).isEmpty)
  }

  @Test func aLimitOfNoWaitersTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = LockTable<Int>(configuration: .init(maximumWaiters: 0))
    }
  }
}
