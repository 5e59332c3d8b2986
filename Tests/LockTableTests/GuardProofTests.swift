import Foundation
import LockTable
import LockTableFoundation
import Testing

/// Does a guard say of which key it is a hold, and in which table?
@Suite(.watched) struct GuardProofTests {
  /// Every guard is of its keys, and of no other key or table.
  private func expectProof<Key: Hashable & Sendable>(
    of key: Key, not other: Key, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for stripeCount in [1, nil] {
      for diagnostics in [nil, LockTableConfiguration.Diagnostics()] {
        let configuration = LockTableConfiguration(
          stripeCount: stripeCount, diagnostics: diagnostics)
        let (locks, strange) = (
          LockTable<Key>(configuration: configuration), LockTable<Key>(configuration: configuration)
        )
        // Held in the other table as well, and another key in this one: neither is the guard's.
        let alike = strange.acquireShared(key)
        let beside = locks.acquireShared(other)
        let lock = locks.acquire(key)
        let answers = [
          lock.isHold(of: key, in: locks), !lock.isHold(of: other, in: locks),
          !lock.isHold(of: key, in: strange), beside.isHold(of: other, in: locks),
          !beside.isHold(of: key, in: locks), alike.isHold(of: key, in: strange),
          !alike.isHold(of: key, in: locks),
        ]
        #expect(!answers.contains(false), "\(answers)", sourceLocation: sourceLocation)
        let reading = lock.downgrade()
        let isStill = reading.isHold(of: key, in: locks)
        let second = locks.acquireShared(key)
        let isToo = second.isHold(of: key, in: locks)
        #expect(isStill && isToo, sourceLocation: sourceLocation)
        reading.release()
        second.release()
        beside.release()
        alike.release()

        let several = locks.acquire(exclusive: [key], shared: [other])
        let both = several.isHold(of: key, in: locks) && several.isHold(of: other, in: locks)
        let elsewhere = several.isHold(of: key, in: strange)
        #expect(both && !elsewhere, sourceLocation: sourceLocation)
        several.release()
        let none = locks.acquire(all: [])
        let isNone = !none.isHold(of: key, in: locks)
        #expect(isNone, sourceLocation: sourceLocation)
        none.release()
        #expect(locks.becomesEmpty && strange.isEmpty, sourceLocation: sourceLocation)
      }
    }
  }

  @Test func everyKindOfKey() {
    expectProof(of: 1, not: 2)
    expectProof(of: UInt64.max, not: 0)
    expectProof(of: "account-42", not: "account-43")
    expectProof(of: "e\u{301}", not: "e")
    expectProof(of: String(repeating: "a", count: 100), not: String(repeating: "b", count: 100))
    expectProof(of: [UInt8]([1]), not: [])
    expectProof(of: AccountID(rawValue: 1), not: AccountID(rawValue: 2))
    expectProof(of: LockKeyPair(1, "a"), not: LockKeyPair(1, "b"))
    expectProof(of: UUID(), not: UUID())
    expectProof(of: Place.shelf(1), not: .nowhere)
    expectProof(of: Colliding("a"), not: Colliding("b"))
  }

  @Test func equalKeysAreOneKey() {
    let locks = LockTable<String>()
    let lock = locks.acquire("e\u{301}")
    let isComposed = lock.isHold(of: "\u{e9}", in: locks)
    lock.release()
    #expect(isComposed)
  }

  /// A guard of a table that is gone is of no other, wherever that may be.
  @Test func aGuardThatOutlivesItsTableIsOfNoOther() {
    var locks: LockTable? = LockTable<String>()
    var lock = locks?.acquire("k")
    locks = nil
    let other = LockTable<String>()
    let isOther = lock?.isHold(of: "k", in: other)
    other.withLock("k") {}
    lock.take()?.release()
    #expect(isOther == false)
  }

  //  holder of k           another
  //  asks about k,
  //  compares …
  //                        tries m, and counts: no lock is held
  //  … equal
  @Test func keysAreComparedWithNoLockHeld() async {
    await onPlainThread {
      let locks = LockTable<ScriptedKey>(configuration: .init(stripeCount: 1))
      let (pause, answers) = (Pause(isArmed: false), Tally())
      let parcel = Parcel(locks.acquire(ScriptedKey(1)))
      pause.arm()
      let thread = NativeThread {
        guard let lock = parcel.take() else { return }
        if lock.isHold(of: ScriptedKey(1, pause: pause), in: locks) {
          answers.add()
        }
        lock.release()
      }
      pause.waitForArrival()
      #expect(locks.count == 1)
      locks.withLock(ScriptedKey(2)) {}
      pause.resume()
      thread.join()
      #expect(answers.count == 1)
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aFunctionChecksItsProof() async throws {
    let locks = LockTable<String>()
    func update(_ name: String, holding held: borrowing LockTable<String>.Guard) -> Bool {
      held.isHold(of: name, in: locks)
    }
    let lock = try await locks.acquire("a")
    let (isA, isB) = (update("a", holding: lock), update("b", holding: lock))
    lock.release()
    #expect(isA && !isB)
  }
}
