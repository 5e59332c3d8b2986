import LockTable
import Testing

private enum Refusal: Error, Equatable {
  case refused
}

private struct Ticket: ~Copyable {
  let number: Int
}

@Suite(.watched) struct ScopedLockTests {
  let locks = LockTable<String>()

  @Test func aKeyIsHeldWhileTheBodyRunsAndGoneAfterwards() {
    locks.withLock("a") {
      #expect(locks.isLocked("a"))
      #expect(!locks.isLocked("b"))
      #expect(locks.count == 1)
      #expect(!locks.isEmpty)
      #expect(locks.withLockIfAvailable("a") { 1 } == nil)
    }
    #expect(!locks.isLocked("a"))
    #expect(locks.isEmpty)
  }

  @Test func theBodysResultIsReturned() throws {
    #expect(locks.withLock("a") { 7 } == 7)
    #expect(locks.withLockIfAvailable("a") { 7 } == 7)
    #expect(try locks.withLock("a", timeout: .seconds(1)) { 7 } == 7)
    #expect(try locks.withLock("a", until: .now + .seconds(1)) { 7 } == 7)
    #expect(locks.withLock(all: ["a", "b"]) { 7 } == 7)
    #expect(locks.withLockIfAvailable(all: ["a", "b"]) { 7 } == 7)
    #expect(try locks.withLock(all: ["a", "b"], timeout: .seconds(1)) { 7 } == 7)
    #expect(try locks.withLock(all: ["a", "b"], until: .now + .seconds(1)) { 7 } == 7)
  }

  @Test func aResultThatCannotBeCopiedIsReturned() throws {
    let first = locks.withLock("a") { Ticket(number: 1) }
    let second = locks.withLockIfAvailable("a") { Ticket(number: 2) }
    let third = try locks.withLock("a", timeout: .zero) { Ticket(number: 3) }
    let fourth = locks.withLock(all: ["a"]) { Ticket(number: 4) }
    #expect(first.number + third.number + fourth.number == 8)
    let isPresent = second != nil
    #expect(isPresent)
  }

  @Test func aGuardCanBeTheResult() {
    let inner = locks.withLock("outer") { locks.acquire("inner") }
    #expect(!locks.isLocked("outer"))
    #expect(locks.isLocked("inner"))
    inner.release()
    #expect(locks.isEmpty)
  }

  @Test func theErrorKeepsItsType() {
    let throwing = { () throws(Refusal) -> Int in throw .refused }
    do {
      _ = try locks.withLock("a", throwing)
    } catch {
      let refusal: Refusal = error
      #expect(refusal == .refused)
    }
    do {
      _ = try locks.withLockIfAvailable("a", throwing)
    } catch {
      let refusal: Refusal = error
      #expect(refusal == .refused)
    }
    do {
      _ = try locks.withLock(all: ["a", "b"], throwing)
    } catch {
      let refusal: Refusal = error
      #expect(refusal == .refused)
    }
    do {
      _ = try locks.withLockIfAvailable(all: ["a", "b"], throwing)
    } catch {
      let refusal: Refusal = error
      #expect(refusal == .refused)
    }
    #expect(locks.isEmpty)
  }

  @Test func aBodyThatThrowsReleases() {
    func refuse() throws {
      #expect(locks.isLocked("a"))
      throw Refusal.refused
    }

    #expect(throws: Refusal.refused) { try locks.withLock("a", refuse) }
    #expect(throws: Refusal.refused) { try locks.withLockIfAvailable("a", refuse) }
    #expect(throws: Refusal.refused) { try locks.withLock("a", timeout: .seconds(1), refuse) }
    #expect(throws: Refusal.refused) {
      try locks.withLock("a", until: .now + .seconds(1), refuse)
    }
    #expect(throws: Refusal.refused) { try locks.withLock(all: ["a", "b"], refuse) }
    #expect(throws: Refusal.refused) { try locks.withLockIfAvailable(all: ["a", "b"], refuse) }
    #expect(throws: Refusal.refused) {
      try locks.withLock(all: ["a", "b"], timeout: .seconds(1), refuse)
    }
    #expect(throws: Refusal.refused) {
      try locks.withLock(all: ["a", "b"], until: .now + .seconds(1), refuse)
    }
    #expect(locks.isEmpty)
  }

  @Test(arguments: [0, 1, 2]) func everyWayOutOfTheBodyReleases(way: Int) {
    let result = locks.withLock("a") {
      if way == 0 {
        return "early"
      }
      guard way == 1 else { return "late" }
      return "middle"
    }
    #expect(["early", "middle", "late"].contains(result))
    #expect(locks.isEmpty)
  }

  @Test func differentKeysNestInOneThread() {
    let crowded = LockTable<Int>(configuration: .init(stripeCount: 1))
    func descend(_ depth: Int) -> Int {
      depth == 200 ? crowded.count : crowded.withLock(depth) { descend(depth + 1) }
    }
    #expect(descend(0) == 200)
    #expect(crowded.isEmpty)
  }

  @Test func aHolderThatTriesItsOwnKeyDoesNotGetIt() {
    offThePool {
      locks.withLock("a") {
        #expect(locks.withLockIfAvailable("a") {} == nil)
        #expect(locks.withLockIfAvailable(all: ["b", "a"]) {} == nil)
        let isRefused = locks.acquireIfAvailable("a") == nil
        #expect(isRefused)
        #expect(
          Outcome.ofThread {
            try locks.withLock("a", timeout: .milliseconds(2)) {}
          } == .timedOut)
        #expect((try? locks.withLock("b", timeout: .zero) { locks.count }) == 2)
        #expect(locks.count == 1)
      }
      #expect(locks.isEmpty)
    }
  }

  @Test func aRefusedBodyDoesNotRun() {
    let runs = Tally()
    locks.withLock("a") {
      #expect(locks.withLockIfAvailable("a") { runs.add() } == nil)
      #expect(locks.withLockIfAvailable(all: ["a"]) { runs.add() } == nil)
      #expect(
        Outcome.ofThread {
          try locks.withLock("a", timeout: .zero) { runs.add() }
        } == .timedOut)
      #expect(
        Outcome.ofThread {
          try locks.withLock(all: ["a"], until: .now) { runs.add() }
        } == .timedOut)
    }
    #expect(runs.count == 0)
  }

  @Test func tablesKnowNothingOfEachOther() {
    let others = LockTable<String>()
    locks.withLock("a") {
      #expect(!others.isLocked("a"))
      #expect(others.withLock("a") { others.count } == 1)
      #expect(others.isEmpty)
    }
  }

  @Test func threadsAtOneKeyAreServedOneAtATime() {
    let witness = Witness(count: 1)
    onThreads(4) { [locks] _ in
      for _ in 0..<Load.scaled(2000) {
        locks.withLock("a") { witness.add(at: 0) }
      }
    }
    #expect(witness.total == 4 * Load.scaled(2000))
    #expect(locks.isEmpty)
  }
}
