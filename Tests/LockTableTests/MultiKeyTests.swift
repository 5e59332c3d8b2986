import LockTable
import Testing

@Suite(.watched) struct MultiKeyTests {
  let locks = LockTable<String>()

  @Test func allKeysAreHeldTogetherAndReleasedTogether() {
    locks.withLock(all: ["c", "a", "b"]) {
      #expect(locks.count == 3)
      #expect(["a", "b", "c"].allSatisfy(locks.isLocked))
    }
    #expect(locks.isEmpty)
    let held = locks.acquire(all: ["c", "a", "b"])
    #expect(["a", "b", "c"].allSatisfy(locks.isLocked))
    held.release()
    #expect(locks.isEmpty)
    do {
      let scoped = locks.acquire(all: ["a", "b"])
      let count = scoped.count
      #expect(count == 2)
      #expect(locks.count == 2)
    }
    #expect(locks.isEmpty)
  }

  @Test func duplicatesAreOneKey() {
    let held = locks.acquire(all: ["a", "b", "a", "a", "b"])
    let count = held.count
    #expect(count == 2)
    #expect(locks.count == 2)
    held.release()
    #expect(locks.isEmpty)
    #expect(locks.withLock(all: Array(repeating: "a", count: 1000)) { locks.count } == 1)
    #expect(locks.isEmpty)
  }

  @Test func noKeysAtAllAreHeldAtOnce() throws {
    let held = locks.acquire(all: [])
    let count = held.count
    #expect(count == 0)
    held.release()
    #expect(locks.withLock(all: []) { locks.count } == 0)
    #expect(locks.withLockIfAvailable(all: []) { 1 } == 1)
    #expect(try locks.withLock(all: [], timeout: .zero) { 1 } == 1)
    #expect(locks.isEmpty)
  }

  @Test func anyCollectionWillDo() {
    let numbers = LockTable<Int>()
    #expect(numbers.withLock(all: 1...5) { numbers.count } == 5)
    #expect(numbers.withLock(all: Set([1, 2, 3])) { numbers.count } == 3)
    #expect(numbers.withLock(all: [1: "a", 2: "b"].keys) { numbers.count } == 2)
    #expect(numbers.withLock(all: (1...9).lazy.filter { $0 % 3 == 0 }) { numbers.count } == 3)
    #expect(numbers.withLock(all: [5, 6, 7].dropFirst().reversed()) { numbers.count } == 2)
    #expect(numbers.withLock(all: CollectionOfOne(1)) { numbers.count } == 1)
    #expect(numbers.isEmpty)
  }

  /// A collection's way to its elements may be a lock's, of this table or another.
  @Test func nothingIsHeldWhileTheKeysAreLookedUp() {
    let lookedUp = ["a", "b", "a", "c"].lazy.map { key in
      #expect(!["a", "b", "c"].contains(where: locks.isLocked))
      return key
    }
    #expect(locks.withLock(all: lookedUp) { locks.count } == 3)
    #expect(locks.withLock(exclusive: ["d"], shared: lookedUp) { locks.count } == 4)
    #expect(locks.withLockIfAvailable(exclusive: lookedUp, shared: ["d"]) { locks.count } == 4)
    #expect(locks.isEmpty)
  }

  /// What could be had at once is let go of again, and had together with the rest.
  @Test func aKeyInTheWayOfTheLastIsWaitedForWithoutAHoldLost() async {
    await onPlainThread {
      let holder = locks.acquire("b")
      #expect(locks.withLockIfAvailable(all: ["a", "b"]) {} == nil)
      #expect(
        Outcome.ofThread {
          try locks.withLock(exclusive: ["a"], shared: ["b"], timeout: .milliseconds(1)) {}
        } == .timedOut)
      #expect(locks.count == 1 && !locks.isLocked("a"))
      holder.release()
      #expect(locks.withLock(all: ["a", "b"]) { locks.count } == 2)
      #expect(locks.isEmpty)
    }
  }

  @Test func theCallersCollectionIsLeftAsItIs() {
    let keys = ["z", "a", "m", "a"]
    let before = keys
    locks.acquire(all: keys).release()
    #expect(keys == before)
  }

  @Test(arguments: 0..<5) func oneHeldKeyUndoesAll(taken: Int) {
    offThePool {
      let keys = (0..<5).map { "key \($0)" }
      func expectOnlyTakenIsHeld() {
        #expect(locks.count == 1)
        for (index, key) in keys.enumerated() {
          #expect(locks.isLocked(key) == (index == taken))
        }
      }
      locks.withLock(keys[taken]) {
        #expect(locks.withLockIfAvailable(all: keys) {} == nil)
        expectOnlyTakenIsHeld()
        let isRefused = locks.acquireIfAvailable(all: keys) == nil
        #expect(isRefused)
        expectOnlyTakenIsHeld()
        for limit in Limit.past + Limit.short {
          #expect(
            Outcome.ofThread {
              try limit.acquire(all: keys + keys, of: locks).release()
            } == .timedOut)
          expectOnlyTakenIsHeld()
        }
      }
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: 0..<3) func aLaterKeyIsWaitedForWhileTheOthersAreHeld(late: Int) {
    let keys = ["a", "b", "c"]
    let holder = locks.acquire(keys[late])
    let waiter = NativeThread { [locks] in locks.withLock(all: keys) {} }
    waiter.waitUntilAsleep()
    #expect(locks.count == 3)
    #expect(locks.withLockIfAvailable(all: keys) {} == nil)
    holder.release()
    waiter.join()
    #expect(locks.isEmpty)
  }

  @Test func callsWithoutACommonKeyDoNotWaitForEachOther() {
    let crowded = LockTable<Int>(configuration: .init(stripeCount: 1))
    let odd = crowded.acquire(all: stride(from: 1, to: 100, by: 2).map { $0 })
    let even = crowded.acquire(all: stride(from: 0, to: 100, by: 2).map { $0 })
    #expect(crowded.count == 100)
    odd.release()
    even.release()
    #expect(crowded.isEmpty)
  }

  @Test func multiKeyAndSingleKeyHoldsNest() {
    locks.withLock("a") {
      locks.withLock(all: ["b", "c"]) {
        locks.withLock("d") {
          #expect(locks.count == 4)
        }
      }
    }
    #expect(locks.isEmpty)
  }

  @Test func aThousandKeysAreHeldInEveryWay() {
    func hold<Key>(_ keys: [Key], in locks: LockTable<Key>) {
      #expect(locks.withLock(all: keys + keys.reversed()) { locks.count } == keys.count)
      #expect(locks.isEmpty)
    }
    for stripes in [1, 4, nil] {
      hold(Array(0..<1000), in: LockTable(configuration: .init(stripeCount: stripes)))
      hold((0..<1000).map(String.init), in: LockTable(configuration: .init(stripeCount: stripes)))
      hold(
        (0..<1000).map { "a key that is longer than what is kept in place, or so it seems \($0)" },
        in: LockTable(configuration: .init(stripeCount: stripes)))
      hold((0..<1000).map { Place.shelf($0) }, in: LockTable())
    }
  }

  //  thread 0        thread 1        thread 2 …
  //  holds a, b, c in the order given: none of them can wait for ever if the order is the same
  //  for all, whatever the callers say
  @Test(arguments: [1, 64], [LockTableConfiguration.Fairness.adaptive, .fifo])
  func oppositeOrdersDoNotDeadlock(
    stripes: Int, fairness: LockTableConfiguration.Fairness
  ) {
    func contend<Key: Hashable & Sendable>(_ keys: [Key]) {
      let locks = LockTable<Key>(
        configuration: .init(fairness: fairness, stripeCount: stripes))
      let witness = Witness(count: keys.count)
      let rounds = Load.scaled(400)
      onThreads(6) { index in
        var dice = Dice(index)
        for round in 0..<rounds {
          var wanted = round % 2 == index % 2 ? keys : keys.reversed()
          if round % 3 == 0 {
            wanted.shuffle(using: &dice)
            wanted.append(wanted[0])
          }
          locks.withLock(all: wanted) {
            for index in keys.indices {
              witness.add(at: index)
            }
          }
        }
      }
      #expect(witness.total == 6 * rounds * keys.count)
      #expect(locks.isEmpty)
    }
    contend([1, 2, 3])
    contend(["a", "b", "c", "d"])
    contend(["é", String(repeating: "long", count: 50)])
    contend([Place.nowhere, .shelf(1), .room("a", floor: 2)])
    contend((0..<4).map(Colliding.init))
  }

  @Test(arguments: [3, 5]) func philosophersEat(count: Int) {
    let forks = LockTable<Int>()
    let witness = Witness(count: count)
    let meals = Load.scaled(500)
    onThreads(count) { seat in
      for _ in 0..<meals {
        forks.withLock(all: [seat, (seat + 1) % count]) {
          witness.add(at: seat)
          witness.add(at: (seat + 1) % count)
        }
      }
    }
    #expect(witness.total == 2 * count * meals)
    #expect(forks.isEmpty)
  }

  @Test func singleKeyAndMultiKeyHoldersExcludeEachOther() {
    let witness = Witness(count: 4)
    let rounds = Load.scaled(800)
    let keys = ["a", "b", "c", "d"]
    onThreads(6) { [locks] index in
      var dice = Dice(index)
      for _ in 0..<rounds {
        let first = Int.random(in: 0..<4, using: &dice)
        if index % 2 == 0 {
          locks.withLock(keys[first]) { witness.add(at: first) }
        } else {
          let second = Int.random(in: 0..<4, using: &dice)
          locks.withLock(all: [keys[first], keys[second]]) { witness.add(at: first) }
        }
      }
    }
    #expect(witness.total == 6 * rounds)
    #expect(locks.isEmpty)
  }
}
