import LockTable
import Testing

// A table of locks by name has to forget unused names. OpenStack nova's did so in the wrong moment
// (its bug 872558): a holder removed the name on its way out while another one was waiting, so that
// a third one, which found no lock of that name, made a new one.

private let fairnesses = [LockTableConfiguration.Fairness.adaptive, .fifo]

@Suite(.watched) struct NameReuseTests {
  //  first               second              third
  //  holds "oof"
  //                      waits for "oof"
  //  releases, removes
  //  the name?
  //                      holds "oof"
  //                                          finds no such name, makes another, holds "oof" too?
  @Test(arguments: fairnesses, ["oof", String(repeating: "oof", count: 50), "öof"])
  func aNameThatIsWaitedForIsNotForgotten(
    fairness: LockTableConfiguration.Fairness, name: String
  ) {
    let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
    let occupancy = Occupancy()
    let isInside = Gate()
    let mayLeave = Gate()

    let first = locks.acquire(name)
    let second = NativeThread {
      locks.withLock(name) {
        occupancy.enter()
        isInside.open()
        mayLeave.pass()
        occupancy.leave()
      }
    }
    second.waitUntilAsleep()
    first.release()
    isInside.pass()

    #expect(locks.isLocked(name))
    #expect(locks.withLockIfAvailable(name) { occupancy.enter() } == nil)
    let third = NativeThread {
      locks.withLock(name) {
        occupancy.enter()
        occupancy.leave()
      }
    }
    third.waitUntilAsleep()
    #expect(occupancy.current == 1)
    #expect(locks.count == 1)
    mayLeave.open()
    second.join()
    third.join()
    #expect(occupancy.maximum == 1)
    #expect(locks.isEmpty)
  }

  //  first               second              third
  //  holds "oof"
  //                      waits for "oof"
  //  releases
  //                                          holds "oof", be it before the second or after it
  //                                          releases, removes the name?
  //                      releases, removes a name that is gone?
  @Test(arguments: fairnesses)
  func theLastToLeaveForgetsTheNameOnce(fairness: LockTableConfiguration.Fairness) {
    offThePool {
      let locks = LockTable<String>(configuration: .init(fairness: fairness))
      let occupancy = Occupancy()
      for _ in 0..<Load.scaled(200) {
        let first = locks.acquire("oof")
        let others = (0..<2).map { _ in
          NativeThread {
            locks.withLock("oof") {
              occupancy.enter()
              occupancy.leave()
            }
          }
        }
        first.release()
        locks.withLock("oof") {
          occupancy.enter()
          occupancy.leave()
        }
        for other in others {
          other.join()
        }
        #expect(locks.isEmpty)
      }
      #expect(occupancy.maximum == 1)
    }
  }

  //  Each entry goes back to the table when its key is left, and is the next key's at once.
  @Test(arguments: [1, 2, 64]) func entriesPassFromKeyToKey(stripes: Int) {
    func churn<Key: Hashable & Sendable>(_ keys: [Key]) {
      let locks = LockTable<Key>(configuration: .init(stripeCount: stripes))
      let witness = Witness(count: keys.count)
      let rounds = Load.scaled(3000)
      onThreads(4) { thread in
        var dice = Dice(thread)
        for _ in 0..<rounds {
          let index = Int.random(in: keys.indices, using: &dice)
          locks.withLock(keys[index]) { witness.add(at: index) }
        }
      }
      #expect(witness.total == 4 * rounds)
      #expect(locks.isEmpty)
    }
    churn(Array(0..<6))
    churn((0..<6).map { "key \($0)" })
    churn((0..<6).map { "a key that is longer than what is kept in place, or so it seems \($0)" })
    churn((0..<6).map(Colliding.init))
  }

  //  holders of a, b         waiter for a        waiter for b
  //                          waits
  //                                              waits
  //  a is released
  //                          holds a
  //  b is still held:                            waits
  @Test(arguments: fairnesses)
  func aReleaseWakesNoWaiterOfAnotherKey(fairness: LockTableConfiguration.Fairness) {
    let locks = LockTable<Int>.unmonitored(.init(fairness: fairness, stripeCount: 1))
    let hads = [Tally(), Tally()]
    let holders = [Parcel(locks.acquire(0)), Parcel(locks.acquire(1))]
    let waiters = [0, 1].map { key in
      NativeThread {
        locks.withLock(key) { hads[key].add() }
      }
    }
    for waiter in waiters {
      waiter.waitUntilAsleep()
    }
    holders[0].take()?.release()
    waiters[0].join()
    #expect(hads[0].count == 1)
    waiters[1].waitUntilAsleep()
    #expect(hads[1].count == 0)
    #expect(locks.count == 1)
    holders[1].take()?.release()
    waiters[1].join()
    #expect(hads[1].count == 1)
    #expect(locks.isEmpty)
  }
}
