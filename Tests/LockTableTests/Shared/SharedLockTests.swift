import LockTable
import Testing

/// Shared mode for threads, form by form.
@Suite(.watched) struct SharedLockTests {
  let locks = LockTable<String>()

  @Test(arguments: SharedForm.allCases) func readersAreInsideTogether(form: SharedForm) {
    offThePool { [locks] in
      let reader = locks.acquireShared("k")
      let had = Outcome.ofThread {
        try form.runBlocking("k", of: locks) {
          #expect(locks.isLocked("k"))
          guard let another = locks.acquireSharedIfAvailable("k") else {
            Issue.record("a second reader was refused")
            return
          }
          another.release()
          #expect(locks.withSharedLockIfAvailable("k") { 7 } == 7)
        }
      }
      #expect(had == .had)
      reader.release()
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: SharedForm.allCases) func aReaderKeepsWritersOut(form: SharedForm) {
    offThePool { [locks] in
      let had = Outcome.ofThread {
        try form.runBlocking("k", of: locks) {
          #expect(locks.withLockIfAvailable("k") {} == nil)
          #expect(locks.withLockIfAvailable(exclusive: ["k"], shared: []) {} == nil)
          #expect(Outcome.ofThread { try locks.withLock("k", timeout: .zero) {} } == .timedOut)
          locks.withLock("other") {}
        }
      }
      #expect(had == .had)
      #expect(locks.isEmpty)
    }
  }

  @Test(arguments: SharedForm.timed) func aWriterKeepsReadersOut(form: SharedForm) {
    offThePool { [locks] in
      let writer = locks.acquire("k")
      #expect(locks.withSharedLockIfAvailable("k") {} == nil)
      #expect(locks.withLockIfAvailable(exclusive: [], shared: ["k"]) {} == nil)
      for limit in [Duration.seconds(-1), .zero, .milliseconds(2)] {
        let late = Outcome.ofThread { try form.runBlocking("k", of: locks, limit: limit) {} }
        #expect(late == .timedOut)
      }
      writer.release()
      #expect(locks.isEmpty)
    }
  }

  //  writer      reader
  //  holds k
  //              waits
  //  releases
  //              holds k
  @Test(arguments: SharedForm.allCases) func aReaderWaitsForTheWriter(form: SharedForm) {
    let writer = locks.acquire("k")
    let order = Guarded<[String]>([])
    let reader = NativeThread { [locks] in
      try? form.runBlocking("k", of: locks) { order.withLock { $0.append("reads") } }
    }
    reader.waitUntilAsleep()
    order.withLock { $0.append("wrote") }
    writer.release()
    reader.join()
    #expect(order.withLock(\.self) == ["wrote", "reads"])
    #expect(locks.isEmpty)
  }

  @Test(arguments: SharedForm.allCases) func anErrorReleases(form: SharedForm) {
    offThePool { [locks] in
      let failed = Outcome.ofThread {
        try form.runBlocking("k", of: locks) { throw CancellationError() }
      }
      #expect(failed == .cancelled)
      #expect(locks.isEmpty)
    }
  }

  @Test func anErrorKeepsItsType() {
    struct Missing: Error {}
    #expect(throws: Missing.self) {
      try locks.withSharedLockIfAvailable("k") { () throws(Missing) in throw Missing() }
    }
    #expect(locks.isEmpty)
  }

  @Test func aSharedGuardOutlivesItsTableAndItsThread() {
    let parcel = Parcel(LockTable<String>().acquireSharedIfAvailable("k"))
    NativeThread {
      guard let held = parcel.take() else {
        Issue.record("a free key was refused")
        return
      }
      held.release()
    }.join()
  }

  @Test func aDowngradedGuardLetsReadersInAndKeepsWritersOut() {
    guard let writer = locks.acquireIfAvailable("k") else { return }
    #expect(locks.withSharedLockIfAvailable("k") {} == nil)
    let reader = writer.downgrade()
    #expect(locks.withSharedLockIfAvailable("k") { 1 } == 1)
    #expect(locks.withLockIfAvailable("k") {} == nil)
    reader.release()
    #expect(locks.withLockIfAvailable("k") { 1 } == 1)
    #expect(locks.isEmpty)
  }

  //  writer        reader 1   reader 2   writer 2   reader 3
  //  holds k
  //                waits      waits      waits      waits
  //  downgrades
  //                hold k, with the first
  //                                      still waits, and so does reader 3
  //  releases      release
  //                                      holds k
  //                                                 holds k
  @Test(
    .enabled(if: NativeThread.sleepersAreVisible), arguments: LockTableConfiguration.Fairness.both)
  func downgradingLetsInTheReadersThatAreFirst(fairness: LockTableConfiguration.Fairness) {
    let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
    let order = Guarded<[String]>([])
    let (arrived, mayLeave) = (Gate(), Gate())
    offThePool {
      let writer = locks.acquire("k")
      let readers = (1...2).map { _ in
        NativeThread {
          locks.withSharedLock("k") {
            arrived.open()
            mayLeave.pass()
          }
        }
      }
      readers.forEach { $0.waitUntilAsleep() }
      let second = NativeThread { locks.withLock("k") { order.withLock { $0.append("writer") } } }
      second.waitUntilAsleep()
      let third = NativeThread {
        locks.withSharedLock("k") { order.withLock { $0.append("reader") } }
      }
      third.waitUntilAsleep()
      let reader = writer.downgrade()
      arrived.pass()
      arrived.pass()
      #expect(locks.withSharedLockIfAvailable("k") {} == nil)
      #expect(order.withLock(\.isEmpty))
      reader.release()
      mayLeave.open()
      mayLeave.open()
      (readers + [second, third]).forEach { $0.join() }
    }
    #expect(order.withLock(\.self) == ["writer", "reader"])
    #expect(locks.isEmpty)
  }

  @Test func aKeyNamedInBothIsExclusive() {
    offThePool { [locks] in
      let held = locks.acquire(exclusive: ["a", "b", "a"], shared: ["b", "c", "c"])
      #expect(held.count == 3)
      #expect(locks.withSharedLockIfAvailable("a") {} == nil)
      #expect(locks.withSharedLockIfAvailable("b") {} == nil)
      #expect(locks.withSharedLockIfAvailable("c") { 1 } == 1)
      #expect(locks.withLockIfAvailable("c") {} == nil)
      held.release()
      #expect(locks.isEmpty)
    }
  }

  @Test func noKeysAtAllAreAcquired() {
    #expect(locks.withLockIfAvailable(exclusive: [], shared: []) { 1 } == 1)
    #expect(locks.isEmpty)
  }

  @Test func ifOneOfTheKeysIsHeldNoneIsAcquired() {
    guard let reader = locks.acquireSharedIfAvailable("c") else { return }
    #expect(locks.withLockIfAvailable(exclusive: ["c"], shared: ["a", "b"]) {} == nil)
    #expect(locks.withLockIfAvailable(exclusive: ["a"], shared: ["b", "c"]) { 1 } == 1)
    #expect(locks.count == 1)
    reader.release()
    #expect(locks.isEmpty)
  }
}
