import LockTable
import Testing

// Keys with references, whose bytes an entry of the core keeps. It borrows the key of a scope, and
// has a copy of its own of every other. What is tested is that each copy ends, once, not too early
// and with no lock held.

/// Equal by name. All of one group have one hash.
private struct Tracked: Hashable {
  var name: Int
  var group = 0
  var token: Token
  static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.group == right.group
  }
  func hash(into hasher: inout Hasher) { hasher.combine(group) }
}

private struct Labelled: Hashable {
  var number: Int32
  var text: String
}

private struct Wide: Hashable {
  var texts: [String] = []
  var first = "", second = "", third = ""
  var number: Int
  var fourth = ""
}

/// Can't be moved by copying its bytes.
private struct Weak: Hashable {
  var name: String
  weak var object: Node?
  static func == (left: Self, right: Self) -> Bool { left.name == right.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Weak: @unchecked Sendable {}

private struct Unowned: Hashable, @unchecked Sendable {
  // Sound to share: the object is immutable.
  unowned let node: Node
}

private enum Tree: Hashable, Sendable {
  case leaf(String)
  indirect case pair(Tree, Tree)
}

private func allocates<Key: Hashable & Sendable>(_ key: Key) -> Bool {
  let locks = LockTable<Key>()
  let before = locks.allocatedBytes
  return locks.withLock(key) { locks.allocatedBytes } > before
}

@Suite(.watched) struct OwningKeyTests {
  private let locks = LockTable<Tracked>(configuration: .init(stripeCount: 1))
  private let ends = Tally()

  private func key(_ name: Int, group: Int = 0) -> Tracked {
    Tracked(name: name, group: group, token: Token { [ends] in ends.add() })
  }

  // MARK: What is kept how

  @Test func smallKeysWithReferencesAreHeldWithoutAnAllocation() {
    #expect(!allocates(Labelled(number: 1, text: String(repeating: "long ", count: 10))))
    #expect(!allocates(Node(1)))
    #expect(!allocates([1, 2, 3]))
    #expect(!allocates(Character("\u{e9}")))
    #expect(!allocates(Place.room("kitchen", floor: 1)))
    #expect(!allocates(Tree.pair(.leaf("a"), .leaf("b"))))
    #expect(!allocates(key(1)))
  }

  @Test func otherKeysAreHeldInABox() {
    #expect(allocates(Weak(name: "a", object: nil)))
    #expect(allocates(Wide(number: 1)))
    expectOneKey(Wide(texts: ["a"], number: 1), Wide(texts: ["a"], number: 1))
    expectTwoKeys(Wide(texts: ["a"], number: 1), Wide(texts: ["b"], number: 1))
    let node = Node(1)
    expectOneKey(Weak(name: "a", object: node), Weak(name: "a", object: nil))
    expectTwoKeys(Weak(name: "a", object: node), Weak(name: "b", object: node))
  }

  @Test func keysWithReferencesAreComparedByEquality() {
    let long = String(repeating: "long ", count: 10)
    expectOneKey(
      Labelled(number: 1, text: "e\u{301}" + long), Labelled(number: 1, text: "\u{e9}" + long))
    expectTwoKeys(Labelled(number: 1, text: long), Labelled(number: 2, text: long))
    expectOneKey(Tree.pair(.leaf("a"), .leaf("b")), .pair(.leaf("a"), .leaf("b")))
    expectTwoKeys(Tree.pair(.leaf("a"), .leaf("b")), .pair(.leaf("b"), .leaf("a")))
    expectOneKey(Colliding([1, 2]), Colliding([1, 2]))
    expectTwoKeys(Colliding([1, 2]), Colliding([2, 1]))
    let one = Node(1)
    let other = Node(1)
    expectOneKey(Unowned(node: one), Unowned(node: other))
  }

  // MARK: How long a copy lives

  @Test func aScopeKeepsItsKeyForAsLongAsItRuns() {
    locks.withLock(key(1)) {
      #expect(ends.count == 0)
      #expect(locks.snapshot().keys.compactMap(\.key?.name) == [1])
      locks.withSharedLock(key(2)) { #expect(ends.count == 0) }
      #expect(ends.count == 1)
    }
    #expect(ends.count == 2)
    #expect(
      Outcome.ofThread {
        try locks.withLock(key(3), timeout: .seconds(1)) {
          throw LockTableError(.timedOut, key: "k")
        }
      } == .timedOut)
    #expect(locks.withLockIfAvailable(key(4)) { ends.count } == 3)
    #expect(ends.count == 4)
    #expect(locks.isEmpty)
  }

  @Test func theKeyOfAnOuterScopeOutlivesIt() {
    var kept: Tracked? = key(1)
    if let kept {
      for _ in 0..<3 {
        locks.withLock(kept) {}
        locks.acquire(kept).release()
      }
    }
    #expect(ends.count == 0)
    kept = nil
    #expect(ends.count == 1)
    #expect(locks.isEmpty)
  }

  @Test(arguments: [0, 1]) func aGuardHasACopyOfItsOwn(group: Int) {
    let first = locks.acquire(key(1))
    let second = locks.acquireShared(key(2, group: group))
    let third = locks.acquire(key(3, group: group))
    #expect(ends.count == 0)
    #expect(locks.count == 3)
    #expect(Set(locks.snapshot().keys.compactMap(\.key?.name)) == [1, 2, 3])
    #expect(locks.withLockIfAvailable(key(2, group: group)) {} == nil)
    #expect(ends.count == 1)
    first.release()
    #expect(ends.count == 2)
    third.release()
    second.release()
    #expect(ends.count == 4)
    #expect(locks.isEmpty)
  }

  @Test func readersShareOneCopy() {
    let first = locks.acquireShared(key(1))
    locks.withSharedLock(key(1)) { #expect(ends.count == 0) }
    #expect(ends.count == 1)
    locks.withSharedLock(key(2)) {
      let joined = locks.acquireShared(key(2))
      #expect(ends.count == 2)
      joined.release()
    }
    let second = locks.acquireShared(key(1))
    first.release()
    #expect(ends.count == 4)
    second.release()
    #expect(ends.count == 5)
    #expect(locks.isEmpty)
  }

  //  scope with a key of its own      guard
  //  holds k, shared
  //                                   holds k, shared: finds the scope's key
  //  ends: leaves a copy
  //                                   is the last to need it
  @Test func aScopeLeavesACopyToThoseThatNeedItsKey() {
    for isShared in [true, false] {
      let gate = Gate()
      let arrived = Gate()
      let before = ends.count
      let scope = NativeThread { [locks] in
        let own = key(1)
        if isShared {
          locks.withSharedLock(own) {
            arrived.open()
            gate.pass()
          }
        } else {
          locks.withLock(own) {
            arrived.open()
            gate.pass()
          }
        }
      }
      arrived.pass()
      if isShared {
        let held = locks.acquireShared(key(1))
        gate.open()
        scope.join()
        #expect(ends.count == before + 1)
        #expect(locks.snapshot().keys.compactMap(\.key?.name) == [1])
        held.release()
      } else {
        let waiter = NativeThread { [locks] in
          locks.withLock(key(1)) {
            #expect(locks.snapshot().keys.compactMap(\.key?.name) == [1])
          }
        }
        waiter.waitUntilAsleep()
        gate.open()
        waiter.join()
        scope.join()
      }
      #expect(ends.count == before + 2)
      #expect(locks.isEmpty)
    }
  }

  @Test func severalKeysEndOnceEach() {
    for group in [0, 1] {
      let before = ends.count
      locks.withLock(all: (0..<20).map { key($0 % 15, group: group * $0) }) {
        #expect(ends.count >= before)
        #expect(locks.snapshot().keys.count == locks.count)
      }
      #expect(ends.count == before + 20)
      let held = locks.acquire(exclusive: [key(1), key(2)], shared: [key(2), key(3)])
      #expect(held.count == 3)
      held.release()
      #expect(ends.count == before + 24)
      #expect(locks.isEmpty)
    }
  }

  @Test func questionsKeepNothing() {
    let held = locks.acquire(key(1))
    #expect(locks.isLocked(key(1)) && !locks.isLocked(key(2)))
    let isHold = held.isHold(of: key(1), in: locks)
    #expect(isHold)
    #expect(ends.count == 3)
    held.release()
    #expect(ends.count == 4)
  }

  @Test func aGuardOutlivesItsTable() {
    var table: LockTable<Tracked>? = LockTable(configuration: .init(stripeCount: 1))
    let first = table?.acquire(key(1))
    let second = table?.acquire(key(2))
    table = nil
    #expect(ends.count == 0)
    first?.release()
    #expect(ends.count == 1)
    second?.release()
    #expect(ends.count == 2)
  }

  @Test func aTaskKeepsItsKeyAcrossSuspensions() async throws {
    let other = LockTable<Tracked>()
    try await other.withLock(key(1)) {
      await Task.yield()
      #expect(ends.count == 0)
      #expect(other.snapshot().keys.compactMap(\.key?.name) == [1])
    }
    #expect(ends.count == 1)
    let held = try await other.acquire(key(2))
    await Task.yield()
    #expect(ends.count == 1)
    held.release()
    #expect(ends.count == 2)
    #expect(
      await Outcome.of {
        try await other.withLock(key(3)) {
          try await other.withLock(key(3), timeout: .milliseconds(1)) {}
        }
      } == .timedOut)
    #expect(ends.count == 4)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await other.withLock(key(4)) {}
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ends.count == 5)
    #expect(other.isEmpty)
  }

  @Test func theEndOfAKeyRunsWithNoLockHeld() {
    let runs = Tally()
    func nosy(_ name: Int) -> Tracked {
      Tracked(
        name: name,
        token: Token { [locks] in
          // It would not return if the stripe were locked.
          runs.add(locks.count < 100 ? 1 : 0)
          locks.withLockIfAvailable(Tracked(name: 50, token: Token {})) {}
        })
    }
    locks.withLock(nosy(1)) {}
    locks.acquire(nosy(1)).release()
    let first = locks.acquire(nosy(1))
    let second = locks.acquire(nosy(2))
    let third = locks.acquire(nosy(3))
    second.release()
    first.release()
    third.release()
    locks.acquire(all: [nosy(1), nosy(2), nosy(1)]).release()
    #expect(runs.count == 8)
    #expect(locks.isEmpty)
  }

  @Test func rivalsLeaveNothing() {
    let begins = Tally()
    let occupancies = (0..<3).map { _ in Occupancy() }
    onThreads(4) { [locks] index in
      var dice = Dice(index)
      for _ in 0..<Load.scaled(2000) {
        begins.add()
        let name = Int.random(in: 0..<3, using: &dice)
        let own = key(name)
        let body = {
          occupancies[name].enter()
          occupancies[name].leave()
        }
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: _ = locks.withLockIfAvailable(own, body)
        case 1: try? locks.withLock(own, timeout: .microseconds(50), body)
        case 2:
          let held = locks.acquire(own)
          body()
          held.release()
        case 3: locks.withSharedLock(own) {}
        case 4: _ = locks.snapshot()
        default: locks.withLock(own, body)
        }
      }
    }
    #expect(occupancies.allSatisfy { $0.maximum == 1 })
    #expect(ends.count == begins.count)
    #expect(locks.isEmpty)
  }
}
