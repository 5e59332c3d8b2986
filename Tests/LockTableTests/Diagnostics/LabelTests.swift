import LockTable
import Testing

extension LockTable<String> {
  /// What the only holder of `key` acquired it for.
  fileprivate func holderLabel(of key: String = "k") -> String? {
    snapshot().keys.first { $0.key == key }?.holders.first?.label
  }

  /// The labels of those that wait for `key`.
  fileprivate func waiterLabels(of key: String = "k") -> [String?] {
    snapshot().keys.first { $0.key == key }?.waiters.map(\.label) ?? []
  }
}

/// Labels that are values of tasks.
@Suite(.watched) struct TaskLocalLabelTests {
  private let locks = LockTable<String>.diagnosed()

  @Test func aLabelIsThatOfTheInnermostScope() {
    #expect(locks.withLock("k") { locks.holderLabel() } == nil)
    LockLabel.$current.withValue("request 7") {
      #expect(LockLabel.current == "request 7")
      #expect(locks.withLock("k") { locks.holderLabel() } == "request 7")
      LockLabel.$current.withValue("retry") {
        #expect(locks.withLock("k") { locks.holderLabel() } == "retry")
      }
      LockLabel.$current.withValue(nil) {
        #expect(locks.withLock("k") { locks.holderLabel() } == nil)
      }
      #expect(locks.withLock("k") { locks.holderLabel() } == "request 7")
    }
    #expect(locks.withLock("k") { locks.holderLabel() } == nil && LockLabel.current == nil)
  }

  @Test func aLabelGoesWithTheTaskAndItsChildren() async throws {
    try await LockLabel.$current.withValue("job") {
      await Task.yield()
      try await locks.withLock("k") { #expect(locks.holderLabel() == "job") }
      async let child = locks.withLock("k") { locks.holderLabel() }
      #expect(try await child == "job")
      try await withThrowingTaskGroup { [locks] group in
        group.addTask { try await locks.withLock("k") { locks.holderLabel() } }
        group.addTask {
          try await LockLabel.$current.withValue("part") {
            try await locks.withLock("l") { locks.holderLabel(of: "l") }
          }
        }
        let labels = try await group.reduce(into: Set()) { $0.insert($1) }
        #expect(labels == ["job", "part"])
      }
      let copied = Task { [locks] in try await locks.withLock("k") { locks.holderLabel() } }
      #expect(try await copied.value == "job")
      let detached = Task.detached { [locks] in
        try await locks.withLock("k") { locks.holderLabel() }
      }
      #expect(try await detached.value == nil)
    }
    try await locks.withLock("k") { #expect(locks.holderLabel() == nil) }
  }

  //  this thread       another           another
  //  holds k
  //                    waits, labelled   waits, without a label
  @Test func eachThreadHasItsOwn() async {
    await onPlainThread { [locks] in
      LockLabel.$current.withValue("first") {
        let held = locks.acquire("k")
        let labelled = NativeThread {
          LockLabel.$current.withValue("second") { locks.withLock("k") {} }
        }
        let plain = NativeThread { locks.withSharedLock("k") {} }
        while locks.waiterLabels().count < 2 {}
        #expect(Set(locks.waiterLabels()) == ["second", nil])
        #expect(locks.holderLabel() == "first")
        held.release()
        labelled.join()
        plain.join()
      }
      #expect(locks.becomesEmpty)
    }
  }

  @Test func aLongLabelIsCutOffBetweenCharacters() {
    // Of one to four bytes.
    let cases: [(String, kept: Int)] = [("e", 39), ("é", 19), ("€", 13), ("𝄞", 9)]
    for (character, count) in cases {
      for length in [count - 1, count, count + 1, 1_000] {
        let label = String(repeating: character, count: length)
        LockLabel.$current.withValue(label) {
          #expect(
            locks.withLock("k") { locks.holderLabel() }
              == String(repeating: character, count: min(length, count)))
        }
      }
    }
    LockLabel.$current.withValue("") {
      #expect(locks.withLock("k") { locks.holderLabel() } == nil)
    }
    LockLabel.$current.withValue("a\nb") {
      #expect(locks.withLock("k") { "\(locks.snapshot())" }.contains(#", a\nb, at "#))
    }
  }
}

/// Labels that the table's closure makes.
@Suite(.watched) struct LabelClosureTests {
  private enum Request {
    @TaskLocal static var id: Int?
  }

  /// How often a closure was called.
  private let calls = Guarded(0)

  /// The label is the number of the call.
  private func counting(_ fairness: LockTableConfiguration.Fairness = .adaptive)
    -> LockTable<String>
  {
    .diagnosed(fairness: fairness) { [calls] in
      calls.withLock {
        $0 += 1
        return "call \($0)"
      }
    }
  }

  private var callCount: Int { calls.withLock(\.self) }

  @Test func theClosureRunsInTheTaskThatAcquires() async throws {
    let locks = LockTable<String>.diagnosed(label: { Request.id.map { "request \($0)" } })
    try await locks.withLock("k") { #expect(locks.holderLabel() == nil) }
    try await Request.$id.withValue(7) {
      try await locks.withLock("k") { #expect(locks.holderLabel() == "request 7") }
      async let child = locks.withSharedLock("k") { locks.holderLabel() }
      #expect(try await child == "request 7")
      // Only what the closure says counts.
      try await LockLabel.$current.withValue("another") {
        try await locks.withLock("k") { #expect(locks.holderLabel() == "request 7") }
      }
    }
    try await LockLabel.$current.withValue("another") {
      try await locks.withLock("k") { #expect(locks.holderLabel() == nil) }
    }
  }

  @Test func eachFormOfATaskCallsTheClosureOnce() async throws {
    let locks = counting()
    var expected = 0
    func expectOneMore() {
      expected += 1
      #expect(callCount == expected && locks.holderLabel() == "call \(expected)")
    }
    for form in Form.allCases {
      try await form.run("k", of: locks) { expectOneMore() }
    }
    for form in SharedForm.allCases {
      try await form.run("k", of: locks) { expectOneMore() }
    }
    await locks.withUncancellableLock("k") { expectOneMore() }
    await locks.withUncancellableLock(all: ["j", "k", "l"]) { expectOneMore() }
    try await locks.withLock(all: ["j", "k", "l"]) { expectOneMore() }
    try await locks.withLock(exclusive: ["j"], shared: ["k", "l"]) { expectOneMore() }
  }

  @Test func eachFormOfAThreadCallsTheClosureOnce() throws {
    let locks = counting()
    var expected = 0
    func expectOneMore() {
      expected += 1
      #expect(callCount == expected && locks.holderLabel() == "call \(expected)")
    }
    for form in SharedForm.allCases {
      try form.runBlocking("k", of: locks) { expectOneMore() }
    }
    for form in ModeForm.allCases {
      try form.runBlocking("k", .exclusive, of: locks) { expectOneMore() }
    }
    locks.withLockIfAvailable("k") { expectOneMore() }
    locks.withSharedLockIfAvailable("k") { expectOneMore() }
    locks.withLock(all: ["j", "k", "l"]) { expectOneMore() }
    locks.withLockIfAvailable(all: ["j", "k"]) { expectOneMore() }
    locks.withLock("k") {
      expectOneMore()
      locks.withLockIfAvailable("k") {}
      #expect(callCount == expected + 1)
    }
  }

  //  this thread   task, or a thread
  //  holds k
  //                waits
  //  releases
  @Test(arguments: Form.allCases, LockTableConfiguration.Fairness.both)
  func aWaitCallsTheClosureOnce(
    form: Form, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = counting(fairness)
      let executor = SteppedExecutor()
      let held = locks.acquire("k")
      let task = executor.start {
        try await form.run("k", of: locks) { #expect(locks.holderLabel() == "call 2") }
      }
      #expect(locks.waiterLabels() == ["call 2"])
      let thread = NativeThread {
        do {
          try locks.withLock("k", timeout: .seconds(3600)) {
            #expect(locks.holderLabel() == "call 3")
          }
        } catch {
          Issue.record(error)
        }
      }
      while locks.waiterLabels().count < 2 {}
      #expect(locks.waiterLabels() == ["call 2", "call 3"])
      let driver = executor.drive()
      held.release()
      thread.join()
      executor.stop(driver)
      #expect(task.outcome == .had && callCount == 3)
    }
  }

  //  holder    holder     holder    task                      another thread of the executor
  //  a         k          l         waits for a, then k, l
  //  releases
  //                                                           waits for k
  //            releases
  //                                                           waits for l
  @Test func aWaitForTheNextKeyInAnotherThreadKeepsTheLabel() async {
    await onPlainThread {
      let locks = counting()
      let executor = SteppedExecutor()
      let keys = ["a", "k", "l"]
      let holders = keys.map { LockOwner(locks.acquire($0)) }
      let task = executor.start { try await locks.withLock(all: keys) {} }
      for owner in holders {
        #expect(keys.flatMap { locks.waiterLabels(of: $0) } == ["call 4"])
        owner.release()
        NativeThread {
          locks.withLock("another place") {}
          executor.drain()
        }.join()
      }
      #expect(task.outcome == .had && locks.becomesEmpty)
    }
  }

  @Test func withoutRecordsTheClosureIsNotCalled() async throws {
    let locks = counting()
    locks.isRecording = false
    await locks.withLockIfAvailable("k") {}
    try await locks.withLock("k") {}
    try await locks.withLock(all: ["k", "l"]) {}
    #expect(callCount == 0)
    locks.isRecording = true
    try await locks.withLock("k") { #expect(locks.holderLabel() == "call 1") }
    _ = locks.snapshot()
    _ = locks.isLocked("k")
    #expect(callCount == 1)
  }

  @Test func noLabelOfAnEarlierCallIsLeft() {
    let labelled = counting()
    let plain = LockTable<String>.diagnosed()
    let unrecorded = counting()
    labelled.withLock("k") {
      plain.withLock("k") { #expect(plain.holderLabel() == nil) }
    }
    unrecorded.isRecording = false
    labelled.withLock("k") {}
    #expect(unrecorded.withLock("k") { unrecorded.holderLabel() } == nil)
  }

  /// Two tables, each of which the closure of the other uses.
  @Test func aClosureMayAcquireKeys() {
    let own = Guarded<LockTable<String>?>(nil)
    let other = LockTable<String>.diagnosed { [calls] in
      calls.withLock { $0 += 1 }
      return own.withLock(\.self)?.withLock("inner") { "of the other" }
    }
    let locks = LockTable<String>.diagnosed { [calls] in
      calls.withLock { $0 += 1 }
      let label = other.withLock(all: ["names", "more"]) { other.holderLabel(of: "names") }
      return "inner: \(label ?? "none")"
    }
    own.withLock { $0 = locks }
    let line = #line + 1
    locks.withLock("k") {
      #expect(locks.holderLabel() == "inner: none")
      let site = locks.snapshot().keys.first?.holders.first?.callSite
      #expect(site == "LockTableTests/LabelTests.swift:\(line)")
    }
    #expect(callCount == 1)
    other.withLock("k") { #expect(other.holderLabel() == "of the other") }
    #expect(callCount == 2)
    own.withLock { $0 = nil }
    #expect(locks.isEmpty && other.isEmpty)
  }

  //  task 0       task 1       this thread
  //  holds a
  //               holds b
  //  waits for b
  //               waits for a
  //                            waits for a, in vain
  @Test func errorsAndEventsShowTheLabel() async {
    await onPlainThread {
      let locks = counting()
      let executor = SteppedExecutor()
      let waits = Log<SlowLockWait<String>>()
      let holds = Log<LongLockHold<String>>()
      let deadlocks = Log<SuspectedDeadlock<String>>()
      let go = Halt()
      let parties = [("a", "b"), ("b", "a")].map { held, wanted in
        Party(on: executor, of: locks, holds: held, wants: wanted, go: go)
      }
      locks.onSlowWait(threshold: .zero) { if $0.key.key == "b" { waits.add($0) } }
      locks.onLongHold(threshold: .zero) { if $0.key.key == "b" { holds.add($0) } }
      locks.onSuspectedDeadlock { deadlocks.add($0) }
      go.open()
      executor.drain()
      waits.await()
      holds.await()
      deadlocks.await()
      #expect(waits.events[0].waiter.label == "call 3")
      #expect("\(waits.events[0])".contains(", call 3, at "), "\(waits.events[0])")
      #expect(holds.events[0].holder.label == "call 2")
      #expect(Set(deadlocks.events[0].waits.map(\.waiter.label)) == ["call 3", "call 4"])
      #expect(Set(deadlocks.events[0].waits.map(\.blocker.label)) == ["call 1", "call 2"])
      do {
        try locks.withLock("a", timeout: .zero) {}
        Issue.record("it is held")
      } catch {
        #expect((error as? LockTableError)?.holder?.label == "call 1")
        #expect("\(error)".contains(#" by "call 1" ("#))
      }
      parties.forEach { $0.attempt.cancel() }
      executor.drain()
      #expect(parties.map(\.attempt).outcomes == [.cancelled])
      #expect(locks.becomesEmpty)
    }
  }

  @Test func diagnosticsWithAClosureEqualTheirCopies() {
    typealias Diagnostics = LockTableConfiguration.Diagnostics
    #expect(Diagnostics() == Diagnostics() && Diagnostics().label == nil)
    let labelled = Diagnostics(label: { "x" })
    var copy = labelled
    #expect(copy == labelled && Set([copy, labelled]).count == 1)
    #expect(labelled != Diagnostics() && labelled != Diagnostics(label: { "x" }))
    copy.label = nil
    #expect(copy == Diagnostics())
    copy.label = { "y" }
    #expect(copy.label?() == "y" && copy != labelled)
    copy.deadlockDelay = .seconds(3)
    #expect(copy.label?() == "y")
  }
}
