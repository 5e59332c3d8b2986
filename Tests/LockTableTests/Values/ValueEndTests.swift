import Foundation
import LockTable
import Testing

// Where values end: once, and with no lock held unless it is a body that ends them.

/// Says at its end whether its key is held.
private final class Witnessed: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  deinit { body() }
}

private final class Weak<Key: Hashable & Sendable>: @unchecked Sendable {
  weak var table: MutexTable<Key, Witnessed>?
}

@Suite(.watched) struct ValueEndTests {
  private let table = MutexTable<Int, Witnessed>()
  private let ends = Guarded<[Bool]>([])

  /// Notes whether a key was held when it ended.
  private func witnessed(_ key: Int) -> Witnessed {
    let weak = Weak<Int>()
    weak.table = table
    return Witnessed { [ends] in
      let isHeld = weak.table?.isLocked(key) ?? false
      ends.withLock { $0.append(isHeld) }
    }
  }

  @Test func whatABodyEndsItEndsWhileItHoldsTheKey() {
    table.withLock(1) { value in value = witnessed(1) }
    table.withLock(1) { value in value = witnessed(1) }
    table.withLock(1) { value in value = nil }
    #expect(ends.withLock { $0 } == [true, true])
  }

  @Test func whatIsMovedOutEndsAfterwards() {
    table.withLock(1) { value in value = witnessed(1) }
    var old = table.withLock(1) { value in value.take() }
    #expect(old != nil)
    old = nil
    #expect(ends.withLock { $0 } == [false])
  }

  @Test func whatIsRemovedEndsOnceItsKeyIsFree() async {
    for key in 0..<10 {
      await table.withUncancellableLock(key) { value in value = witnessed(key) }
    }
    await onPlainThread { [table] in table.removeAll() }
    #expect(ends.withLock { $0 } == Array(repeating: false, count: 10))
    for key in 0..<10 {
      await table.withUncancellableLock(key) { value in value = witnessed(key) }
    }
    await table.removeAll()
    #expect(ends.withLock { $0 } == Array(repeating: false, count: 20))
    #expect(table.locks.isEmpty)
  }

  @Test func theValuesOfATableEndWithIt() {
    let ends = Tally()
    do {
      let table = MutexTable<Int, Single>(configuration: .init(stripeCount: 4))
      for key in 0..<1000 {
        table.withLock(key) { value in value = Single(number: key, ends: ends) }
      }
      #expect(ends.count == 0)
    }
    #expect(ends.count == 1000)
  }

  @Test func aHoldOfItsLocksOutlivesATable() {
    let ends = Tally()
    var table: MutexTable? = MutexTable<Int, Single>()
    guard let locks = table?.locks else { return }
    table?.withLock(1) { value in value = Single(number: 1, ends: ends) }
    let held = locks.acquire(1)
    let shared = locks.acquireShared(2)
    table = nil
    #expect(ends.count == 1 && locks.count == 2 && locks.isLocked(1))
    held.release()
    shared.release()
    #expect(locks.isEmpty)
    locks.withLock(1) {}
    #expect(locks.isEmpty && ends.count == 1)
  }

  @Test func aKeyIsKeptForAsLongAsItsValue() {
    let ends = Tally()
    let table = MutexTable<ScriptedKey, Int>()
    do {
      let key = ScriptedKey(1, token: Token { ends.add() })
      table.withLock(key) { value in value = 1 }
      for _ in 0..<3 {
        #expect(table.withLock(ScriptedKey(1)) { value in value } == 1)
        #expect(table.withSharedLock(key) { value in value } == 1)
      }
    }
    #expect(ends.count == 0 && table.keys.count == 1)
    table.withLock(ScriptedKey(1)) { value in value = nil }
    #expect(ends.count == 1 && table.locks.isEmpty)
  }

  @Test func aPredicateThatThrowsLeavesTheRest() {
    let table = MutexTable<Int, Int>(configuration: .init(stripeCount: 1))
    for key in 0..<100 {
      table.withLock(key) { value in value = key }
    }
    var seen = 0
    #expect(throws: Mishap.self) {
      try table.removeAll { _ throws(Mishap) in
        seen += 1
        if seen == 10 { throw Mishap() }
        return true
      }
    }
    #expect(table.count == 91 && table.lockedCount == 0)
    table.removeAll { value in
      value += 1000
      return false
    }
    #expect(table.count == 91)
    for key in table.keys {
      #expect(table.withLock(key) { value in value } == key + 1000)
    }
  }

  @Test func removalWaitsForHolders() {
    let table = MutexTable<Int, Int>()
    table.withLock(1) { value in value = 1 }
    var held = table.acquire(1)
    let remover = NativeThread { table.removeAll() }
    remover.waitUntilAsleep()
    #expect(table.count == 1)
    held.value = 2
    held.release()
    remover.join()
    #expect(table.locks.isEmpty)
  }

  @Test func aValueThatIsRemovedMeanwhileIsPassedOver() {
    let table = MutexTable<Int, Int>()
    table.withLock(1) { value in value = 1 }
    var held = table.acquire(1)
    let seen = Tally()
    let remover = NativeThread {
      table.removeAll { _ in
        seen.add()
        return true
      }
    }
    remover.waitUntilAsleep()
    held.value = nil
    held.release()
    remover.join()
    #expect(seen.count == 0 && table.locks.isEmpty)
  }

  @Test func theValuesOfAClosedTableCanBeRemoved() async {
    let table = MutexTable<Int, Int>()
    await table.withUncancellableLock(1) { value in value = 1 }
    await table.withUncancellableLock(2) { value in value = 1 }
    table.close()
    #expect(await table.drained(until: .now))
    await table.removeAll { value in value == 1 }
    #expect(table.locks.isEmpty)
  }

  /// Each key's number counts its uses; a value that is lost, or seen by another key, shows.
  @Test func threadsLoseNoValue() {
    let table = MutexTable<Int, (key: Int, uses: Int)>(configuration: .init(stripeCount: 1))
    let rounds = Load.scaled(20_000)
    let taken = Tally()
    onThreads(4) { index in
      var dice = Dice(index)
      for _ in 0..<rounds {
        let key = Int.random(in: 0..<5, using: &dice)
        let removes = Int.random(in: 0..<4, using: &dice) == 0
        let uses = table.withLock(key) { value in
          if value == nil { value = (key, 0) }
          #expect(value?.key == key)
          value?.uses += 1
          return removes ? value.take()?.uses ?? 0 : 0
        }
        taken.add(uses)
      }
    }
    for key in table.keys {
      taken.add(table.withLock(key) { value in value.take()?.uses ?? 0 })
    }
    #expect(taken.count == 4 * rounds)
    #expect(table.locks.isEmpty)
  }
}
