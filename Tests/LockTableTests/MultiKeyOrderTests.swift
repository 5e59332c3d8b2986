import Foundation
import LockTable
import Synchronization
import Testing

// What calls for several keys promise whatever the keys are, whatever lists them, and whichever form
// is called: each key once, one order, all or nothing, and no code of the caller's in between.

@Suite(.watched) struct MultiKeyOrderTests {
  @Test func aKeyNamedTwiceIsHeldOnce() throws {
    func expectOne<Key: Hashable & Sendable>(_ key: Key, in locks: LockTable<Key>) {
      for shared in [[key, key, key], [key]] {
        for exclusive in [[], [key], [key, key]] {
          var count = 0
          if let held = locks.acquireIfAvailable(exclusive: exclusive, shared: shared) {
            count = held.count
            #expect(locks.snapshot().keys.map(\.holderCount) == [1])
            #expect(locks.withSharedLockIfAvailable(key, {}) != nil || !exclusive.isEmpty)
            held.release()
          }
          #expect(count == 1)
          #expect(locks.isEmpty)
        }
      }
    }
    expectOne(1, in: LockTable())
    expectOne("a", in: LockTable())
    expectOne("é", in: LockTable())
    expectOne(String(repeating: "long", count: 50), in: LockTable())
    expectOne([UInt8](), in: LockTable())
    expectOne(AccountID(rawValue: 1), in: LockTable())
    expectOne(TenantUser(tenant: 1, user: "é"), in: LockTable())
    expectOne(Place.shelf(1), in: LockTable())
    let text = LockTable<String>()
    #expect(text.withLock(exclusive: [], shared: ["é", "e\u{301}"]) { text.count } == 1)
  }

  //  holder          waiter
  //  holds a
  //                  acquires a and b: holds b if that comes first
  //
  // And the same with b. Of two keys one comes first, so exactly one of the two waiters holds the
  // other key; it has to be the same key, whatever lists them.
  @Test(arguments: LockTableConfiguration.Fairness.both)
  func thereIsOneOrderWhateverListsTheKeys(fairness: LockTableConfiguration.Fairness) async {
    @Sendable func expectOneOrder<Key: Hashable & Sendable>(_ a: Key, _ b: Key) {
      let locks = LockTable<Key>(configuration: .init(fairness: fairness))
      let ways: [@Sendable () -> Void] = [
        { locks.withLock(all: [a, b]) {} },
        { locks.withLock(all: [b, a, b]) {} },
        { locks.withLock(all: Set([a, b])) {} },
        { locks.withLock(all: [b, a].lazy.map { $0 }) {} },
        { locks.withLock(exclusive: CollectionOfOne(b), shared: [a]) {} },
        { try? locks.withLock(all: [b, a], timeout: .seconds(3600)) {} },
      ]
      let first = ways.map { way in
        [(a, b), (b, a)].map { held, other in
          let holder = locks.acquire(held)
          let waiter = NativeThread(way)
          waiter.waitUntilAsleep()
          let isFirst = locks.isLocked(other)
          #expect(locks.count == 2, "what is not held is pinned")
          holder.release()
          waiter.join()
          return isFirst
        }
      }
      #expect(Set(first).count == 1, "\(first)")
      #expect(first[0][0] != first[0][1])
      #expect(locks.isEmpty)
    }
    await onPlainThread {
      expectOneOrder(1, 2)
      expectOneOrder("a", "b")
      expectOneOrder(String(repeating: "a", count: 200), "é")
      expectOneOrder(Place.shelf(1), .nowhere)
    }
  }

  /// Two unordered attempts on the same keys, and no others: one of them gets them.
  @Test func ofTwoAttemptsOneSucceeds() async {
    @Sendable func compete<Key: Hashable & Sendable>(_ keys: [Key]) {
      let locks = LockTable<Key>()
      let reversed = Array(keys.reversed())
      let set = Set(keys)
      let ways: [@Sendable () -> LockTable<Key>.MultiGuard?] = [
        { locks.acquireIfAvailable(all: keys) },
        { locks.acquireIfAvailable(all: reversed) },
        { locks.acquireIfAvailable(all: set) },
        { locks.acquireIfAvailable(all: reversed.lazy.map { $0 }) },
        { try? locks.acquire(all: keys, timeout: .zero) },
        { try? locks.acquire(all: set, until: .now - .seconds(1)) },
      ]
      for (index, way) in ways.enumerated() {
        let rounds = Load.scaled(400)
        let arrivals = Atomic(0)
        let successes = Atomic(0)
        let pair = [way, ways[(index + 1) % ways.count]]
        onThreads(2) { side in
          for round in 0..<rounds {
            arrivals.meet(2 * round + 1)
            let lock = pair[side]()
            if lock != nil {
              successes.add(1, ordering: .relaxed)
            }
            arrivals.meet(2 * round + 2)
            _ = consume lock
          }
        }
        #expect(successes.load(ordering: .relaxed) == rounds, "ways \(index) and the next")
      }
      #expect(locks.isEmpty)
    }
    await onPlainThread {
      compete([1, 2])
      compete(["a", "b", "c"])
      compete([Place.nowhere, .shelf(1)])
    }
  }

  @Test(arguments: LockTableConfiguration.Fairness.both)
  func noCodeOfTheCallerRunsWhileSomeKeysAreHeld(
    fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      expectUnheld(WatchedIdentity.self, fairness)
      expectUnheld(WatchedText.self, fairness)
      expectUnheld(WatchedKey.self, fairness)
    }
  }

  private func expectUnheld<Key: Telling>(
    _: Key.Type, _ fairness: LockTableConfiguration.Fairness
  ) {
    let locks = LockTable<Key>(configuration: .init(fairness: fairness, stripeCount: 4))
    let witness = KeyWitness()
    @Sendable func keys(_ numbers: [Int]) -> [Key] { numbers.map { Key($0, witness) } }
    @Sendable func lazily(_ numbers: [Int]) -> some Collection<Key> {
      numbers.lazy.map { number in
        witness.note()
        return Key(number, witness)
      }
    }

    // One of the keys is in the way, or none is: the first, the last, or one in the middle.
    for taken in [nil, 1, 2, 3] {
      let isFree = taken == nil
      let holder = taken.flatMap { locks.acquireIfAvailable(Key($0, witness)) }
      witness.watch {
        locks.snapshot().keys.filter { $0.holderCount > 0 }.count > (isFree ? 0 : 1)
      }
      #expect((locks.withLockIfAvailable(all: keys([3, 1, 2, 1])) {} != nil) == isFree)
      #expect((locks.withLockIfAvailable(all: lazily([2, 3, 1])) {} != nil) == isFree)
      #expect(
        (locks.withLockIfAvailable(exclusive: keys([2]), shared: lazily([3, 3, 1])) {} != nil)
          == isFree)
      let limit = Duration.milliseconds(1)
      #expect(
        Outcome.ofThread { try locks.withLock(all: keys([1, 2, 3]), timeout: limit) {} }
          == (isFree ? .had : .timedOut))
      #expect(
        Outcome.ofThread { try locks.withLock(all: lazily([3, 2, 1]), timeout: .zero) {} }
          == (isFree ? .had : .timedOut))
      let executor = SteppedExecutor()
      let task = executor.start { try await locks.withLock(all: keys([3, 1, 2, 3])) {} }
      task.cancel()
      executor.drain()
      let late = executor.start {
        try await locks.withLock(exclusive: lazily([1]), shared: keys([2, 3]), timeout: .zero) {}
      }
      executor.drain()
      #expect(task.outcome == (isFree ? .had : .cancelled))
      #expect(late.outcome == (isFree ? .had : .timedOut))
      witness.watch(nil)
      _ = consume holder
    }
    #expect(witness.calls > 0)
    #expect(witness.callsWhileHeld == 0, "\(Key.self)")
    #expect(locks.isEmpty)
  }
}

extension Atomic<Int> {
  /// Comes to the meeting of that number; both leave it at once.
  fileprivate func meet(_ number: Int) {
    add(1, ordering: .acquiringAndReleasing)
    var spins = 0
    while load(ordering: .acquiring) < 2 * number {
      spins += 1
      if spins.isMultiple(of: 1000) {
        sched_yield()
      }
    }
  }
}

/// Notes each call of a key's code, and asks whether a key is held at that moment.
private final class KeyWitness: Sendable {
  private let state = Guarded((calls: 0, whileHeld: 0))
  private let question = Guarded<(@Sendable () -> Bool)?>(nil)

  var calls: Int { state.withLock { $0.calls } }
  var callsWhileHeld: Int { state.withLock { $0.whileHeld } }

  func watch(_ isAnyHeld: (@Sendable () -> Bool)?) {
    question.withLock { $0 = isAnyHeld }
  }

  func note() {
    // Not twice at a time: to look at a table may ask keys.
    guard let isAnyHeld = question.withLock({ $0.take() }) else { return }
    let isHeld = isAnyHeld()
    state.withLock {
      $0.calls += 1
      $0.whileHeld += isHeld ? 1 : 0
    }
    watch(isAnyHeld)
  }
}

private protocol Telling: Hashable, Sendable {
  init(_ number: Int, _ witness: KeyWitness)
}

private struct WatchedIdentity: Telling, LockKey {
  let number: Int
  let witness: KeyWitness
  init(_ number: Int, _ witness: KeyWitness) {
    self.number = number
    self.witness = witness
  }
  var lockIdentity: Int {
    witness.note()
    return number
  }
  static func == (left: Self, right: Self) -> Bool { left.number == right.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

private struct WatchedText: Telling, LockKey {
  let number: Int
  let witness: KeyWitness
  init(_ number: Int, _ witness: KeyWitness) {
    self.number = number
    self.witness = witness
  }
  var lockIdentity: String {
    witness.note()
    return number == 2 ? "é" : "number \(number)"
  }
  static func == (left: Self, right: Self) -> Bool { left.number == right.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// All have one hash; copies end with the table's last use of them.
private struct WatchedKey: Telling {
  let number: Int
  let witness: KeyWitness
  let token: Token
  init(_ number: Int, _ witness: KeyWitness) {
    self.number = number
    self.witness = witness
    token = Token { witness.note() }
  }
  static func == (left: Self, right: Self) -> Bool {
    left.witness.note()
    return left.number == right.number
  }
  func hash(into hasher: inout Hasher) {
    witness.note()
    hasher.combine(0)
  }
}
