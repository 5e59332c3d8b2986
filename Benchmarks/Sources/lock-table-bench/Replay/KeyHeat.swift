import LockTable

/// What a key's acquirers met with.
final class KeyHeat {
  var acquisitions = 0
  /// That found the key held.
  var contended = 0
  var waitedNanoseconds: UInt64 = 0
  var longestWaitNanoseconds: UInt64 = 0
}

/// LockTable, looked at key by key: it tries first, and times the wait where that fails.
final class HeatContender: Contender, @unchecked Sendable {
  typealias Key = String

  // Sound to share: the dictionary is not changed, and the heat of a key only by the thread that holds it.
  private let heat: [String: KeyHeat]
  private let table = LockTable<String>()

  init(_ heat: [String: KeyHeat]) { self.heat = heat }

  func run(_ key: String, _ body: () -> Void) {
    guard let heat = heat[key] else { return }
    func work() {
      heat.acquisitions += 1
      body()
    }
    guard table.withLockIfAvailable(key, work) == nil else { return }
    let begin = monotonicNanoseconds()
    table.withLock(key) {
      let waited = monotonicNanoseconds() - begin
      heat.contended += 1
      heat.waitedNanoseconds += waited
      heat.longestWaitNanoseconds = max(heat.longestWaitNanoseconds, waited)
      work()
    }
  }
}
