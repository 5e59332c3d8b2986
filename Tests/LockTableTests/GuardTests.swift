import LockTable
import Testing

private final class Session {
  private let held: LockTable<String>.Guard
  init(_ held: consuming LockTable<String>.Guard) { self.held = held }
}

private struct Stage: ~Copyable {
  let outer: LockTable<String>.Guard
  let inner: LockTable<String>.Guard
}

private final class Weak {
  weak var table: LockTable<String>?
}

@Suite(.watched) struct GuardTests {
  let locks = LockTable<String>()

  @Test func aGuardHoldsUntilItIsReleased() {
    let held = locks.acquire("a")
    #expect(locks.isLocked("a"))
    held.release()
    #expect(!locks.isLocked("a"))
    #expect(locks.isEmpty)
  }

  @Test func aGuardHoldsUntilItsScopeEnds() {
    do {
      let held = locks.acquire("a")
      #expect(locks.isLocked("a"))
      extendLifetime(held)
    }
    #expect(locks.isEmpty)
  }

  @Test(arguments: [true, false]) func anEarlyReturnReleases(isEarly: Bool) {
    func work() -> Bool {
      let held = locks.acquire("a")
      if isEarly {
        return locks.isLocked("a")
      }
      held.release()
      return !locks.isLocked("a")
    }
    #expect(work())
    #expect(locks.isEmpty)
  }

  @Test func anErrorReleases() {
    func work() throws {
      let held = locks.acquire("a")
      try locks.acquire("a", timeout: .zero).release()
      held.release()
    }
    #expect(Outcome.ofThread { try work() } == .timedOut)
    #expect(locks.isEmpty)
  }

  // Not what one wants, but what the language does: an unnamed value ends at once.
  @Test func aGuardWithoutANameReleasesAtOnce() {
    let _ = locks.acquire("a")
    #expect(!locks.isLocked("a"))
    _ = locks.acquire("a")
    #expect(!locks.isLocked("a"))
    if let _ = locks.acquireIfAvailable("a") {
      #expect(!locks.isLocked("a"))
    }
    #expect(locks.isEmpty)
  }

  @Test func aRefusalIsNil() {
    let held = locks.acquire("a")
    if let second = locks.acquireIfAvailable("a") {
      Issue.record("held twice")
      second.release()
    }
    held.release()
    guard let third = locks.acquireIfAvailable("a") else {
      Issue.record("refused though free")
      return
    }
    #expect(locks.isLocked("a"))
    third.release()
    #expect(locks.isEmpty)
  }

  @Test func aGuardCanBeReleasedByAnotherThread() {
    let parcel = Parcel(locks.acquire("a"))
    NativeThread { parcel.take()?.release() }.join()
    #expect(locks.isEmpty)
    let parcels = Parcel(locks.acquire(all: ["a", "b"]))
    NativeThread { parcels.take()?.release() }.join()
    #expect(locks.isEmpty)
  }

  @Test func aGuardCanBeAcquiredByAnotherThread() {
    let parcel = Parcel<LockTable<String>.Guard>(nil)
    NativeThread { [locks] in parcel.put(locks.acquire("a")) }.join()
    #expect(locks.isLocked("a"))
    parcel.take()?.release()
    #expect(locks.isEmpty)
  }

  @Test func aGuardInAnObjectLivesAsLongAsTheObject() {
    var session: Session? = Session(locks.acquire("a"))
    #expect(locks.isLocked("a"))
    #expect(session != nil)
    session = nil
    #expect(locks.isEmpty)
  }

  @Test func anOptionalGuardIsReleasedWhenItIsSetToNil() {
    var held = Optional(locks.acquire("a"))
    #expect(locks.isLocked("a"))
    held = nil
    #expect(!locks.isLocked("a"))
    held = locks.acquireIfAvailable("a")
    #expect(locks.isLocked("a"))
    held.take()?.release()
    #expect(locks.isEmpty)
  }

  @Test func replacingAGuardReleasesTheOneThatWas() {
    var held = locks.acquire("a")
    held = locks.acquire("b")
    #expect(!locks.isLocked("a"))
    #expect(locks.isLocked("b"))
    held.release()
    #expect(locks.isEmpty)
  }

  @Test func guardsCanBeComposed() {
    do {
      let stage = Stage(outer: locks.acquire("a"), inner: locks.acquire("b"))
      #expect(locks.count == 2)
      extendLifetime(stage)
    }
    #expect(locks.isEmpty)
  }

  @Test func aFunctionCanAskForAGuardAsProof() {
    func write(_ proof: borrowing LockTable<String>.Guard) -> Bool { locks.isLocked("a") }
    func finish(_ held: consuming LockTable<String>.Guard) {}

    let held = locks.acquire("a")
    let isProven = write(held)
    #expect(isProven)
    finish(held)
    #expect(locks.isEmpty)
  }

  @Test func guardsCanBeReleasedInAnyOrder() {
    let first = locks.acquire("a")
    let second = locks.acquire("b")
    let third = locks.acquire("c")
    second.release()
    #expect(locks.isLocked("a") && !locks.isLocked("b") && locks.isLocked("c"))
    first.release()
    #expect(!locks.isLocked("a") && locks.isLocked("c"))
    third.release()
    #expect(locks.isEmpty)
  }

  // MARK: - The end of a table

  private func acquireAndForget(_ weak: Weak) -> LockTable<String>.Guard {
    let table = LockTable<String>()
    weak.table = table
    return table.acquire("a")
  }

  private func acquireSeveralAndForget(_ weak: Weak) -> LockTable<String>.MultiGuard {
    let table = LockTable<String>(configuration: .init(stripeCount: 2))
    weak.table = table
    return table.acquire(all: (0..<100).map { "key \($0), long enough to be kept elsewhere" })
  }

  @Test func aGuardMayOutliveItsTable() {
    let weak = Weak()
    let held = acquireAndForget(weak)
    #expect(weak.table == nil)
    held.release()
  }

  @Test func aMultiGuardMayOutliveItsTable() {
    let weak = Weak()
    let held = acquireSeveralAndForget(weak)
    #expect(weak.table == nil)
    let count = held.count
    #expect(count == 100)
    held.release()
  }

  @Test func aGuardOfAKeyComparedBySwiftMayOutliveItsTable() {
    let ends = Tally()
    func acquireAndForget() -> LockTable<ScriptedKey>.Guard {
      LockTable().acquire(ScriptedKey(1, token: Token { ends.add() }))
    }
    let held = acquireAndForget()
    #expect(ends.count == 0)
    held.release()
    #expect(ends.count == 1)
  }

  //  main              waiter
  //  holds "a"
  //                    waits for "a", the last to know the table
  //  forgets the table
  //  releases          holds, releases
  @Test func aTableThatIsForgottenServesItsWaiters() {
    let weak = Weak()
    func start() -> (NativeThread, Parcel<LockTable<String>.Guard>) {
      let table = LockTable<String>.unmonitored()
      weak.table = table
      let parcel = Parcel(table.acquire("a"))
      return (NativeThread { table.acquire("a").release() }, parcel)
    }
    let (waiter, parcel) = start()
    waiter.waitUntilAsleep()
    #expect(weak.table != nil)
    parcel.take()?.release()
    waiter.join()
  }

  @Test func aTableEndsWhileItsGuardsAreReleased() {
    func guards(of table: LockTable<Int>, round: Int) -> [Parcel<LockTable<Int>.Guard>] {
      (round..<round + 3).map { Parcel(table.acquire($0)) }
    }
    for round in 0..<Load.scaled(300) {
      var table = Optional(LockTable<Int>(configuration: .init(stripeCount: 4)))
      let parcels = table.map { guards(of: $0, round: round) } ?? []
      let threads = parcels.map { parcel in NativeThread { parcel.take()?.release() } }
      table = nil
      for thread in threads {
        thread.join()
      }
    }
  }
}
