import LockTable
import Testing

/// Keys that reach the core in each way, and what is done with a table of them.
enum KeyWay: CaseIterable, Sendable {
  case integer, text, plainValue, owningValue, valuesOfOneHash, boxed

  struct Large: Hashable, Sendable {
    var words = (0, 0, 0, 0)
    var more = (0, 0, 0, 0, 0)
    var name: String

    static func == (a: Large, b: Large) -> Bool { a.name == b.name }

    func hash(into hasher: inout Hasher) {
      hasher.combine(name)
    }
  }

  /// Runs `body` with three keys of one kind.
  func run(_ body: any BodyForKeys) async {
    switch self {
    case .integer: await body.run([1, 2, 3])
    case .text: await body.run(["a", "b", "c"])
    case .plainValue: await body.run([1.5, 2.5, 3.5])
    case .owningValue: await body.run([Place.room("a", floor: 1), .room("b", floor: 1), .shelf(3)])
    case .valuesOfOneHash: await body.run([Colliding("a"), Colliding("b"), Colliding("c")])
    case .boxed: await body.run([Large(name: "a"), Large(name: "b"), Large(name: "c")])
    }
  }
}

/// A test for keys of any type.
protocol BodyForKeys: Sendable {
  func run<Key: Hashable & Sendable>(_ keys: [Key]) async
}

/// New calls on a table that is closed.
@Suite(.watched) struct ClosedTableTests {
  @Test func closingTwiceIsClosingOnce() {
    let locks = LockTable<String>()
    #expect(!locks.isClosed)
    locks.close()
    #expect(locks.isClosed)
    locks.close()
    #expect(locks.isClosed && locks.isEmpty)
  }

  private struct Refusing: BodyForKeys {
    let isHeld: Bool

    func run<Key: Hashable & Sendable>(_ keys: [Key]) async {
      let locks = LockTable<Key>()
      let holder = isHeld ? locks.acquireSharedIfAvailable(keys[1]) : nil
      locks.close()
      for form in Form.allCases {
        #expect(await Outcome.of { try await form.run(keys[1], of: locks) {} } == .closed)
      }
      for form in SharedForm.allCases {
        #expect(await Outcome.of { try await form.run(keys[1], of: locks) {} } == .closed)
      }
      for form in ModeForm.allCases {
        for mode in LockMode.both {
          #expect(await Outcome.of { try await form.run(keys[1], mode, of: locks) {} } == .closed)
        }
      }
      for form in Form.timed {
        for limit in [Duration.zero, .seconds(Int64.max)] {
          #expect(
            await Outcome.of { try await form.run(keys[1], of: locks, limit: limit) {} } == .closed)
        }
      }
      let several = await Outcome.of {
        try await locks.withLock(exclusive: [keys[0], keys[1]], shared: [keys[2]]) {}
      }
      #expect(several == .closed)
      await onPlainThread { refuseThreads(of: locks, keys) }
      #expect(locks.count == (isHeld ? 1 : 0))
      #expect(locks.isLocked(keys[1]) == isHeld)
      holder?.release()
      #expect(locks.isEmpty)
    }

    private func refuseThreads<Key>(of locks: LockTable<Key>, _ keys: [Key]) {
      for limit in [Duration.zero, .seconds(3600), .seconds(Int64.max)] {
        for form in SharedForm.timed {
          #expect(
            Outcome.ofThread { try form.runBlocking(keys[1], of: locks, limit: limit) {} }
              == .closed)
        }
        for form in ModeForm.timed {
          for mode in LockMode.both {
            #expect(
              Outcome.ofThread { try form.runBlocking(keys[1], mode, of: locks, limit: limit) {} }
                == .closed)
          }
        }
        let outcomes = [
          Outcome.ofThread { try locks.withLock(keys[1], timeout: limit) {} },
          Outcome.ofThread { try locks.withLock(keys[1], until: .now) {} },
          Outcome.ofThread { try locks.acquire(keys[1], timeout: limit).release() },
          Outcome.ofThread { try locks.acquire(keys[1], until: .now).release() },
          Outcome.ofThread { try locks.withLock(all: keys, timeout: limit) {} },
          Outcome.ofThread { try locks.withLock(all: keys, until: .now) {} },
          Outcome.ofThread { try locks.acquire(all: keys, timeout: limit).release() },
          Outcome.ofThread { try locks.acquire(all: keys, until: .now).release() },
        ]
        #expect(Set(outcomes) == [.closed])
      }
    }
  }

  @Test(arguments: KeyWay.allCases, [false, true])
  func eachFormThatCanThrowThrows(way: KeyWay, isHeld: Bool) async {
    await way.run(Refusing(isHeld: isHeld))
  }

  private struct Attempting: BodyForKeys {
    func run<Key: Hashable & Sendable>(_ keys: [Key]) async {
      let locks = LockTable<Key>()
      locks.close()
      var runs = 0
      await locks.withLockIfAvailable(keys[0]) { runs += 1 }
      await locks.withSharedLockIfAvailable(keys[0]) { runs += 1 }
      await locks.withLockIfAvailable(all: keys) { runs += 1 }
      await locks.withLockIfAvailable(exclusive: [keys[0]], shared: [keys[1]]) { runs += 1 }
      for mode in LockMode.both {
        await locks.withLockIfAvailable(keys[0], mode: mode) { runs += 1 }
      }
      runs += attemptInThread(locks, keys)
      #expect(runs == 0)
      #expect(locks.isEmpty)
    }

    private func attemptInThread<Key>(_ locks: LockTable<Key>, _ keys: [Key]) -> Int {
      var runs = 0
      locks.withLockIfAvailable(keys[0]) { runs += 1 }
      locks.withSharedLockIfAvailable(keys[0]) { runs += 1 }
      locks.withLockIfAvailable(all: keys) { runs += 1 }
      locks.withLockIfAvailable(exclusive: [keys[0]], shared: [keys[1]]) { runs += 1 }
      for mode in LockMode.both {
        locks.withLockIfAvailable(keys[0], mode: mode) { runs += 1 }
        if let held = locks.acquireIfAvailable(keys[0], mode: mode) {
          runs += 1
          held.release()
        }
      }
      if let held = locks.acquireIfAvailable(keys[0]) {
        runs += 1
        held.release()
      }
      if let held = locks.acquireSharedIfAvailable(keys[0]) {
        runs += 1
        held.release()
      }
      if let held = locks.acquireIfAvailable(exclusive: [keys[0]], shared: [keys[1]]) {
        runs += 1
        held.release()
      }
      return runs
    }
  }

  @Test(arguments: KeyWay.allCases)
  func attemptsGetNothing(way: KeyWay) async {
    await way.run(Attempting())
  }

  private struct GoingOn: BodyForKeys {
    func run<Key: Hashable & Sendable>(_ keys: [Key]) async {
      let locks = LockTable<Key>()
      locks.close()
      let runs = Tally()
      for form in UncancellableForm.allCases {
        await form.run(keys[0], of: locks) { runs.add() }
      }
      await locks.withUncancellableLock(exclusive: [keys[2], keys[0]], shared: [keys[1]]) {
        runs.add()
        #expect(locks.count == 3)
      }
      await onPlainThread {
        locks.withLock(keys[0]) { runs.add() }
        locks.withSharedLock(keys[0]) { runs.add() }
        locks.withLock(all: keys) { runs.add() }
        locks.withLock(exclusive: [keys[0]], shared: [keys[1]]) { runs.add() }
        let held = locks.acquire(keys[0])
        let reader = held.downgrade()
        locks.withSharedLock(keys[0]) { runs.add() }
        reader.release()
        let several = locks.acquire(all: keys)
        several.release()
      }
      #expect(runs.count == UncancellableForm.allCases.count + 6)
      #expect(locks.isEmpty)
      #expect(locks.statistics().closedFailures == 0)
    }
  }

  @Test(arguments: KeyWay.allCases)
  func formsThatThrowNothingGoOn(way: KeyWay) async {
    await way.run(GoingOn())
  }

  @Test func aRefusedCallIsCountedUnlessItWouldNotHaveWaited() async {
    let locks = LockTable<String>(configuration: .init(diagnostics: .init()))
    locks.close()
    _ = await Outcome.of { try await locks.withLock("a") {} }
    _ = await Outcome.of { try await locks.withLock(all: ["a", "b"], timeout: .seconds(1)) {} }
    await locks.withLockIfAvailable("a") {}
    #expect(locks.statistics().closedFailures == 2)
    #expect(locks.statistics().acquisitions == 0)
  }
}
