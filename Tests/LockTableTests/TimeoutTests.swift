import LockTable
import Testing

/// How long a test is willing to wait, in each form that the interface has.
enum Limit: Sendable, CustomTestStringConvertible {
  case timeout(Duration)
  case fromNow(Duration)

  var testDescription: String {
    switch self {
    case .timeout(let duration): "timeout \(duration)"
    case .fromNow(let duration): "until \(duration) from now"
    }
  }

  func acquire<Key>(
    _ key: Key, of locks: LockTable<Key>
  ) throws -> LockTable<Key>.Guard {
    switch self {
    case .timeout(let duration): try locks.acquire(key, timeout: duration)
    case .fromNow(let duration): try locks.acquire(key, until: .now + duration)
    }
  }

  func acquire<Key>(
    all keys: [Key], of locks: LockTable<Key>
  ) throws -> LockTable<Key>.MultiGuard {
    switch self {
    case .timeout(let duration): try locks.acquire(all: keys, timeout: duration)
    case .fromNow(let duration): try locks.acquire(all: keys, until: .now + duration)
    }
  }

  func withLock<Key>(_ key: Key, of locks: LockTable<Key>, _ body: () throws -> Void) throws {
    switch self {
    case .timeout(let duration): try locks.withLock(key, timeout: duration, body)
    case .fromNow(let duration): try locks.withLock(key, until: .now + duration, body)
    }
  }

  func withLock<Key>(
    all keys: [Key], of locks: LockTable<Key>, _ body: () throws -> Void
  ) throws {
    switch self {
    case .timeout(let duration): try locks.withLock(all: keys, timeout: duration, body)
    case .fromNow(let duration): try locks.withLock(all: keys, until: .now + duration, body)
    }
  }

  static let past: [Limit] = [
    .timeout(.zero), .timeout(.seconds(-1)), .timeout(.seconds(Int64.min)),
    .timeout(.nanoseconds(-1)), .fromNow(.zero), .fromNow(.seconds(-3600)),
    .fromNow(.seconds(Int64.min)),
  ]

  static let short: [Limit] = [
    .timeout(Duration(secondsComponent: 0, attosecondsComponent: 1)), .timeout(.nanoseconds(1)),
    .timeout(.milliseconds(3)), .fromNow(.microseconds(1)), .fromNow(.milliseconds(3)),
  ]

  /// Above what the core's clock can hold, and just below. Two of them are next to nothing in
  /// nanoseconds modulo 2^64.
  static let endless: [Limit] = [
    .timeout(.seconds(3600)), .timeout(.seconds(Int64.max)), .timeout(.seconds(9_223_372_036)),
    .timeout(.seconds(18_446_744_073)), .timeout(.seconds(18_446_744_074)),
    .timeout(.seconds(1 << 55)),
    .timeout(.seconds(18_446_744_073) + .nanoseconds(709_551_617)),
    .fromNow(.seconds(3600)), .fromNow(.seconds(Int64.max)), .fromNow(.seconds(18_446_744_073)),
  ]
}

@Suite(.watched) struct TimeoutTests {
  let locks = LockTable<String>()

  @Test(arguments: Limit.past + Limit.short + Limit.endless)
  func aFreeKeyIsAcquiredWithinAnyLimit(limit: Limit) throws {
    let held = try limit.acquire("a", of: locks)
    #expect(locks.isLocked("a"))
    held.release()
    let guards = try limit.acquire(all: ["a", "b"], of: locks)
    #expect(locks.isLocked("a") && locks.isLocked("b"))
    guards.release()
    try limit.withLock("a", of: locks) { #expect(locks.isLocked("a")) }
    try limit.withLock(all: ["a", "b"], of: locks) { #expect(locks.count == 2) }
    #expect(locks.isEmpty)
  }

  @Test(arguments: Limit.past + Limit.short)
  func aHeldKeyIsNotAcquiredAndLeavesNothing(limit: Limit) {
    offThePool {
      locks.withLock("a") {
        func isRefused(_ attempt: () throws -> Void) -> Bool {
          (try? attempt()) == nil && locks.count == 1 && locks.isLocked("a")
        }
        #expect(isRefused { try limit.acquire("a", of: locks).release() })
        #expect(isRefused { try limit.acquire(all: ["b", "a", "c"], of: locks).release() })
        #expect(isRefused { try limit.withLock("a", of: locks) {} })
        #expect(isRefused { try limit.withLock(all: ["b", "a", "c"], of: locks) {} })
      }
      #expect(locks.isEmpty)
    }
  }

  @Test(
    arguments: Limit.endless,
    [LockTableConfiguration.Fairness.adaptive, .fifo])
  func aTimedWaiterGetsTheKeyWhenItIsReleased(
    limit: Limit, fairness: LockTableConfiguration.Fairness
  ) throws {
    let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
    let holder = locks.acquire("a")
    let hads = Tally()
    let waiter = NativeThread {
      guard let held = try? limit.acquire("a", of: locks) else { return }
      hads.add()
      held.release()
    }
    waiter.waitUntilAsleep()
    #expect(hads.count == 0)
    holder.release()
    waiter.join()
    #expect(hads.count == 1)
    #expect(locks.isEmpty)
  }

  // In a process of its own: what can go wrong is a trap in the arithmetic.
  @Test func aLimitThatNoClockHoldsIsNoLimit() async {
    await #expect(processExitsWith: .success) {
      waitFor(.timeout(.seconds(Int64.max) * 4))
      waitFor(.fromNow(.seconds(Int64.max) * 4))
    }
  }

  //  holder          leaver              stayer
  //  holds
  //                  waits, with limit
  //                                      waits
  //                  gives up
  //  releases
  //                                      holds
  @Test(arguments: [LockTableConfiguration.Fairness.adaptive, .fifo])
  func aWaiterThatLeavesDoesNotHoldUpTheNext(fairness: LockTableConfiguration.Fairness) {
    let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
    untilLinedUp(from: .milliseconds(250)) { limit in
      let holder = locks.acquire("a")
      let timeouts = Tally()
      let leaver = NativeThread {
        do {
          try locks.acquire("a", timeout: limit).release()
        } catch {
          timeouts.add()
        }
      }
      locks.awaitWaiters(1, for: "a", unless: { timeouts.count == 1 })
      let stayer = NativeThread { locks.withLock("a") {} }
      let hasLinedUp = locks.awaitWaiters(2, for: "a", unless: { timeouts.count == 1 })
      leaver.join()
      #expect(timeouts.count == 1)
      #expect(locks.count == 1)
      holder.release()
      stayer.join()
      #expect(locks.isEmpty)
      return hasLinedUp
    }
  }

  @Test(arguments: [LockTableConfiguration.Fairness.adaptive, .fifo])
  func aGrantAtTheLastMomentIsEitherTakenOrPassedOn(fairness: LockTableConfiguration.Fairness) {
    let locks = LockTable<Int>(configuration: .init(fairness: fairness))
    let witness = Witness(count: 1)
    let hads = Tally()
    onThreads(6) { index in
      var dice = Dice(index)
      for _ in 0..<Load.scaled(1000) {
        let limit = Duration.microseconds(Int.random(in: 0...60, using: &dice))
        let isHad: Void? = try? locks.withLock(1, timeout: limit) { witness.add(at: 0) }
        hads.add(isHad == nil ? 0 : 1)
      }
    }
    #expect(witness.total == hads.count)
    #expect(locks.isEmpty)
  }

  @Test func waitersThatGiveUpLeaveNothing() {
    let locks = LockTable<String>.unmonitored(.init(stripeCount: 4))
    let keys = (0..<8).map { "key \($0)" }
    let guards = locks.acquire(all: keys)
    onThreads(8) { index in
      for round in 0..<40 {
        let key = keys[(index + round) % keys.count]
        #expect(
          Outcome.ofThread {
            try locks.acquire(key, timeout: .microseconds(200)).release()
          } == .timedOut)
      }
    }
    #expect(locks.count == 8)
    guards.release()
    #expect(locks.isEmpty)
  }
}

private func waitFor(_ limit: Limit) {
  let locks = LockTable<Int>.unmonitored()
  let holder = locks.acquire(1)
  let waiter = NativeThread {
    do {
      try limit.acquire(1, of: locks).release()
    } catch {
      fatalError("timed out")
    }
  }
  waiter.waitUntilAsleep()
  holder.release()
  waiter.join()
}
