import Foundation
import LockTable
import LockTableFoundation
import Testing

/// Other suites have tables with names, too: those here have names of their own.
@Suite(.watched) struct RegistryTests {
  private func tables(named prefix: String) -> [LockTableReport.Table] {
    LockTableRegistry.report().tables.filter { $0.name.hasPrefix(prefix) }
  }

  @Test func tablesWithNamesAreReportedAsLongAsTheyLive() {
    var first: LockTable? = LockTable<Int>(name: "registry-life-1")
    let second = LockTable<String>(name: "registry-life-2")
    let alike = LockTable<Int>(name: "registry-life-2")
    let nameless = LockTable<String>()
    let names = ["registry-life-1", "registry-life-2", "registry-life-2"]
    #expect(tables(named: "registry-life").map(\.name) == names)
    withExtendedLifetime(first) {}
    first = nil
    #expect(tables(named: "registry-life").map(\.name) == Array(names.dropFirst()))
    withExtendedLifetime((second, alike)) {}
    nameless.withLock("registry: a key of a table without a name") {
      #expect(!LockTableRegistry.dump().contains("a key of a table without a name"))
    }
  }

  @Test func aReportSaysWhatTheTableSays() async {
    await onPlainThread {
      let locks = LockTable<LockKeyPair<Int, String>>(
        name: "registry-same", configuration: .init(diagnostics: .init()))
      let held = locks.acquireShared(LockKeyPair(7, "Jörg"))
      let waiter = NativeThread { locks.withLock(LockKeyPair(7, "Jörg")) {} }
      waiter.waitUntilAsleep()
      let table = tables(named: "registry-same").first
      let snapshot = locks.snapshot()
      #expect(table?.statistics.acquisitions == locks.statistics().acquisitions)
      #expect(table?.isComplete == true && table?.isClosed == false)
      #expect(table?.keys.map(\.name) == ["7/Jörg"])
      #expect(table?.keys.map(\.mode) == [.shared])
      #expect(table?.keys.map(\.holders.count) == [1] && table?.keys.map(\.holderCount) == [1])
      #expect(table?.keys.map(\.waiters.count) == [1] && table?.keys.map(\.waiterCount) == [1])
      #expect(table?.keys[0].waiters[0].acquirer == snapshot.keys[0].waiters[0].acquirer)
      #expect(
        table.map { withoutNumbers("\($0.keys[0])") } == withoutNumbers("\(snapshot.keys[0])"))
      held.release()
      waiter.join()
      locks.close()
      #expect(tables(named: "registry-same").map(\.isClosed) == [true])
    }
  }

  @Test func aDumpHasAHeadingForEachTable() async throws {
    let locks = LockTable<String>(name: "registry \"dump\"\n")
    let held = try await locks.acquire("a\nb")
    let waiter = Task { try await locks.withSharedLock("a\nb") {} }
    while locks.statistics().waiters == 0 {
      try await Task.sleep(for: .milliseconds(1))
    }
    let sections = withoutNumbers(LockTableRegistry.dump()).components(separatedBy: "\n\n")
    let ours = sections.first { $0.hasPrefix(#""registry \"dump\"\n": "#) }
    #expect(
      ours?.replacing(/longest wait .*/, with: "longest wait …") == #"""
        "registry \"dump\"\n": 1 acquisition, 1 contended; 1 key, 1 waiter; longest wait …
        a\nb: held exclusively, 1 waiting
          waits: shared, a task, for a while
        """#)
    held.release()
    try await waiter.value
    locks.close()
    let closed = LockTableRegistry.dump().components(separatedBy: "\n\n").first {
      $0.hasPrefix(#""registry \"dump\"\n", closed: "#)
    }
    #expect(closed?.hasSuffix("\nno key is held or waited for") == true)
  }

  @Test func keysAreDescribedAsTheirTableSays() throws {
    let hidden = LockTable<String>(
      name: "registry-hidden", configuration: .init(describeKey: .hidden))
    let told = LockTable<Int>(
      name: "registry-told", configuration: .init(describeKey: .custom { _ in "told" }))
    try hidden.withLock("a.person@example.org") {
      told.withLock(1) {
        #expect(tables(named: "registry-told").first?.keys.map(\.name) == ["told"])
      }
      let name = try #require(tables(named: "registry-hidden").first?.keys.first?.name)
      #expect(name.wholeMatch(of: /[0-9a-f]{8}/) != nil)
      #expect(try LockTableRegistry.dumpJSON().contains(name))
      #expect(try !LockTableRegistry.dumpJSON().contains("person"))
      #expect(!LockTableRegistry.dump().contains("person"))
    }
  }

  @Test func aReportIsCodable() throws {
    let locks = LockTable<Int>(name: "registry-json", configuration: .init(diagnostics: .init()))
    var report = locks.withLock(42) { LockTableRegistry.report() }
    report.tables.removeAll { $0.name != "registry-json" }
    #expect(report.tables.count == 1)
    let again = try JSONDecoder().decode(
      LockTableReport.self, from: JSONEncoder().encode(report))
    #expect("\(again)" == "\(report)")
    #expect(again.tables.map(\.statistics) == report.tables.map(\.statistics))
    #expect(
      again.tables.map { $0.keys.map(\.holders) } == report.tables.map { $0.keys.map(\.holders) })
    let json = try locks.withLock(42) { try LockTableRegistry.dumpJSON() }
    let object =
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: [[String: Any]]]
    let table = try #require(object?["tables"]?.first { $0["name"] as? String == "registry-json" })
    #expect(Set(table.keys) == ["name", "isClosed", "statistics", "keys", "isComplete"])
    let key = (table["keys"] as? [[String: Any]])?.first
    #expect(key?["name"] as? String == "42" && key?["mode"] as? String == "exclusive")
    #expect(key?["waiterCount"] as? Int == 0 && (key?["waiters"] as? [Any])?.isEmpty == true)
  }
}

@Suite(.watched) struct RegistryLifeTests {
  //  thread
  //  holds 1, lends the last reference to the description of keys
  //  dumps: the description lets the table go
  //  releases 1
  @Test func aTableMayEndWhileItIsDumped() async {
    await onPlainThread {
      let ended = Guarded(false)
      let last = Parcel<LockTable<Node>>(nil)
      // Other tests dump this table, too.
      let own = ObjectIdentifier(Thread.current)
      var held: [LockOwner] = []
      do {
        let locks = LockTable<Node>(
          name: "registry-ends",
          configuration: .init(
            stripeCount: 1,
            describeKey: .custom { _ in
              if ObjectIdentifier(Thread.current) == own, last.take() != nil {
                ended.withLock { $0 = true }
              }
              return "lets go"
            }))
        held = [1, 2].map { LockOwner(locks.acquire(Node($0))) }
        last.put(locks)
      }
      let table = LockTableRegistry.report().tables.first { $0.name == "registry-ends" }
      #expect(table?.keys.map(\.name) == ["lets go", "lets go"] && ended.withLock(\.self))
      #expect(!LockTableRegistry.report().tables.contains { $0.name == "registry-ends" })
      held.forEach { $0.release() }
    }
  }

  /// What a table refers to ends with it, and after the last dump of it.
  @Test func aDumpKeepsNothing() async {
    await onPlainThread {
      let ended = Gate()
      do {
        let token = Token { ended.open() }
        let locks = LockTable<Int>(
          name: "registry-token", configuration: .init(diagnostics: .init()))
        locks.onLongHold(threshold: .seconds(3600)) { _ in _ = token }
        locks.withLock(1) { _ = LockTableRegistry.dump() }
      }
      ended.pass()
    }
  }

  @Test func tablesComeAndGoWhileOthersDump() async {
    await onPlainThread {
      let rounds = Load.scaled(300)
      let isOver = Guarded(false)
      let watchers = (0..<2).map { _ in
        NativeThread {
          while !isOver.withLock(\.self) {
            for table in LockTableRegistry.report().tables where table.name == "registry-storm" {
              #expect(table.keys.count <= 1)
            }
          }
        }
      }
      onThreads(2) { _ in
        for round in 0..<rounds {
          var locks: LockTable? = LockTable<Int>(name: "registry-storm")
          var held = locks?.acquire(round)
          locks = nil
          held.take()?.release()
        }
      }
      isOver.withLock { $0 = true }
      watchers.forEach { $0.join() }
      #expect(!LockTableRegistry.report().tables.contains { $0.name == "registry-storm" })
    }
  }
}
