import LockTable

/// What is found out about a key while others acquire it as well.
final class KeyHeat {
  var record: HeatRecord

  init(_ record: HeatRecord) { self.record = record }
}

/// LockTable, looked at key by key: it tries first, and times the wait where that fails.
final class HeatContender: Contender, @unchecked Sendable {
  typealias Key = String

  // Sound to share: the dictionary is not changed, and the heat of a key only by the thread that holds it.
  private let heat: [String: KeyHeat]
  private let table = LockTable<String>()

  init(_ heat: [KeyHeat]) {
    self.heat = Dictionary(uniqueKeysWithValues: heat.map { ($0.record.key, $0) })
  }

  func run(_ key: String, _ body: () -> Void) {
    guard let heat = heat[key] else { return }
    func work() {
      heat.record.acquisitions += 1
      body()
    }
    guard table.withLockIfAvailable(key, work) == nil else { return }
    let begin = monotonicNanoseconds()
    table.withLock(key) {
      let waited = monotonicNanoseconds() - begin
      heat.record.contended += 1
      heat.record.waitedNanoseconds += waited
      heat.record.longestWaitNanoseconds = max(heat.record.longestWaitNanoseconds, waited)
      work()
    }
  }
}
