import Foundation
import LockTable
import Testing

@Suite(.watched) struct SnapshotRaceTests {
  //  three threads, three tasks          another
  //  hold, try, wait for a while,
  //  share, hold several of few keys
  //                                      looks: each key once, and as it can be
  @Test func aSnapshotIsNeverTorn() async {
    await look(at: LockTable<Int>.diagnosed(stripeCount: 2)) { $0 }
    await look(at: LockTable<String>.diagnosed(fairness: .fifo)) { "key-\($0)" }
    await look(at: LockTable<Colliding<Int>>.diagnosed()) { Colliding($0) }
    await look(at: LockTable<Colliding<Int>>()) { Colliding($0) }
    await look(at: LockTable<Int>(configuration: .init(stripeCount: 1))) { $0 }
  }

  private func look<Key>(
    at locks: LockTable<Key>, key: @escaping @Sendable (Int) -> Key
  ) async {
    let keys = (0..<12).map(key)
    let rounds = Load.scaled(2000)
    let running = Guarded(3)
    let witness = Witness(count: keys.count)
    let crew = (0..<3).map { index in
      NativeThread {
        var dice = Dice(index)
        for _ in 0..<rounds {
          use(locks, keys, witness, with: &dice)
        }
        running.withLock { $0 -= 1 }
      }
    }
    let tasks = (0..<3).map { index in
      Attempt {
        var dice = Dice(100 + index)
        for _ in 0..<rounds {
          let number = Int.random(in: keys.indices, using: &dice)
          let limit = Duration.microseconds(Int.random(in: 0..<200, using: &dice))
          try? await locks.withLock(keys[number], timeout: limit) { witness.add(at: number) }
          try await locks.withSharedLock(keys[(number + 1) % keys.count]) {}
        }
      }
    }
    await onPlainThread {
      while running.withLock(\.self) > 0 {
        expectSound(locks.snapshot(), keys)
        #expect(locks.count <= keys.count)
        _ = locks.isLocked(keys[0])
      }
      for thread in crew {
        thread.join()
      }
      for task in tasks {
        task.join()
      }
    }
    #expect(tasks.outcomes == [.had])
    #expect(locks.isEmpty && locks.snapshot().keys.isEmpty)
  }
}

private func use<Key>(
  _ locks: LockTable<Key>, _ keys: [Key], _ witness: Witness, with dice: inout Dice
) {
  let number = Int.random(in: keys.indices, using: &dice)
  switch Int.random(in: 0..<6, using: &dice) {
  case 0:
    locks.withLock(keys[number]) { witness.add(at: number) }
  case 1:
    locks.withLockIfAvailable(keys[number]) { witness.add(at: number) }
  case 2:
    try? locks.withLock(keys[number], timeout: .microseconds(50)) { witness.add(at: number) }
  case 3:
    locks.withSharedLock(keys[number]) {}
  case 4:
    locks.withLock(exclusive: [keys[number]], shared: keys[..<3]) { witness.add(at: number) }
  default:
    locks.acquire(keys[number]).downgrade().release()
  }
}

/// Expects what is true of a table at any moment.
// Not optimised, for the sake of compile time: it only looks at what the library has made.
@_optimize(none)
private func expectSound<Key>(_ snapshot: LockTableSnapshot<Key>, _ keys: [Key]) {
  let shown = snapshot.keys.map(\.key)
  #expect(Set(shown).count == shown.count && shown.allSatisfy { $0.map(keys.contains) == true })
  let counts = snapshot.keys.map(\.waiterCount)
  #expect(counts == counts.sorted(by: >))
  for entry in snapshot.keys {
    switch entry.mode {
    case nil: #expect(entry.holderCount == 0 && entry.waiterCount > 0)
    case .exclusive: #expect(entry.holderCount == 1)
    case .shared: #expect(entry.holderCount > 0)
    }
    #expect(entry.holders.isEmpty || entry.holders.count == entry.holderCount)
    #expect(entry.holders.allSatisfy { $0.mode == entry.mode && $0.acquirer != nil })
    #expect(entry.waiters.count == entry.waiterCount)
    let waiting = entry.waiters.compactMap(\.acquirer)
    #expect(Set(waiting).count == waiting.count)
    #expect(Set(waiting).isDisjoint(with: entry.holders.compactMap(\.acquirer)))
  }
}
