import LockTable
import Testing

/// What a table of permits promises, form by form.
@Suite(.watched) struct PermitTests {
  @Test func aBodyRunsWithAPermitAndReturns() async throws {
    let table = SemaphoreTable<String>(permits: 2)
    #expect(PermitThread.returns(from: table) == 2)
    let count = try await table.withPermit("k") {
      try await table.withPermit("k") { table.permitsOut(of: "k") }
    }
    #expect(count == 2)
    #expect(table.isEmpty && table.count == 0)
  }

  @Test func anErrorOfTheBodyKeepsItsTypeAndGivesThePermitBack() async {
    struct Failure: Error {}
    let table = SemaphoreTable<Int>(permits: 1)
    PermitThread.throwsTyped(from: table)
    await #expect(throws: Failure.self) {
      try await table.withPermit(1) { () async throws(Failure) in throw Failure() }
    }
    await #expect(throws: Failure.self) {
      try await table.withPermits(1, of: 1) { () async throws(Failure) in throw Failure() }
    }
    #expect(table.isEmpty)
  }

  @Test(arguments: [1, 2, 3]) func noMoreAreOutThanThereAre(permits: Int) async {
    let table = SemaphoreTable<Int>(permits: permits)
    let counts = Guarded((out: 0, most: 0))
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<60 {
        group.addTask {
          let weight = 1 + index % permits
          try? await table.withPermits(weight, of: 7) {
            counts.withLock {
              $0.out += weight
              $0.most = max($0.most, $0.out)
            }
            await Task.yield()
            counts.withLock { $0.out -= weight }
          }
        }
      }
    }
    #expect(counts.withLock(\.self) == (0, permits))
    #expect(table.isEmpty)
    #expect(table.statistics().acquisitions == 60)
  }

  @Test func differentKeysHaveTheirOwnPermits() {
    let table = SemaphoreTable<Int>(permits: 1)
    let permits = (0..<100).map { key in
      LockOwner(table.acquirePermitIfAvailable(key).orFail())
    }
    #expect(table.count == 100)
    #expect((0..<100).allSatisfy { !table.has(1, leftOf: $0) })
    permits.forEach { $0.release() }
    #expect(table.isEmpty)
  }

  @Test func whatIsNotAvailableIsNilAtOnce() async {
    let table = SemaphoreTable<String>(permits: 3)
    let two = table.acquirePermitsIfAvailable(2, of: "k").orFail()
    #expect(two.count == 2)
    #expect(!table.has(2, leftOf: "k") && !table.has(4, leftOf: "k") && table.has(1, leftOf: "k"))
    #expect(await table.withPermitsIfAvailable(2, of: "k") { 1 } == nil)
    #expect(await table.withPermitIfAvailable("k") { 1 } == 1)
    PermitThread.isNotAvailable(in: table)
    two.release()
    #expect(table.isEmpty)
  }

  @Test func aGuardGivesItsPermitsBackOnceAndOutlivesItsTable() async throws {
    let permit: SemaphoreTable<Int>.Permit
    do {
      let table = SemaphoreTable<Int>(permits: 5)
      let first = try await table.acquirePermits(3, of: 1)
      let second = try await table.acquirePermit(1, timeout: .zero)
      #expect(first.count == 3 && second.count == 1 && table.permitsOut(of: 1) == 4)
      #expect(first.isHold(of: 1, in: table) && !first.isHold(of: 2, in: table))
      first.release()
      #expect(table.permitsOut(of: 1) == 1)
      permit = second
    }
    permit.release()
  }

  @Test func anOwnerHasThePermitsOfAGuard() async throws {
    let table = SemaphoreTable<String>(permits: 4)
    let owner = LockOwner(try await table.acquirePermits(3, of: "k"))
    let other = LockOwner(try await table.acquirePermit("k"))
    #expect(table.permitsOut(of: "k") == 4)
    owner.release()
    owner.release()
    #expect(owner.isReleased && table.permitsOut(of: "k") == 1)
    other.release()
    #expect(table.isEmpty)
  }

  // The keys reach the core in each of the ways that there are.
  @Test func keysOfEverySort() async throws {
    try await check(1, 2)
    try await check("a", "b")
    try await check(Plain(a: 1, b: 2), Plain(a: 1, b: 3))
    try await check(Owning(name: "a", number: 1), Owning(name: "a", number: 2))
    try await check(Large(words: Array(repeating: "x", count: 9)), Large(words: ["y"]))
    try await check(String(repeating: "k", count: 100), String(repeating: "l", count: 2000))
  }

  private struct Plain: Hashable {
    var a: Int32
    var b: Int64
  }

  private struct Owning: Hashable {
    var name: String
    var number: Int
  }

  private struct Large: Hashable {
    var words: [String]
    var more: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) =
      (0, 0, 0, 0, 0, 0, 0, 0)

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }
    func hash(into hasher: inout Hasher) { hasher.combine(words) }
  }

  private func check<Key: Hashable & Sendable>(_ key: Key, _ other: Key) async throws {
    for table in [
      SemaphoreTable<Key>(permits: 2), SemaphoreTable<Key>(permits: { _ in 2 }),
    ] {
      let first = try await table.acquirePermit(key)
      let second = table.acquirePermitIfAvailable(key).orFail()
      #expect(!table.has(1, leftOf: key))
      #expect(await table.withPermitsIfAvailable(2, of: other) { true } == true)
      #expect(table.permitsOut(of: key) == 2 && table.count == 1)
      first.release()
      PermitThread.uses(table, key)
      second.release()
      PermitThread.uses(table, key)
      await table.withUncancellablePermit(key) {}
      #expect(table.isEmpty)
    }
    for none in [SemaphoreTable<Key>(permits: 0), SemaphoreTable<Key>(permits: { _ in 0 })] {
      #expect(!none.has(1, leftOf: key) && !none.has(2, leftOf: key))
      let outcome = await Outcome.of { try await none.withPermit(key, timeout: .zero) {} }
      #expect(outcome == .timedOut)
      let many = await Outcome.of {
        try await none.withPermits(9, of: key, timeout: .milliseconds(1)) {}
      }
      #expect(many == .timedOut)
      #expect(none.isEmpty)
    }
  }
}

/// The forms that block a thread, which asynchronous code can't name.
enum PermitThread {
  static func returns(from table: SemaphoreTable<String>) -> Int {
    table.withPermit("k") { table.withPermit("k") { table.permitsOut(of: "k") } }
  }

  static func throwsTyped(from table: SemaphoreTable<Int>) {
    struct Failure: Error {}
    do throws(Failure) {
      try table.withPermit(1) { () throws(Failure) in throw Failure() }
      Issue.record("a body's error was lost")
    } catch {
      #expect(table.isEmpty)
    }
  }

  static func isNotAvailable(in table: SemaphoreTable<String>) {
    #expect(table.withPermitsIfAvailable(2, of: "k") { 1 } == nil)
    #expect(table.withPermitIfAvailable("k") { 1 } == 1)
  }

  static func uses<Key>(_ table: SemaphoreTable<Key>, _ key: Key) {
    table.withPermit(key) {}
    #expect(table.withPermitIfAvailable(key) { 1 } == 1)
    table.acquirePermit(key).release()
    #expect(Outcome.ofThread { try table.withPermit(key, timeout: .zero) {} } == .had)
    #expect(Outcome.ofThread { try table.withPermits(1, of: key) {} } == .had)
  }
}

extension SemaphoreTable {
  /// Are so many left, and nobody is in line?
  func has(_ count: Int, leftOf key: Key) -> Bool {
    let permit =
      count == 1 ? acquirePermitIfAvailable(key) : acquirePermitsIfAvailable(count, of: key)
    guard let permit else { return false }
    permit.release()
    return true
  }
}

extension Optional where Wrapped: ~Copyable {
  consuming func orFail() -> Wrapped {
    guard let wrapped = consume self else { fatalError("a permit was not available") }
    return wrapped
  }
}
