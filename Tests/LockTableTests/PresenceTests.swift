import LockTable
import Testing

// What a table keeps, and for how long.

private func longKey(_ number: Int) -> String {
  "a key that is longer than what is kept in place, or so it seems to its reader \(number)"
}

@Suite(.watched) struct PresenceTests {
  @Test func theLastReleaseOfEveryKeyEmptiesTheTable() {
    func check<Key: Hashable & Sendable>(_ keys: [Key]) {
      let locks = LockTable<Key>(configuration: .init(stripeCount: 8))
      var dice = Dice(keys.count)
      let parcels = keys.map { Parcel(locks.acquire($0)) }
      #expect(locks.count == keys.count)
      for (index, parcel) in parcels.shuffled(using: &dice).enumerated() {
        #expect(locks.count == keys.count - index)
        parcel.take()?.release()
      }
      #expect(locks.isEmpty)
    }
    check(Array(0..<500))
    check((0..<500).map(String.init))
    check((0..<500).map(longKey))
    check((0..<500).map(Place.shelf))
    check((0..<100).map(Colliding.init))
  }

  @Test func keysThatComeAndGoTakeUpNoMemory() {
    func check<Key: Hashable & Sendable>(_ count: Int, _ key: (Int) -> Key) {
      let locks = LockTable<Key>(configuration: .init(stripeCount: 64))
      func pass(_ numbers: Range<Int>) {
        for number in numbers {
          locks.withLock(key(number)) {}
        }
      }
      pass(0..<1000)
      let before = locks.allocatedBytes
      pass(1000..<Load.scaled(count))
      #expect(locks.allocatedBytes == before)
      // With others around, so that keys go to the sets, too.
      let residents = locks.acquire(all: (0..<100).map { key(-1 - $0) })
      pass(0..<1000)
      let crowded = locks.allocatedBytes
      pass(1000..<Load.scaled(count))
      #expect(locks.allocatedBytes <= 2 * crowded)
      residents.release()
      #expect(locks.isEmpty)
      #expect(locks.allocatedBytes <= 4 * before)
    }
    check(1_000_000) { $0 }
    check(200_000) { "key \($0)" }
    check(100_000, longKey)
    check(100_000, Place.shelf)
  }

  @Test func aBurstOfKeysLeavesLittleBehind() {
    func check<Key: Hashable & Sendable>(_ count: Int, _ key: (Int) -> Key) {
      let locks = LockTable<Key>()
      let idle = locks.allocatedBytes
      let count = Load.scaled(count)
      let holders = locks.acquire(all: (0..<count).map(key))
      #expect(locks.count == count)
      #expect(locks.allocatedBytes > idle)
      holders.release()
      #expect(locks.isEmpty)
      #expect(locks.allocatedBytes <= 4 * idle)
    }
    check(100_000) { $0 }
    check(100_000) { "key \($0)" }
    check(30_000, longKey)
    check(30_000, Place.shelf)
  }

  //  holder, waiter of k         others
  //                              the table grows by thousands of keys, and shrinks
  //  the waiter is woken: k's entry is where it was
  @Test func entriesThatAreWaitedForStayWhereTheyAreWhileTheTableGrows() {
    func check<Key: Hashable & Sendable>(_ key: (Int) -> Key) {
      let locks = LockTable<Key>.unmonitored(.init(stripeCount: 1))
      let hads = Tally()
      let awaited = [key(0), key(1)]
      let holders = awaited.map { Parcel(locks.acquire($0)) }
      let waiters = awaited.map { key in
        NativeThread {
          locks.withLock(key) { hads.add() }
        }
      }
      for waiter in waiters {
        waiter.waitUntilAsleep()
      }
      let others = locks.acquire(all: (2..<Load.scaled(20_000)).map(key))
      holders[0].take()?.release()
      waiters[0].join()
      others.release()
      holders[1].take()?.release()
      waiters[1].join()
      #expect(hads.count == 2)
      #expect(locks.isEmpty)
    }
    check { $0 }
    check { "key \($0)" }
    check(longKey)
    check(Place.shelf)
  }

  @Test func anAttemptThatFailsLeavesNothing() {
    let locks = LockTable<String>(configuration: .init(stripeCount: 2))
    let names = (0..<20).map { "key \($0)" }
    let holders = locks.acquire(all: names)
    func attempt() {
      for name in names {
        #expect(locks.withLockIfAvailable(name) {} == nil)
        #expect(locks.withLockIfAvailable(all: [name, "other"]) {} == nil)
        #expect(!locks.isLocked("other"))
      }
    }
    attempt()
    let bytes = locks.allocatedBytes
    for _ in 0..<100 {
      attempt()
    }
    #expect(locks.count == 20)
    #expect(locks.allocatedBytes == bytes)
    holders.release()
    #expect(locks.isEmpty)
  }

  /// Looks while others acquire and release, until they are done.
  private func observe<Key: Hashable & Sendable>(
    _ locks: LockTable<Key>, churn keys: [Key], threads: Int, _ look: () -> Void
  ) {
    let ended = Tally()
    let workers = (0..<threads).map { thread in
      NativeThread {
        var dice = Dice(thread)
        for _ in 0..<Load.scaled(3000) {
          let key = keys[Int.random(in: keys.indices, using: &dice)]
          switch Int.random(in: 0..<3, using: &dice) {
          case 0: _ = locks.withLockIfAvailable(key) {}
          case 1: try? locks.withLock(key, timeout: .microseconds(10)) {}
          default: locks.withLock(key) {}
          }
        }
        ended.add()
      }
    }
    while ended.count < threads {
      look()
    }
    for worker in workers {
      worker.join()
    }
  }

  @Test(arguments: [1, 16]) func aTableCanBeInspectedWhileItIsUsed(stripes: Int) {
    func check<Key: Hashable & Sendable>(_ key: (Int) -> Key) {
      let locks = LockTable<Key>(configuration: .init(stripeCount: stripes))
      let threads = 3
      let residents = locks.acquire(all: (0..<5).map(key))
      let held = key(2)
      let never = key(1000)
      // A thread's key may be counted once a stripe at the most.
      let most = 5 + threads * stripes
      observe(locks, churn: (5..<12).map(key), threads: threads) {
        let count = locks.count
        if count < 5 || count > most || locks.isEmpty {
          Issue.record("\(count) keys in a table of 5 to \(most)")
        }
        if !locks.isLocked(held) || locks.isLocked(never) {
          Issue.record("a key that is held all the time is free, or one that never is, is taken")
        }
        _ = locks.isLocked(key(7))
      }
      #expect(locks.count == 5)
      residents.release()
      #expect(locks.isEmpty)
    }
    check { $0 }
    check { "key \($0)" }
    check(longKey)
    check(Colliding.init)
  }

  @Test func tryingNeverWaits() {
    let locks = LockTable<Int>(configuration: .init(stripeCount: 1))
    let held = locks.acquire(0)
    observe(locks, churn: [1, 2, 3], threads: 3) {
      if locks.withLockIfAvailable(0, {}) != nil || locks.acquireIfAvailable(all: [9, 0]) != nil {
        Issue.record("a key that is held all the time was had")
      }
      if locks.withLockIfAvailable(4, { 1 }) == nil {
        Issue.record("a key that nobody else uses was refused")
      }
    }
    held.release()
    #expect(locks.isEmpty)
  }
}
