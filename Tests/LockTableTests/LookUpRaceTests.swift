import LockTable
import Testing

// Keys that Swift compares are compared while no lock is held. A key whose `==` stops lets a test
// put whatever it likes between the look-up of a key and what follows from it.

private typealias Table = LockTable<ScriptedKey>

@Suite(.watched) struct LookUpRaceTests {
  /// All keys meet in one stripe, and all of a group have one hash.
  private let locks = Table(configuration: .init(stripeCount: 1))

  //  holder            finder              third
  //  holds k
  //                    finds k's entry,
  //                    compares …
  //  releases k
  //                                        holds k
  //                    … equal
  //                    waits
  //                                        releases k
  //                    holds k
  @Test func anEntryThatIsReleasedDuringTheLookUpKeepsItsKey() {
    let pause = Pause()
    let occupancy = Occupancy()
    let holder = locks.acquire(ScriptedKey(1))
    let finder = NativeThread { [locks] in
      locks.withLock(ScriptedKey(1, pause: pause)) {
        occupancy.enter()
        occupancy.leave()
      }
    }
    pause.waitForArrival()
    holder.release()
    #expect(!locks.isLocked(ScriptedKey(1)))
    #expect(locks.count == 1)

    locks.withLock(ScriptedKey(1)) {
      occupancy.enter()
      pause.resume()
      finder.waitUntilAsleep()
      #expect(locks.count == 1)
      occupancy.leave()
    }
    finder.join()
    #expect(occupancy.maximum == 1)
    #expect(locks.isEmpty)
  }

  //  holder            finder
  //  holds k
  //                    compares …
  //  releases k
  //                    … equal
  //                    holds k
  @Test func aKeyThatComesFreeDuringTheLookUpIsAcquired() {
    for isTry in [false, true] {
      let pause = Pause()
      let hads = Tally()
      let holder = locks.acquire(ScriptedKey(1))
      let finder = NativeThread { [locks] in
        let key = ScriptedKey(1, pause: pause)
        if isTry {
          _ = locks.withLockIfAvailable(key) { hads.add() }
        } else {
          locks.withLock(key) { hads.add() }
        }
      }
      pause.waitForArrival()
      holder.release()
      pause.resume()
      finder.join()
      #expect(hads.count == 1)
      #expect(locks.isEmpty)
    }
  }

  //  holder            finder of l         third
  //  holds k
  //                    compares l with k …
  //  releases k
  //                                        holds l, a new entry
  //                    … different
  //                    finds l: taken
  @Test func aKeyThatAppearsDuringTheLookUpIsFound() {
    let pause = Pause()
    let refusals = Tally()
    let holder = locks.acquire(ScriptedKey(1))
    let finder = NativeThread { [locks] in
      if locks.withLockIfAvailable(ScriptedKey(2, pause: pause), {}) == nil {
        refusals.add()
      }
    }
    pause.waitForArrival()
    holder.release()
    let third = locks.acquire(ScriptedKey(2))
    pause.resume()
    finder.join()
    #expect(refusals.count == 1)
    #expect(locks.count == 1)
    third.release()
    #expect(locks.isEmpty)
  }

  //  holders of k, l, m     finder of n              third
  //                         compares n with one of
  //                         them …
  //                                                  holds n, wherever its entry goes
  //                         … different
  //                         goes on, finds n: taken
  @Test(arguments: 0..<3) func noEntryIsAddedBehindAWalk(stop: Int) {
    let pause = Pause(isArmed: false)
    let refusals = Tally()
    let holders = locks.acquire(
      all: (0..<3).map { (name: Int) -> ScriptedKey in
        name == stop ? ScriptedKey(name, pause: pause) : ScriptedKey(name)
      })
    pause.arm()
    let finder = NativeThread { [locks] in
      if locks.withLockIfAvailable(ScriptedKey(9), {}) == nil {
        refusals.add()
      }
    }
    pause.waitForArrival()
    let third = locks.acquire(ScriptedKey(9))
    pause.resume()
    finder.join()
    #expect(refusals.count == 1)
    #expect(locks.count == 4)
    third.release()
    holders.release()
    #expect(locks.isEmpty)
  }

  //  first finder of l      second finder of l      k is held
  //  compares l with k …    compares l with k …
  //  … different, inserts l,
  //  holds it
  //                         … different
  //                         finds l: taken
  @Test func twoInsertionsOfOneKeyMakeOneEntry() {
    let first = Pause()
    let second = Pause()
    let release = Gate()
    let refusals = Tally()
    let holder = locks.acquire(ScriptedKey(1))
    let winner = NativeThread { [locks] in
      locks.withLock(ScriptedKey(2, pause: first)) { release.pass() }
    }
    let loser = NativeThread { [locks] in
      if locks.withLockIfAvailable(ScriptedKey(2, pause: second), {}) == nil {
        refusals.add()
      }
    }
    first.waitForArrival()
    second.waitForArrival()
    first.resume()
    winner.waitUntilAsleep()
    second.resume()
    loser.join()
    #expect(refusals.count == 1)
    #expect(locks.count == 2)
    release.open()
    winner.join()
    holder.release()
    #expect(locks.isEmpty)
  }

  //  holder            finder of l
  //  holds k
  //                    compares l with k …
  //  releases k, but the finder needs its entry
  //                    … different
  //                    k's entry goes with the finder's step
  @Test func theLookUpThatIsTheLastToNeedAnEntryRemovesIt() {
    let pause = Pause()
    let ends = Tally()
    let holder = locks.acquire(ScriptedKey(1, token: Token { ends.add() }))
    let finder = NativeThread { [locks] in
      locks.withLock(ScriptedKey(2, pause: pause)) {
        #expect(locks.count == 1)
      }
    }
    pause.waitForArrival()
    holder.release()
    #expect(ends.count == 0)
    #expect(locks.count == 1)
    pause.resume()
    finder.join()
    #expect(ends.count == 1)
    #expect(locks.isEmpty)
  }

  //  holders of k, l, m     finder of n
  //                         compares n with one of them, and maybe with others before …
  //  release all of them
  //                         … different: goes on from where it was, and inserts n
  //
  // The finder needs those that it has compared until it knows that n is none of them.
  @Test(arguments: 0..<3) func aWalkGoesOnThoughAllAroundItIsGone(stop: Int) {
    let pause = Pause(isArmed: false)
    let ends = Tally()
    let hads = Tally()
    let holders = locks.acquire(
      all: (0..<3).map { (name: Int) -> ScriptedKey in
        var key = ScriptedKey(name, token: Token { ends.add() })
        if name == stop {
          key.onCompare = { pause.stopOnce() }
        }
        return key
      })
    pause.arm()
    let finder = NativeThread { [locks] in
      locks.withLock(ScriptedKey(9)) { hads.add() }
    }
    pause.waitForArrival()
    holders.release()
    let pinned = locks.count
    #expect((1...3).contains(pinned))
    #expect(ends.count == 3 - pinned)
    pause.resume()
    finder.join()
    #expect(hads.count == 1)
    #expect(ends.count == 3)
    #expect(locks.isEmpty)
  }

  //  holder            finder              others
  //  holds k
  //                    compares …
  //                                        insert 5000 keys: the set grows
  //  releases k
  //                                        release them: it shrinks
  //                    … equal, holds k
  @Test func theTableMayGrowAndShrinkDuringTheLookUp() {
    let pause = Pause()
    let hads = Tally()
    let holder = locks.acquire(ScriptedKey(1))
    let finder = NativeThread { [locks] in
      locks.withLock(ScriptedKey(1, pause: pause)) { hads.add() }
    }
    pause.waitForArrival()
    let others = locks.acquire(all: (1...Load.scaled(5000)).map { ScriptedKey(1, group: $0) })
    #expect(locks.count == Load.scaled(5000) + 1)
    holder.release()
    others.release()
    pause.resume()
    finder.join()
    #expect(hads.count == 1)
    #expect(locks.isEmpty)
  }

  @Test func askingWhetherAKeyIsHeldKeepsNothing() {
    let pause = Pause()
    let holder = locks.acquire(ScriptedKey(1))
    let answers = Tally()
    let asker = NativeThread { [locks] in
      answers.add(locks.isLocked(ScriptedKey(1, pause: pause)) ? 1 : 0)
    }
    pause.waitForArrival()
    holder.release()
    #expect(locks.count == 1)
    pause.resume()
    asker.join()
    #expect(answers.count == 0)
    #expect(locks.isEmpty)
  }

  @Test func aSlowComparisonHoldsUpNoOtherCall() {
    let pause = Pause()
    let holder = locks.acquire(ScriptedKey(1))
    let finder = NativeThread { [locks] in
      _ = locks.withLockIfAvailable(ScriptedKey(1, pause: pause)) {}
    }
    pause.waitForArrival()
    locks.withLock(ScriptedKey(2)) {
      #expect(locks.isLocked(ScriptedKey(2)))
      #expect(locks.withLockIfAvailable(all: [ScriptedKey(3), ScriptedKey(4)]) { 1 } == 1)
      #expect(locks.withLockIfAvailable(ScriptedKey(1)) {} == nil)
    }
    pause.resume()
    finder.join()
    holder.release()
    #expect(locks.isEmpty)
  }

  @Test func aComparisonMayUseTheTable() {
    let runs = Tally()
    var nosy = ScriptedKey(1)
    nosy.onCompare = { [locks] in
      runs.add()
      locks.withLock(ScriptedKey(5, group: 5)) {
        runs.add(locks.count > 1 ? 0 : 1000)
      }
    }
    let holder = locks.acquire(ScriptedKey(2))
    locks.withLock(nosy) {
      #expect(locks.isLocked(ScriptedKey(1)))
    }
    holder.release()
    #expect(runs.count > 0 && runs.count < 1000)
    #expect(locks.isEmpty)
  }

  @Test func theEndOfAKeyMayUseTheTable() {
    let ends = Tally()
    for _ in 0..<3 {
      locks.withLock(
        ScriptedKey(
          1,
          token: Token { [locks] in
            locks.withLock(ScriptedKey(1)) { ends.add() }
          })
      ) {}
    }
    #expect(ends.count == 3)
    #expect(locks.isEmpty)
  }

  //  holder of k, l    several             third
  //  holds l
  //                    pins k
  //                    compares l with k …
  //  releases l
  //                                        holds l, a new entry
  //                    … different
  //                    pins l: taken
  @Test func multiKeyCallsLookKeysUpAsSingleKeyCallsDo() {
    let pause = Pause()
    let refusals = Tally()
    let holder = locks.acquire(ScriptedKey(2))
    let several = NativeThread { [locks] in
      let keys = [ScriptedKey(1, pause: pause), ScriptedKey(2)]
      if locks.acquireIfAvailable(all: keys) == nil {
        refusals.add()
      }
    }
    pause.waitForArrival()
    holder.release()
    let third = locks.acquire(ScriptedKey(2))
    pause.resume()
    several.join()
    #expect(refusals.count == 1)
    #expect(locks.count == 1)
    third.release()
    #expect(locks.isEmpty)
  }

  @Test func everyCopyOfAKeyIsGoneInTheEnd() {
    let begins = Tally()
    let ends = Tally()
    onThreads(6) { [locks] index in
      var dice = Dice(index)
      for _ in 0..<Load.scaled(1500) {
        begins.add()
        let name = Int.random(in: 0..<3, using: &dice)
        let key = ScriptedKey(name, token: Token { ends.add() })
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: locks.withLock(key) {}
        case 1: _ = locks.withLockIfAvailable(key) {}
        case 2: try? locks.withLock(key, timeout: .microseconds(20)) {}
        default: locks.withLock(all: [ScriptedKey(3), key]) {}
        }
      }
    }
    #expect(locks.isEmpty)
    #expect(ends.count == begins.count)
  }
}
