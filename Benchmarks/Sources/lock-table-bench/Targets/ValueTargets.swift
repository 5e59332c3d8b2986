import LockTable
import SinglePaths
import Synchronization

#if TBB
  import CNativeLocks
#endif

// The targets of `MutexTable`: a value that is there is found and changed.

extension TargetsExperiment {
  func values() -> [TargetRecord] {
    let counts = [1_000, 10_000, 100_000, 1_000_000]
    let ints = counts.map { count in
      hits(of: "an int") { Array(0..<count) }
    }
    let strings = counts.dropLast().map { count in
      hits(of: "a 24-byte string") {
        (0..<count).map { String(String(number: $0).suffix(24)) }
      }
    }
    return ints.map(\.record) + strings.map(\.record)
      + [lookUp(ints[counts.count - 1].own), bytes(ofValues: 1_000_000)] + hitsBesideTBB()
  }

  /// The keys are made twice: a dictionary knows a string by its address, if it is the same object.
  private func hits<Key: Hashable & Sendable>(
    of kind: String, _ makeKeys: () -> [Key]
  ) -> (record: TargetRecord, own: Loop) {
    let table = MutexTable<Key, Int>(), striped = StripedDictionary<Key>()
    for (number, key) in makeKeys().enumerated() {
      table.withLock(key) { value in value = number }
      striped.withLock(key) { value in value = number }
    }
    let keys = makeKeys()
    let own = Loop("MutexTable") { count in
      var order = Order()
      for _ in 0..<count {
        table.withLock(keys[order.next(below: keys.count)]) { value in value? &+= 1 }
      }
    }
    let peer = Loop("a striped Mutex of dictionaries") { count in
      var order = Order()
      for _ in 0..<count {
        striped.withLock(keys[order.next(below: keys.count)]) { value in value? &+= 1 }
      }
    }
    let times = times([own, peer])
    let record = TargetRecord(
      "a hit of \(kind) among \(grouped(keys.count)) values", "time ÷ that of \(peer.name)",
      Ratio(times[own], over: times[peer]), .atMost(0.7))
    return (record, own)
  }

  private func lookUp(_ loop: Loop) -> TargetRecord {
    let times = loop.nanosecondsOnThread(1_000_000)
    return TargetRecord("a hit of an int among 1 000 000 values", "ns", value: times, nil)
  }

  /// What the table has allocated, the key and the value included.
  private func bytes(ofValues count: Int) -> TargetRecord {
    let table = MutexTable<Int, Int>()
    let before = table.statistics().bytes
    for key in 0..<count { table.withLock(key) { value in value = key } }
    let bytes = Double(table.statistics().bytes - before) / Double(count)
    return TargetRecord("memory of an int key with an int value", "bytes", value: bytes, nil)
  }

  /// The map keeps its elements, and an accessor to one is its lock.
  private func hitsBesideTBB() -> [TargetRecord] {
    let name = "a hit of an int among 100 000 values", peer = "time ÷ that of oneTBB's accessor"
    #if TBB
      let count = 100_000
      let table = MutexTable<Int, Int>(), map = TBBInts(count: count)
      for key in 0..<count { table.withLock(key) { value in value = key } }
      let own = Loop("MutexTable") { times in
        var order = Order()
        for _ in 0..<times {
          table.withLock(order.next(below: count)) { value in value? &+= 1 }
        }
      }
      let theirs = Loop("oneTBB's accessor") { times in
        var order = Order()
        for _ in 0..<times { map.lock(order.next(below: count)) }
      }
      let times = times([own, theirs])
      return [TargetRecord(name, peer, Ratio(times[own], over: times[theirs]), nil)]
    #else
      return [TargetRecord(name, peer, nil, nil, detail: "compared if built with the trait TBB")]
    #endif
  }
}

/// An order in which no cache helps: the same for all.
private struct Order {
  private var state: UInt64 = 1

  @inline(__always)
  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(truncatingIfNeeded: state >> 33) % bound
  }
}

/// What one would write: a key's stripe is chosen by its hash, and has a dictionary under a mutex.
private final class StripedDictionary<Key: Hashable & Sendable>: Sendable {
  private final class Stripe: Sendable {
    let values = Mutex<[Key: Int]>([:])
  }

  private let stripes = (0..<stripeCount).map { _ in Stripe() }

  @inline(__always)
  func withLock(_ key: Key, _ body: (inout Int?) -> Void) {
    stripes[key.hashValue & (stripeCount - 1)].values.withLock { body(&$0[key]) }
  }
}

#if TBB
  private final class TBBInts: @unchecked Sendable {
    // Sound to share: a table's functions may be called by any thread. It lasts as long as the program.
    private let locks = native_tbb_of_ints
    private let table: UnsafeMutableRawPointer

    init(count: Int) {
      table = locks.create()
      for key in 0..<count { lock(key) }
    }

    func lock(_ key: Int) {
      var hold = native_hold()
      // Sound: neither the hold nor the key moves until the key is unlocked.
      withUnsafeMutablePointer(to: &hold) { hold in
        withUnsafeBytes(of: key) { bytes in
          locks.lock(table, bytes.baseAddress, bytes.count, hold)
          locks.unlock(table, hold)
        }
      }
    }
  }
#endif
