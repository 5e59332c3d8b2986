import Foundation
import LockTable
import Testing

/// What events say, in one line: the key, its table, who, where, what for, and for how long.
@Suite(.watched) struct EventTextTests {
  private let locks = LockTable<String>(
    name: "accounts",
    configuration: .init(diagnostics: .init(deadlockDelay: .milliseconds(2))))

  private let file = "LockTableTests/EventTextTests.swift"

  /// The text without numbers of tasks and threads, and without durations.
  private func shown(_ event: some CustomStringConvertible) -> String {
    event.description.replacing(/(thread|task) [0-9a-f]+/) { "\($0.output.1) N" }
      .replacing(/for [0-9.]+ (ns|µs|ms|s|min|h)\b/, with: "for a while")
  }

  /// Runs a task that holds `a` and waits for `b`, and one that holds `b` and waits for `a`, until
  /// `body` returns. Returns the lines in which they acquire first and then.
  private func withTwoThatWait(
    _ body: @Sendable @escaping () async -> Void
  ) async throws -> (held: Int, waited: Int) {
    let line = #line + 4
    let tasks = [("a", "b"), ("b", "a")].map { own, other in
      Task(name: "transfer \(own)") {
        try await LockLabel.$current.withValue("POST /\(own)") {
          try await locks.withLock(own) {
            while !locks.isLocked(other) { try await Task.sleep(for: .milliseconds(1)) }
            try await locks.withLock(other) {}
          }
        }
      }
    }
    await body()
    for task in tasks {
      task.cancel()
      _ = await task.result
    }
    return (line, line + 2)
  }

  @Test func aDeadlockLeadsToTheLines() async throws {
    let log = Log<SuspectedDeadlock<String>>()
    locks.onSuspectedDeadlock { log.add($0) }
    let (held, waited) = try await withTwoThatWait { await onPlainThread { log.await() } }
    func wait(_ own: String, _ other: String) -> String {
      """
      task N "transfer \(own)" (POST /\(own)) waits for \(other) of "accounts" (exclusive) at \
      \(file):\(waited), held since \(file):\(held) by task N "transfer \(other)" (POST /\(other))
      """
    }
    let text = shown(log.events[0])
    let ways = [[wait("a", "b"), wait("b", "a")], [wait("b", "a"), wait("a", "b")]].map {
      "suspected deadlock of 2: " + $0.joined(separator: "; ")
    }
    #expect(ways.contains(text), "\(text)")
  }

  @Test func aSlowWaitAndALongHoldNameTheTable() async throws {
    let (waits, holds) = (Log<SlowLockWait<String>>(), Log<LongLockHold<String>>())
    locks.onSlowWait(threshold: .milliseconds(1)) { wait in
      if wait.key.key == "b" { waits.add(wait) }
    }
    locks.onLongHold(threshold: .milliseconds(1)) { hold in
      if hold.key.key == "a" { holds.add(hold) }
    }
    let (held, waited) = try await withTwoThatWait {
      await onPlainThread {
        waits.await()
        holds.await()
      }
    }
    #expect(
      shown(waits.events[0]) == """
        a wait for b of "accounts": exclusive, task N "transfer a", POST /a, at \(file):\(waited), \
        for a while; held: exclusive, task N "transfer b", POST /b, at \(file):\(held), for a while
        """)
    #expect(waits.events[0].key.tableName == "accounts")
    let hold = holds.events[0]
    #expect(
      shown(hold) == """
        a hold of a of "accounts": exclusive, task N "transfer a", POST /a, at \(file):\(held), \
        for a while; \(hold.key.waiterCount) waiting
        """)
  }

  @Test func manyHoldersAreCounted() async throws {
    await onPlainThread {
      let locks = LockTable<Int>.diagnosed()
      let log = Log<SlowLockWait<Int>>()
      let writers = Parcel<NativeThread>(nil)
      locks.onSlowWait(threshold: .milliseconds(1)) { log.add($0) }
      read(1, of: locks, times: 7) {
        let writer = NativeThread { locks.withLock(1) {} }
        log.await()
        let text = log.events[0].description
        #expect(text.components(separatedBy: "held: ").count == 5)
        #expect(text.hasSuffix("; … and 3 more"))
        writers.put(writer)
      }
      writers.take()?.join()
    }
  }

  @Test func withoutHoldersTheModeIsTold() async throws {
    let log = Log<SlowLockWait<String>>()
    locks.isRecording = false
    let held = try await locks.acquireShared("k")
    locks.isRecording = true
    locks.onSlowWait(threshold: .milliseconds(1)) { log.add($0) }
    let waiter = Task { try await locks.withLock("k") {} }
    await onPlainThread { log.await() }
    #expect(log.events[0].description.hasSuffix("; shared by 1"))
    held.release()
    try await waiter.value
  }
}

private func read(_ key: Int, of locks: LockTable<Int>, times: Int, _ body: () -> Void) {
  guard times > 0 else { return body() }
  locks.withSharedLock(key) { read(key, of: locks, times: times - 1, body) }
}
