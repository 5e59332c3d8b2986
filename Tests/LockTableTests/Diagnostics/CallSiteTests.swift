import LockTable
import Testing

/// Where a hold or a wait began, as a snapshot says.
@Suite(.watched) struct CallSiteTests {
  private let locks = LockTable<String>.diagnosed()

  /// Of the key's only holder.
  private var holder: LockParticipant? {
    locks.snapshot().keys.first { $0.key == "k" }?.holders.first
  }

  /// Of the key's only waiter.
  private var waiter: LockParticipant? {
    locks.snapshot().keys.first { $0.key == "k" }?.waiters.first
  }

  /// Each form is called in a line of its own.
  private func expectLines(
    _ sites: [String?], of file: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let lines = Set(sites.compactMap { $0 })
    #expect(lines.count == sites.count, "\(sites)", sourceLocation: sourceLocation)
    #expect(
      lines.allSatisfy { $0.hasPrefix("LockTableTests/\(file).swift:") },
      sourceLocation: sourceLocation)
  }

  @Test func eachFormForTasksTellsItsLine() async throws {
    var sites: [String?] = []
    for form in Form.allCases {
      try await form.run("k", of: locks) { sites.append(holder?.callSite) }
    }
    expectLines(sites, of: "Attempt")
    sites = []
    for form in SharedForm.allCases {
      try await form.run("k", of: locks) { sites.append(holder?.callSite) }
    }
    expectLines(sites, of: "SharedForm")
    sites = []
    for form in ModeForm.allCases {
      try await form.run("k", .shared, of: locks) { sites.append(holder?.callSite) }
    }
    expectLines(sites, of: "ModeForm")
  }

  @Test func eachFormForThreadsTellsItsLine() throws {
    var sites: [String?] = []
    for form in SharedForm.allCases {
      try form.runBlocking("k", of: locks) { sites.append(holder?.callSite) }
    }
    expectLines(sites, of: "SharedForm")
    sites = []
    for form in ModeForm.allCases {
      try form.runBlocking("k", .exclusive, of: locks) { sites.append(holder?.callSite) }
    }
    expectLines(sites, of: "ModeForm")
    sites = []
    locks.withLockIfAvailable("k") { sites.append(holder?.callSite) }
    locks.withSharedLockIfAvailable("k") { sites.append(holder?.callSite) }
    locks.withLockIfAvailable(all: ["k"]) { sites.append(holder?.callSite) }
    if let held = locks.acquireIfAvailable("k") {
      sites.append(holder?.callSite)
      held.release()
    }
    expectLines(sites, of: "CallSiteTests")
  }

  @Test(arguments: Form.allCases) func aWaitTellsItsLine(form: Form) async {
    await onPlainThread { [locks] in
      let executor = SteppedExecutor()
      let held = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks) {} }
      expectLines([waiter?.callSite], of: "Attempt")
      held.release()
      executor.drain()
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  //  holder     holder     task                   another thread of the executor
  //  a          k          waits for a, then k
  //  releases
  //                                               waits for k
  @Test func aWaitForTheNextKeyInAnotherThreadTellsTheSameLine() async {
    await onPlainThread { [locks] in
      let executor = SteppedExecutor()
      let first = locks.acquire("a")
      let second = locks.acquire("k")
      let line = #line + 1
      let task = executor.start { try await locks.withLock(all: ["a", "k"]) {} }
      first.release()
      NativeThread {
        locks.withLock("another place") {}
        executor.drain()
      }.join()
      #expect(waiter?.callSite == "LockTableTests/CallSiteTests.swift:\(line)")
      second.release()
      executor.drain()
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }
}

/// Diagnostics that are switched off and on while the table is in use.
@Suite(.watched) struct RecordingTests {
  @Test func aHoldKeepsWhatItBeganWith() {
    let locks = LockTable<Int>.diagnosed()
    let recorded = locks.acquire(1)
    locks.isRecording = false
    let unrecorded = locks.acquire(2)
    let shown = Dictionary(
      uniqueKeysWithValues: locks.snapshot().keys.map { ($0.key, $0.holders.count) })
    #expect(shown == [1: 1, 2: 0])
    recorded.release()
    locks.isRecording = true
    #expect(locks.withLock(3) { locks.snapshot().keys.map(\.holders.count).reduce(0, +) } == 1)
    unrecorded.release()
    #expect(locks.becomesEmpty)
  }

  @Test func readersOfBothKindsShareAKey() {
    let locks = LockTable<Int>.diagnosed()
    var guards: [LockTableGuardBox] = []
    for isRecording in [true, false, false, true] {
      locks.isRecording = isRecording
      guards.append(LockTableGuardBox(locks.acquireShared(1)))
    }
    #expect(locks.snapshot().keys.first?.holderCount == 4)
    #expect(locks.snapshot().keys.first?.holders.count == 2)
    guards.shuffled().forEach { $0.release() }
    #expect(locks.becomesEmpty)
  }

  @Test func aTableMayBeginWithoutRecords() {
    let locks = LockTable<Int>(configuration: .init(diagnostics: .init(isRecording: false)))
    #expect(!locks.isRecording)
    #expect(locks.withLock(1) { locks.snapshot().keys.first?.holders.isEmpty } == true)
    locks.isRecording = true
    #expect(locks.isRecording)
    #expect(locks.withLock(1) { locks.snapshot().keys.first?.holders.count } == 1)
  }

  @Test func aTableWithoutDiagnosticsDoesNotRecord() async {
    let locks = LockTable<Int>()
    #expect(!locks.isRecording)
    locks.isRecording = false
    await #expect(processExitsWith: .failure) {
      LockTable<Int>().isRecording = true
    }
  }

  //  threads           this one
  //  lock and release  switches off and on
  @Test func switchingLosesNoHold() async {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed(stripeCount: 1)
      let isDone = Guarded(false)
      let threads = (0..<3).map { seed in
        NativeThread {
          var key = seed
          while !isDone.withLock(\.self) {
            key = (key + 1) % 4
            locks.withLock(key) {}
            locks.withSharedLock(key) {}
            locks.withLock(all: [key, 5]) {}
          }
        }
      }
      for turn in 0..<500 {
        locks.isRecording = turn % 2 == 0
        _ = locks.snapshot()
      }
      isDone.withLock { $0 = true }
      threads.forEach { $0.join() }
      #expect(locks.becomesEmpty)
    }
  }
}

/// Guards of several readers in an array.
private final class LockTableGuardBox {
  private var held: LockTable<Int>.SharedGuard?

  init(_ held: consuming LockTable<Int>.SharedGuard) { self.held = consume held }

  func release() { held.take()?.release() }
}
