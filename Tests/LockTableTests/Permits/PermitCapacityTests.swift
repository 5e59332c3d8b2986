import LockTable
import Testing

/// How many permits a key has, if that differs by key and changes.
@Suite(.watched) struct PermitCapacityTests {
  @Test func aKeyIsAskedForWhenItComesIntoUse() async throws {
    let asked = Guarded<[String]>([])
    let table = SemaphoreTable<String>(permits: { key in
      asked.withLock { $0.append(key) }
      return key.count
    })
    #expect(asked.withLock(\.self) == [])
    let first = try await table.acquirePermit("ab")
    let second = table.acquirePermitIfAvailable("ab").orFail()
    #expect(!table.has(1, leftOf: "ab"))
    #expect(asked.withLock(\.self) == ["ab"])
    #expect(await table.withPermitsIfAvailable(4, of: "abcd") { true } == true)
    #expect(asked.withLock(\.self) == ["ab", "abcd"])
    first.release()
    second.release()
    // A table does not remember the number of an idle key.
    await table.withUncancellablePermit("ab") {}
    #expect(asked.withLock(\.self) == ["ab", "abcd", "ab"])
    #expect(table.isEmpty)
  }

  @Test func aRequestAboveTheCapacityFailsAtOnce() async {
    for table in [SemaphoreTable<Int>(permits: 2), SemaphoreTable<Int>(permits: { _ in 2 })] {
      for form in PermitForm.allCases {
        let outcome = await Outcome.of { try await form.run(3, of: 1, in: table, timeout: nil) }
        #expect(outcome == .exceeded)
      }
      #expect(PermitErrors.exceeds(table) == .exceeded)
      #expect(table.isEmpty)
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func aCapacityThatRisesLetsInThoseWhoWait(fairness: LockTableConfiguration.Fairness) async {
    await onPlainThread {
      let limit = Guarded(1)
      let table = SemaphoreTable<Int>(
        permits: { _ in limit.withLock(\.self) }, configuration: .init(fairness: fairness))
      let executor = SteppedExecutor()
      let holder = table.acquirePermit(1)
      let task = executor.start { try await table.withPermit(1) {} }
      #expect(task.outcome == nil)
      limit.withLock { $0 = 2 }
      #expect(!table.has(1, leftOf: 1))
      table.capacityChanged(for: 1)
      executor.drain { task.outcome != nil }
      #expect(task.outcome == .had && table.permitsOut(of: 1) == 1)
      holder.release()
      #expect(table.isEmpty)
    }
  }

  //  holder      heavy         light       heavy, a thread
  //  has 2 of 3
  //              wants 3
  //                            wants 1
  //                                        wants 2
  //  the capacity falls to 1
  //              fails                     fails
  //  keeps 2
  //  releases                  has 1
  @Test func aCapacityThatFallsRevokesNothing() async {
    await onPlainThread {
      let limit = Guarded(3)
      let table = SemaphoreTable<Int>(
        permits: { _ in limit.withLock(\.self) }, configuration: .init(fairness: .fifo))
      let executor = SteppedExecutor()
      let holder = table.acquirePermitsIfAvailable(2, of: 1).orFail()
      let heavy = executor.start { try await table.withPermits(3, of: 1) {} }
      let light = executor.start { try await table.withPermit(1) {} }
      let outcome = Guarded<Outcome?>(nil)
      let thread = NativeThread {
        let result = Outcome.ofThread { try table.withPermits(2, of: 1) {} }
        outcome.withLock { $0 = result }
      }
      thread.waitUntilAsleep()
      limit.withLock { $0 = 1 }
      table.capacityChanged(for: 1)
      thread.join()
      executor.drain()
      #expect(heavy.outcome == .exceeded && outcome.withLock(\.self) == .exceeded)
      #expect(light.outcome == nil && table.permitsOut(of: 1) == 2)
      holder.release()
      executor.drain()
      #expect(light.outcome == .had)
      #expect(table.isEmpty)
    }
  }

  @Test func withoutPermitsRequestsWait() async {
    await onPlainThread {
      let limit = Guarded(0)
      let table = SemaphoreTable<Int>(
        permits: { _ in limit.withLock(\.self) }, configuration: .init(fairness: .fifo))
      let executor = SteppedExecutor()
      let light = executor.start { try await table.withPermit(1) {} }
      let heavy = executor.start { try await table.withPermits(5, of: 1) {} }
      table.capacityChanged(for: 1)
      executor.drain()
      #expect(light.outcome == nil && heavy.outcome == nil)
      limit.withLock { $0 = 5 }
      table.capacityChanged(for: 1)
      executor.drain()
      #expect(light.outcome == .had && heavy.outcome == .had)
      #expect(table.isEmpty)
    }
  }

  @Test func aChangeForAnIdleKeyAsksNobody() {
    let asked = Tally()
    let table = SemaphoreTable<Int>(permits: { _ in
      asked.add()
      return 1
    })
    table.capacityChanged(for: 1)
    #expect(asked.count == 0 && table.isEmpty)
    SemaphoreTable<Int>(permits: 1).capacityChanged(for: 1)
  }

  // The closure uses the table that asks it, and the key itself: no lock is held meanwhile.
  @Test func theTableMayBeUsedWhileItAsks() async {
    await onPlainThread {
      let reference = Guarded<SemaphoreTable<Int>?>(nil)
      let depth = Guarded(0)
      let table = SemaphoreTable<Int>(permits: { key in
        let isFirst = depth.withLock { depth in
          depth += 1
          return depth == 1
        }
        if isFirst, let table = reference.withLock(\.self) {
          table.withPermit(key + 1) {}
          table.withPermit(key) {}
          _ = table.snapshot()
        }
        return 1
      })
      reference.withLock { $0 = table }
      table.withPermit(7) {}
      reference.withLock { $0 = nil }
      #expect(table.isEmpty)
    }
  }

  //  first             second
  //  is asked: 1
  //                    the capacity changes; is asked: 2
  //  answers 1, late
  @Test func anOldAnswerDoesNotOverrideANewerOne() async {
    await onPlainThread {
      let asked = Gate(), mayAnswer = Gate()
      let answers = Guarded([1, 2])
      let table = SemaphoreTable<Int>(permits: { _ in
        let answer = answers.withLock { $0.removeFirst() }
        if answer == 1 {
          asked.open()
          mayAnswer.pass()
        }
        return answer
      })
      let released = Gate(), has = Gate()
      let thread = NativeThread {
        let permit = table.acquirePermit(1)
        has.open()
        released.pass()
        permit.release()
      }
      asked.pass()
      table.capacityChanged(for: 1)
      mayAnswer.open()
      has.pass()
      #expect(table.has(1, leftOf: 1), "the older answer counts")
      released.open()
      thread.join()
      #expect(table.isEmpty)
    }
  }

  @Test func manyTasksWithChanges() async {
    let limit = Guarded(2)
    let table = SemaphoreTable<Int>(permits: { _ in limit.withLock(\.self) })
    let counts = Guarded((out: 0, most: 0))
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<40 {
        let weight = 1 + index % 2
        group.addTask {
          for _ in 0..<20 {
            try? await table.withPermits(weight, of: 1) {
              counts.withLock {
                $0.out += weight
                $0.most = max($0.most, $0.out)
              }
              await Task.yield()
              counts.withLock { $0.out -= weight }
            }
          }
        }
      }
      group.addTask {
        for step in 0..<200 {
          limit.withLock { $0 = [0, 1, 3, 2][step % 4] }
          table.capacityChanged(for: 1)
          await Task.yield()
        }
      }
    }
    let (out, most) = counts.withLock(\.self)
    #expect(out == 0 && most <= 3, "a key never has more than 3 permits")
    #expect(table.isEmpty)
  }
}

enum PermitErrors {
  static func exceeds(_ table: SemaphoreTable<Int>) -> Outcome {
    Outcome.ofThread { try table.withPermits(3, of: 1, timeout: .zero) {} }
  }
}
