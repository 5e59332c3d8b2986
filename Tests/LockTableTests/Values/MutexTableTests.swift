import Foundation
import LockTable
import Testing

struct Mishap: Error {}

/// Not `Sendable`, and counts its ends.
private final class Session {
  var requests = 0
  private let ends: Tally
  init(_ ends: Tally) { self.ends = ends }
  deinit { ends.add() }
}

/// Can't be copied, and counts its ends.
struct Single: ~Copyable, Sendable {
  var number: Int
  let ends: Tally
  mutating func grow() { number += 1 }
  func look() -> Int { number }
  deinit { ends.add() }
}

/// More than an entry has room for.
private struct Large {
  var numbers = InlineArray<200, Int>(repeating: 0)
  var session: Session?
}

/// Too large to be kept in an entry as a key.
private struct WideKey: Hashable {
  var words: [String] = []
  var first = "", second = "", third = "", fourth = ""
  var number: Int
}

@Suite(.watched) struct MutexTableTests {
  let table = MutexTable<String, Int>()

  @Test func insertionUpdateAndRemovalAreOneForm() {
    table.withLock("a") { value in
      #expect(value == nil)
      value = 1
    }
    table.withLock("a") { value in value? += 1 }
    #expect(table.withLock("a") { value in value } == 2)
    #expect(table.withSharedLock("a") { value in value } == 2)
    #expect(table.withLock("b") { value in value } == nil)
    table.withLock("a") { value in value = nil }
    #expect(table.withSharedLock("a") { value in value } == nil)
    #expect(table.locks.isEmpty)
  }

  @Test func countsTellValuesFromUses() {
    #expect(table.isEmpty && table.count == 0 && table.lockedCount == 0)
    table.withLock("a") { value in
      value = 1
      #expect(table.count == 0 && table.lockedCount == 1)
      #expect(table.isLocked("a"))
    }
    #expect(table.count == 1 && table.lockedCount == 0 && !table.isEmpty)
    #expect(!table.isLocked("a"))
    table.withLock("b") { _ in
      #expect(table.count == 1 && table.lockedCount == 1)
      #expect(table.snapshot().keys.map(\.key) == ["b"])
    }
    #expect(table.locks.count == 1)
    #expect(table.keys == ["a"])
  }

  @Test func aBodyThatThrowsKeepsWhatItChanged() {
    #expect(throws: Mishap.self) {
      try table.withLock("a") { value throws(Mishap) in
        value = 5
        throw Mishap()
      }
    }
    #expect(!table.isLocked("a"))
    #expect(table.withLock("a") { value in value } == 5)
    #expect(throws: Mishap.self) {
      try table.withLock("a", timeout: .seconds(1)) { value in
        value = nil
        throw Mishap()
      }
    }
    #expect(table.locks.isEmpty)
  }

  @Test func aBodyThatDoesNotBeginChangesNothing() {
    table.withLock("a") { value in value = 1 }
    let held = table.acquire("a")
    #expect(table.withLockIfAvailable("a") { value in value = 2 } == nil)
    #expect(table.withSharedLockIfAvailable("a") { value in value } == nil)
    for timed in [
      { try table.withLock("a", timeout: .zero) { value in value = 2 } },
      { try table.withLock("a", until: .now - .seconds(1)) { value in value = 2 } },
      { try table.withSharedLock("a", timeout: .zero) { _ in } },
      { try table.withSharedLock("a", until: .now) { _ in } },
      { _ = try table.acquire("a", timeout: .zero).value },
      { _ = try table.acquireShared("a", until: .now).value },
    ] {
      let outcome = Outcome.ofThread(timed)
      #expect(outcome == .timedOut)
    }
    let isRefused = table.acquireIfAvailable("a") == nil
    #expect(isRefused)
    #expect(held.value == 1)
    held.release()
    table.close()
    #expect(table.isClosed)
    let late = Outcome.ofThread { try table.withLock("a", timeout: .seconds(1)) { $0 = 2 } }
    #expect(late == .closed)
    #expect(table.withLock("a") { value in value } == 1)
  }

  @Test func limitsOfWaitersCount() {
    let held = table.acquire("a")
    let refused = Outcome.ofThread {
      try table.withLock("a", timeout: .seconds(60), maximumWaiters: 0) { _ in }
    }
    #expect(refused == .crowded)
    held.release()
    #expect(table.locks.isEmpty)
  }

  @Test func eachKindOfKeyHasItsOwnValue() {
    expectValues((0..<100).map { $0 })
    expectValues((0..<100).map { "\($0)" })
    expectValues((0..<100).map { String(repeating: "long ", count: 40) + "\($0)" })
    expectValues((0..<20).map { String(repeating: "longer ", count: 400) + "\($0)" })
    expectValues((0..<100).map { AccountID(rawValue: $0) })
    expectValues((0..<100).map { Place.shelf($0) })
    expectValues((0..<100).map { Place.room("r", floor: $0) })
    expectValues((0..<50).map { Colliding($0) })
    expectValues((0..<50).map { ScriptedKey($0, group: $0 % 3) })
    expectValues((0..<100).map { WideKey(number: $0) })
    expectValues((0..<100).map { Double($0) })
  }

  private func expectValues<Key: Hashable & Sendable>(_ keys: [Key]) {
    let table = MutexTable<Key, [Int]>(configuration: .init(stripeCount: 2))
    for (index, key) in keys.enumerated() {
      table.withLock(key) { value in value = [index] }
    }
    for (index, key) in keys.enumerated() {
      table.withLock(key) { value in value?.append(1) }
      #expect(table.withSharedLock(key) { value in value } == [index, 1])
    }
    #expect(table.count == keys.count)
    #expect(Set(table.keys) == Set(keys))
    for (index, key) in keys.enumerated() where index % 2 == 0 {
      table.withLock(key) { value in value = nil }
    }
    #expect(table.count == keys.count / 2)
    table.removeAll { value in value[0] % 4 == 1 }
    #expect(table.keys.count == keys.indices.count { $0 % 4 == 3 })
    table.removeAll()
    #expect(table.locks.isEmpty)
  }

  @Test func keysThatAreEqualAreOneKey() {
    let table = MutexTable<Double, Int>()
    table.withLock(0.0) { value in value = 1 }
    #expect(table.withLock(-0.0) { value in value } == 1)
    let names = MutexTable<LooseName, Int>()
    names.withLock(LooseName(rawValue: "A")) { value in value = 1 }
    #expect(names.withLock(LooseName(rawValue: "a")) { value in value } == 1)
  }

  @Test func aValueNeedNotBeCopyable() {
    let ends = Tally()
    do {
      let table = MutexTable<Int, Single>()
      table.withLock(1) { value in value = Single(number: 1, ends: ends) }
      table.withLock(1) { value in value?.grow() }
      #expect(table.withSharedLock(1) { value in value?.look() } == 2)
      #expect(table.withSharedLock(2) { value in value == nil })
      let taken = table.withLock(1) { value in value.take() }
      #expect(table.locks.isEmpty && ends.count == 0)
      table.withLock(2) { value in value = Single(number: 2, ends: ends) }
      extendLifetime(taken)
    }
    #expect(ends.count == 2)
  }

  @Test func aValueNeedNotBeSmall() {
    let ends = Tally()
    do {
      let table = MutexTable<Int, Large>()
      for key in 0..<10 {
        table.withLock(key) { value in
          value = Large()
          value?.numbers[199] = key
          value?.session = Session(ends)
        }
      }
      for key in 0..<10 {
        #expect(table.withLock(key) { value in value?.numbers[199] } == key)
      }
      table.withLock(3) { value in value = nil }
      #expect(ends.count == 1)
      table.removeAll { value in value.numbers[199] % 2 == 0 }
      #expect(ends.count == 6 && table.count == 4)
    }
    #expect(ends.count == 10)
  }

  @Test func readersRunSideBySide() {
    table.withLock("a") { value in value = 1 }
    let inside = [Gate(), Gate()]
    onThreads(2) { index in
      table.withSharedLock("a") { value in
        #expect(value == 1)
        inside[index].open()
        inside[1 - index].pass()
      }
    }
    #expect(table.count == 1 && table.lockedCount == 0)
  }

  @Test func aGuardHoldsTheValue() {
    var held = table.acquire("a")
    #expect(held.value == nil)
    held.value = 3
    held.value? += 1
    #expect(held.withValue { value in value } == 4)
    #expect(table.isLocked("a") && held.isHold(of: "a", in: table))
    #expect(table.count == 0)
    held.release()
    #expect(table.count == 1)
    let reader = table.acquireShared("a")
    let other = table.acquireShared("a")
    #expect(reader.value == 4 && other.value == 4)
    #expect(reader.withValue { value in value } == 4)
  }

  @Test func aGuardKeepsItsTable() {
    let ends = Tally()
    var table: MutexTable<Int, Single>? = MutexTable()
    guard var held = table?.acquire(1) else { return }
    held.value = Single(number: 1, ends: ends)
    table = nil
    #expect(held.withValue { value in value?.look() } == 1)
    #expect(ends.count == 0)
    held.release()
    #expect(ends.count == 1)
  }

  @Test func anOptionalValueIsNotAnAbsentOne() {
    let table = MutexTable<Int, Int?>()
    table.withLock(1) { value in value = .some(nil) }
    #expect(table.count == 1)
    #expect(table.withLock(1) { value in value } == .some(nil))
    table.withLock(1) { value in value = nil }
    #expect(table.isEmpty)
  }

  @Test func aKeyThatCannotBeMadeAgainEndsTheProcessWhereItIsAskedFor() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let table = MutexTable<TenantUser, Int>()
      await table.withUncancellableLock(TenantUser(tenant: 1, user: "u")) { value in value = 1 }
      await table.removeAll { value in value == 2 }
      print(table.keys)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("can't be made from its identity"))
  }
}
