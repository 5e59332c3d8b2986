import Foundation
import LockTable
import LockTableFoundation
import Testing

/// What is read from the table, as JSON.
@Suite(.watched) struct CodableTests {
  private let encoder = JSONEncoder()

  init() {
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  private func json(_ value: some Encodable) throws -> String {
    String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Encodes, decodes and encodes again.
  private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
    let data = try encoder.encode(value)
    let again = try JSONDecoder().decode(Value.self, from: data)
    #expect(try encoder.encode(again) == data)
    return again
  }

  private func decode<Value: Decodable>(_: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }

  @Test func statisticsAreTheirNumbers() throws {
    let locks = LockTable<Int>.diagnosed()
    locks.withLock(1) {}
    let statistics = locks.statistics()
    #expect(try roundTrip(statistics) == statistics)
    let object = try JSONSerialization.jsonObject(with: encoder.encode(statistics))
    #expect((object as? [String: Any])?["acquisitions"] as? Int == 1)
  }

  @Test func acquirersHaveTheDigitsThatLogsHave() throws {
    let task = LockAcquirer.task(id: 0xffff_ffff_ffff_ffff, name: "a\n\"b\"")
    #expect(
      try json(task) == #"{"id":"ffffffffffffffff","kind":"task","name":"a\n\"b\""}"#)
    let thread = LockAcquirer.thread(id: 4711, name: nil)
    #expect(try json(thread) == #"{"id":"4711","kind":"thread"}"#)
    #expect(try roundTrip(task) == task && roundTrip(thread) == thread)
  }

  @Test func aParticipantLacksWhatIsNotKnown() throws {
    let locks = LockTable<String>.unmonitored(.init())
    let executor = SteppedExecutor()
    let held = hold("a", of: locks)
    let waiter = executor.start { try await locks.withSharedLock("a") {} }
    var participant = try #require(locks.snapshot().keys.first?.waiters.first)
    participant.duration = .milliseconds(1500)
    #expect(try json(participant) == #"{"isTask":true,"mode":"shared","seconds":1.5}"#)
    #expect(try roundTrip(participant) == participant)
    held.release()
    executor.drain()
    #expect(waiter.outcome == .had)
  }

  @Test func aParticipantHasWhatIsKnown() async throws {
    let locks = LockTable<String>.diagnosed()
    let (snapshot, line) = try await Task(name: "import") {
      try await LockLabel.$current.withValue("request 7") {
        (try await locks.withLock("a") { locks.snapshot() }, #line)
      }
    }.value
    let holder = try #require(snapshot.keys.first?.holders.first)
    #expect(try roundTrip(holder) == holder)
    let object = try #require(
      JSONSerialization.jsonObject(with: encoder.encode(holder)) as? [String: Any])
    #expect(
      Set(object.keys)
        == ["mode", "isTask", "acquirer", "callSite", "label", "seconds", "serial"])
    #expect(object["label"] as? String == "request 7")
    #expect(object["callSite"] as? String == "LockTableTests/CodableTests.swift:\(line)")
    #expect((object["acquirer"] as? [String: String])?["name"] == "import")
  }

  @Test func aSnapshotIsItsKeys() throws {
    let locks = LockTable<String>.unmonitored(.init())
    #expect(try json(locks.snapshot()) == #"{"isComplete":true,"keys":[]}"#)
    let held = locks.acquireShared("ä\n")
    #expect(
      try json(locks.snapshot()) == """
        {"isComplete":true,"keys":[{"holderCount":1,"holders":[],"key":"ä\\n","mode":"shared",\
        "name":"ä\\\\n","waiterCount":0,"waiters":[]}]}
        """)
    held.release()
  }

  @Test func aSnapshotComesBack() throws {
    func expectRoundTrip<Key: Hashable & Sendable & Codable>(_ key: Key) throws {
      let locks = LockTable<Key>.diagnosed()
      let held = locks.acquire(key)
      let snapshot = locks.snapshot()
      let again = try roundTrip(snapshot)
      #expect(again.keys.map(\.key) == snapshot.keys.map(\.key))
      #expect(again.keys.map(\.holders) == snapshot.keys.map(\.holders))
      #expect("\(again)" == "\(snapshot)")
      held.release()
    }
    try expectRoundTrip(7)
    try expectRoundTrip("account-42")
    try expectRoundTrip(UUID())
    try expectRoundTrip(Ticket(number: 4))
    try expectRoundTrip([1, 2])
  }

  @Test func eventsComeBack() async throws {
    let locks = LockTable<String>.diagnosed()
    let (waits, holds) = (Log<SlowLockWait<String>>(), Log<LongLockHold<String>>())
    let deadlocks = Log<SuspectedDeadlock<String>>()
    locks.onSlowWait(threshold: .milliseconds(1)) { waits.add($0) }
    locks.onLongHold(threshold: .milliseconds(1)) { holds.add($0) }
    locks.onSuspectedDeadlock { deadlocks.add($0) }
    let task = Task {
      try await locks.withLock("a") { try await locks.withSharedLock("a") {} }
    }
    await onPlainThread {
      waits.await()
      holds.await()
      deadlocks.await()
    }
    task.cancel()
    _ = await task.result
    for wait in waits.events {
      #expect("\(try roundTrip(wait))" == "\(wait)")
    }
    for hold in holds.events {
      #expect("\(try roundTrip(hold))" == "\(hold)")
    }
    for deadlock in deadlocks.events {
      let again = try roundTrip(deadlock)
      #expect("\(again)" == "\(deadlock)")
      #expect(again.waits.map(\.waiter) == deadlock.waits.map(\.waiter))
      #expect(again.waits.map(\.blocker) == deadlock.waits.map(\.blocker))
      #expect(again.waits.map(\.isHeldByBlocker) == [true])
    }
    #expect(locks.becomesEmpty)
  }

  @Test func durationsAreSecondsAndComeBackToTheNanosecond() throws {
    var dice = Dice(1)
    var participant = try #require(someParticipant())
    for bits in (0...51).flatMap({ Array(repeating: $0, count: 20) }) {
      let nanoseconds = Int64.random(in: 0...(1 << bits), using: &dice)
      participant.duration = .nanoseconds(nanoseconds)
      #expect(try roundTrip(participant).duration == .nanoseconds(nanoseconds))
    }
    participant.duration = .seconds(Int64(1) << 40)
    #expect(try roundTrip(participant).duration == .seconds(Int64(1) << 40))
  }

  @Test func whatCannotBeIsRefused() {
    for json in [
      #"{"mode":"both"}"#, #"{"mode":0}"#, "{}", #"{"mode":"shared","seconds":1e19}"#,
      #"{"mode":"shared","seconds":-1e300}"#, #"{"mode":"shared","seconds":"1"}"#,
      #"{"mode":"shared","acquirer":{"kind":"task","id":"xyz"}}"#,
      #"{"mode":"shared","acquirer":{"kind":"thread","id":"ff"}}"#,
      #"{"mode":"shared","acquirer":{"kind":"fibre","id":"1"}}"#,
      #"{"mode":"shared","acquirer":{"kind":"task","id":"10000000000000000"}}"#,
      #"{"mode":"shared","serial":-1}"#,
    ] {
      #expect(throws: DecodingError.self, "\(json)") { try decode(LockParticipant.self, json) }
    }
  }

  private func someParticipant() -> LockParticipant? {
    let locks = LockTable<Int>.diagnosed()
    return locks.withLock(1) { locks.snapshot().keys.first?.holders.first }
  }
}

private struct Ticket: LockKey, Codable {
  var number: Int
  var lockIdentity: Int { number }
}

/// A synchronous function in a task: it finds the key free.
private func hold(_ key: String, of locks: LockTable<String>) -> LockTable<String>.Guard {
  locks.acquire(key)
}
