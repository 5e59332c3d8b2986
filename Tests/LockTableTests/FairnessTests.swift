import Foundation
import LockTable
import Testing

@Suite(.watched) struct FairnessTests {
  //  holder       waiter 0     waiter 1     …        waiter 7
  //  holds k
  //               waits
  //                            waits
  //                                                  waits
  //  releases
  //               holds k, then 1, then 2, … 7
  @Test(.enabled(if: NativeThread.sleepersAreVisible))
  func strictOrderIsTheOrderOfArrival() {
    let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
    let order = Guarded<[Int]>([])
    let holder = locks.acquire("k")
    let waiters = (0..<8).map { name in
      let waiter = NativeThread {
        switch name % 4 {
        case 0: locks.withLock("k") { order.withLock { $0.append(name) } }
        case 1:
          try? locks.withLock("k", timeout: .seconds(3600)) { order.withLock { $0.append(name) } }
        case 2: locks.withLock(all: ["k", "k"]) { order.withLock { $0.append(name) } }
        default:
          let held = locks.acquire("k")
          order.withLock { $0.append(name) }
          held.release()
        }
      }
      waiter.waitUntilAsleep()
      return waiter
    }
    holder.release()
    for waiter in waiters {
      waiter.join()
    }
    #expect(order.withLock(\.self) == Array(0..<8))
    #expect(locks.isEmpty)
  }

  //  holder       waiter               newcomer
  //  holds k
  //               waits
  //  releases     holds k from here on,
  //               though it may not run yet
  //                                    tries: refused
  @Test func underStrictOrderANewcomerDoesNotOvertake() {
    let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
    let mayLeave = Gate()
    let holder = locks.acquire("k")
    let waiter = NativeThread {
      locks.withLock("k") { mayLeave.pass() }
    }
    waiter.waitUntilAsleep()
    holder.release()
    #expect(locks.isLocked("k"))
    #expect(locks.withLockIfAvailable("k") {} == nil)
    #expect(Outcome.ofThread { try locks.acquire("k", timeout: .zero).release() } == .timedOut)
    mayLeave.open()
    waiter.join()
    #expect(locks.isEmpty)
  }

  //  holder       leaver           stayer
  //  holds k
  //               waits, first in
  //               line
  //                                waits
  //               gives up
  //  releases
  //                                holds k
  @Test func aWaiterThatGivesUpLosesOnlyItsPlace() {
    untilLinedUp(from: .milliseconds(500)) { limit in
      let locks = LockTable<String>.unmonitored(.init(fairness: .fifo))
      let (order, left) = (Guarded<[Int]>([]), Tally())
      let holder = locks.acquire("k")
      var haveLinedUp = true
      let waiters = (0..<6).map { name in
        let waiter = NativeThread {
          let isLeaver = name % 2 == 0
          try? locks.withLock("k", timeout: isLeaver ? limit : .seconds(3600)) {
            order.withLock { $0.append(name) }
          }
          if isLeaver { left.add() }
        }
        haveLinedUp =
          haveLinedUp && locks.awaitWaiters(name + 1, for: "k", unless: { left.count > 0 })
        return waiter
      }
      for leaver in stride(from: 0, to: 6, by: 2) {
        waiters[leaver].join()
      }
      holder.release()
      for stayer in stride(from: 1, to: 6, by: 2) {
        waiters[stayer].join()
      }
      if haveLinedUp {
        #expect(order.withLock(\.self) == [1, 3, 5])
      }
      #expect(locks.isEmpty)
      return haveLinedUp
    }
  }

  //  greedy                         patient
  //  holds k
  //                                 waits
  //  releases and acquires k again, and again, until the patient one has had it
  @Test(arguments: [LockTableConfiguration.Fairness.adaptive, .fifo])
  func noWaiterStarves(fairness: LockTableConfiguration.Fairness) {
    offThePool {
      for waiters in [1, 4] {
        let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
        let hads = Tally()
        var held = Optional(locks.acquire("k"))
        let patients = (0..<waiters).map { _ in
          NativeThread {
            locks.withLock("k") { hads.add() }
          }
        }
        for patient in patients {
          patient.waitUntilAsleep()
        }
        while hads.count < waiters {
          held.take()?.release()
          held = locks.acquire("k")
        }
        held.take()?.release()
        for patient in patients {
          patient.join()
        }
        #expect(locks.isEmpty)
      }
    }
  }

  //  greedy                 patient
  //  holds k
  //                         waits, for longer than the bound
  //  releases, and holds k
  //  again at once
  //                         is woken, finds k taken, sleeps
  //  releases               holds k from here on, though it may not run yet
  //  tries again: refused
  @Test(.enabled(if: NativeThread.sleepersAreVisible))
  func aWokenWaiterThatIsTooLateIsHandedTheKeyNextTime() {
    offThePool {
      let locks = LockTable<String>.unmonitored()
      var overtakings = 0
      // Once in a while the patient one is quicker: nothing was overtaken then.
      for _ in 0..<50 where overtakings < 3 {
        let mayLeave = Gate()
        let greedy = locks.acquire("k")
        let patient = NativeThread {
          locks.withLock("k") { mayLeave.pass() }
        }
        patient.waitUntilAsleep()
        greedy.release()
        if let again = locks.acquireIfAvailable("k") {
          overtakings += 1
          patient.waitUntilAsleep()
          again.release()
          #expect(locks.isLocked("k"))
          #expect(locks.withLockIfAvailable("k") {} == nil)
        }
        mayLeave.open()
        patient.join()
        #expect(locks.isEmpty)
      }
    }
  }

  @Test(arguments: [LockTableConfiguration.Fairness.adaptive, .fifo])
  func allWaitersGetTheKeyOnOneCore(fairness: LockTableConfiguration.Fairness) {
    offThePool {
      let locks = LockTable<Int>(configuration: .init(fairness: fairness, stripeCount: 1))
      let witness = Witness(count: 3)
      let rounds = Load.scaled(1000)
      onThreads(8) { thread in
        stayOnOneCore()
        for round in 0..<rounds {
          let key = (thread + round) % 3
          locks.withLock(key) { witness.add(at: key) }
        }
      }
      #expect(witness.total == 8 * rounds)
      #expect(locks.isEmpty)
    }
  }
}

/// Binds the calling thread to the first core that it may use. The C library's header keeps these
/// functions from Swift.
private func stayOnOneCore() {
  #if os(Linux)
    typealias Function = @convention(c) (Int32, Int, UnsafeMutableRawPointer?) -> Int32
    func function(_ name: String) -> Function? {
      dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
    }
    guard let get = function("sched_getaffinity"), let set = function("sched_setaffinity")
    else { return }

    var cores = [UInt8](repeating: 0, count: 128)
    guard get(0, cores.count, &cores) > -1, let first = cores.firstIndex(where: { $0 != 0 })
    else { return }
    let lowest = cores[first] & (~cores[first] &+ 1)
    cores = [UInt8](repeating: 0, count: 128)
    cores[first] = lowest
    #expect(set(0, cores.count, &cores) == 0)
  #endif
}
