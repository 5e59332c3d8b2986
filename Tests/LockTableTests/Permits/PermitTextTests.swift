import LockTable
import Testing

/// What people read of permits; and mistakes that end the process.
@Suite(.watched) struct PermitTextTests {
  private func sentence(
    _ reason: LockTableError.Reason, _ requested: Int = 1, capacity: Int? = nil,
    limit: Duration? = nil, waiterLimit: LockTableError.WaiterLimit? = nil
  ) -> String {
    LockTableError(
      reason, key: "cdn", tableName: "hosts", limit: limit, waiterLimit: waiterLimit,
      permits: .init(requested: requested, capacity: capacity)
    ).description
  }

  @Test func theSentencesNameThePermits() {
    #expect(
      sentence(.timedOut, limit: .milliseconds(500))
        == #"a permit of cdn of "hosts" was not free within 500 ms"#)
    #expect(
      sentence(.timedOut, 3, limit: .milliseconds(500))
        == #"3 permits of cdn of "hosts" were not free within 500 ms"#)
    #expect(sentence(.closed, 2) == #""hosts" is closed; 2 permits of cdn were not acquired"#)
    #expect(sentence(.closed) == #""hosts" is closed; a permit of cdn was not acquired"#)
    #expect(
      sentence(.exceedsCapacity, 3, capacity: 2)
        == #"cdn of "hosts" has 2 permits, and 3 were asked for"#)
    #expect(
      sentence(.exceedsCapacity, 3, capacity: 1)
        == #"cdn of "hosts" has 1 permit, and 3 were asked for"#)
    #expect(
      sentence(.exceedsCapacity, 3)
        == #"cdn of "hosts" has fewer permits than the 3 that were asked for"#)
    #expect(
      sentence(.tooManyWaiters, 2, waiterLimit: .call(0))
        == #"2 permits of cdn of "hosts" were not free, and the call may not wait"#)
    #expect(
      sentence(.tooManyWaiters, waiterLimit: .key(4))
        == #"cdn of "hosts" has 4 waiters already, as many as allowed"#)
  }

  @Test func anErrorOfATableSaysWhatWasAskedForAndWhatThereIs() async throws {
    for table in [
      SemaphoreTable<String>(name: "hosts", permits: 2),
      SemaphoreTable<String>(name: "hosts", permits: { _ in 2 }),
    ] {
      let permit = try await table.acquirePermit("cdn")
      let error = await #expect(throws: LockTableError.self) {
        try await table.withPermits(5, of: "cdn") {}
      }
      #expect(error?.reason == .exceedsCapacity && error?.key == "cdn")
      #expect(error?.permits == .init(requested: 5, capacity: 2))
      #expect(error.map { "\($0)" } == #"cdn of "hosts" has 2 permits, and 5 were asked for"#)
      let late = await #expect(throws: LockTableError.self) {
        try await table.withPermits(2, of: "cdn", timeout: .zero) {}
      }
      #expect(late?.permits == .init(requested: 2) && late?.reason == .timedOut)
      permit.release()
    }
  }

  @Test func aSnapshotShowsPermits() async throws {
    let table = SemaphoreTable<String>(
      name: "hosts of PermitTextTests", permits: 3, configuration: .init(diagnostics: .init()))
    let permit = try await table.acquirePermits(2, of: "cdn")
    let entry = try #require(table.snapshot().keys.first)
    #expect(entry.holderCount == 2 && entry.capacity == 3 && entry.holders.count == 1)
    #expect("\(entry)".hasPrefix("cdn: 2 of 3 permits out, 0 waiting\n  held: "))
    #expect("\(table.snapshot())".split(separator: "\n").count == 2)
    let report = try #require(
      LockTableRegistry.report().tables.first { $0.name == "hosts of PermitTextTests" })
    #expect(report.keys.first?.capacity == 3 && report.keys.first?.holderCount == 2)
    permit.release()
    #expect(table.name == "hosts of PermitTextTests" && table.isRecording)
  }

  @Test func aLockHasNoPermits() {
    let locks = LockTable<Int>()
    let holder = locks.acquireIfAvailable(1)
    #expect(locks.snapshot().keys.first?.capacity == nil)
    #expect(locks.snapshot().description == "1: held exclusively, 0 waiting")
    _ = consume holder
    #expect(LockTableError(.timedOut, key: 1).permits == nil)
  }

  // No caller waits for one certain holder of a permit, so no cycle of waits is a deadlock.
  @Test func permitsAreInNoDeadlock() async {
    await onPlainThread {
      let table = SemaphoreTable<Int>(
        permits: 1,
        configuration: .init(
          diagnostics: .init(deadlockDelay: .milliseconds(1), onDeadlock: .failYoungest)))
      let executor = SteppedExecutor()
      let task = executor.start {
        try await table.withPermit(1) { try await table.withPermit(1) {} }
      }
      // A second report comes after all that the monitor's look for the first one had to report.
      for _ in 0..<2 {
        let told = Gate()
        let hook = table.locks.onSlowWait(threshold: .milliseconds(20)) { _ in told.open() }
        told.pass()
        hook.remove()
      }
      executor.drain()
      #expect(task.outcome == nil && table.statistics().suspectedDeadlocks == 0)
      task.cancel()
      executor.drain()
      #expect(task.outcome == .cancelled && table.isEmpty)
    }
  }

  @Test func mistakesTrapWithASentence() async {
    let negative = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = SemaphoreTable<Int>(permits: -1)
    }
    #expect(said(negative, "permits is -1; a key can't have fewer than 0 permits"))
    let answer = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = SemaphoreTable<Int>(name: "t", permits: { _ in -2 }).acquirePermitIfAvailable(7)
    }
    #expect(said(answer, "permits: returned -2 for 7 of \"t\"; a key can't have fewer than"))
    let none = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = SemaphoreTable<Int>(permits: 1).acquirePermitsIfAvailable(0, of: 7)
    }
    #expect(said(none, "0 permits were asked for; a call asks for at least 1"))
  }

  private func said(_ result: ExitTest.Result?, _ sentence: String) -> Bool {
    guard let result else { return false }
    return String(decoding: result.standardErrorContent, as: UTF8.self).contains(sentence)
  }
}
