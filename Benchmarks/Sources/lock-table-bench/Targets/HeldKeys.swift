import CMachine
import LockTable
import SinglePaths

#if Abseil
  import CNativeLocks
#endif

// The targets of a server that holds many keys: what a fresh key costs beside them.

extension TargetsExperiment {
  func heldKeys() -> [TargetRecord] {
    let rows: [(name: String, loop: Loop, bound: Double)] =
      zip([1_000, 10_000, 100_000, 1_000_000], [3, 3.5, 4.5, 7]).map { count, bound in
        let fresh = (0..<freshKeys).map { count + $0 }
        return ("a fresh int beside \(grouped(count)) held", lock(fresh, beside: 0..<count), bound)
      }
      + zip([1_000, 10_000, 100_000], [4, 5, 6]).map { count, bound in
        let keys = (0..<count + freshKeys).map { String(number: $0).suffix(24) }.map { String($0) }
        let loop = lock(Array(keys[count...]), beside: keys[..<count])
        return ("a fresh 24-byte string beside \(grouped(count)) held", loop, bound)
      }
      + [("a fresh int for the oldest of 10 000 held", exchange(HeldInts()), 8.8)]
    let pair = Loop.mutexPair
    let times = self.times(rows.map(\.loop) + [pair])
    return rows.map { row in
      TargetRecord(
        row.name, "time ÷ that of \(pair.name)", Ratio(times[row.loop], over: times[pair]),
        .atMost(row.bound))
    } + besideAbseil() + [whileKeysComeIn()]
  }

  /// How long an acquisition takes while many keys come in and stay, so that all sets grow. Most of it is memory for
  /// a larger set, with no stripe locked: a locked section takes less.
  private func whileKeysComeIn() -> TargetRecord {
    let count = 1_000_000
    let table = LockTable<Int>()
    let guards = UnsafeMutablePointer<LockTable<Int>.Guard>.allocate(capacity: count)
    defer { guards.deallocate() }
    var times = [UInt64](repeating: 0, count: count)
    for key in 0..<count {
      let begin = monotonicNanoseconds()
      guards.advanced(by: key).initialize(to: table.acquire(key))
      times[key] = monotonicNanoseconds() - begin
    }
    for key in 0..<count { guards.advanced(by: key).move().release() }
    times.sort()
    return TargetRecord(
      "\(grouped(count)) ints come in and stay", "µs, p99.99 of an acquisition",
      value: Double(times[count - 1 - count / 10_000]) / 1_000, nil)
  }

  /// What a C++ author would write, with 10 000 keys held.
  private func besideAbseil() -> [TargetRecord] {
    let loops = [exchange(HeldInts()), inTwoThreads(HeldInts())]
    #if Abseil
      let theirs = [exchange(AbseilInts()), inTwoThreads(AbseilInts())]
      let times = self.times(loops + theirs)
      let ratios = [
        Ratio(times[loops[0]], over: times[theirs[0]]),
        Ratio(times[theirs[1]], over: times[loops[1]]),
      ]
    #else
      let ratios: [Ratio?] = loops.map { _ in nil }
    #endif
    return [
      TargetRecord(
        "a fresh int for the oldest of 10 000 held", "time ÷ that of flat_hash_maps in C++",
        ratios[0], .atMost(1)),
      TargetRecord(
        "2 threads, fresh ints beside 10 000 held", "operations ÷ those of flat_hash_maps in C++",
        ratios[1], .atLeast(1.5)),
    ]
  }
}

/// Different keys that go in and out: a power of 2.
private let freshKeys = 1 << 10

private func lock<Held: Collection & Sendable>(
  _ fresh: [Held.Element], beside held: Held
) -> Loop where Held.Element: Hashable & Sendable {
  let (table, _) = tableHolding(held)
  return Loop("a fresh key") { count in
    for number in 0..<count { table.withLock(fresh[number & (freshKeys - 1)]) {} }
  }
}

private func exchange(_ held: some HeldKeys) -> Loop {
  Loop("an exchange") { for _ in 0..<$0 { held.replaceOldest() } }
}

/// Two threads, each on a core of its own and with keys of its own.
private func inTwoThreads(_ held: some HeldKeys) -> Loop {
  Loop("a fresh key in each of two threads") { count in
    let threads = [0, 1].map { number in
      Running.thread {
        machine_stay_on_core(Int32(number))
        let first = held.count + number * freshKeys
        for number in 0..<count { held.lock(first + (number & (freshKeys - 1))) }
      }
    }
    for thread in threads { thread.join() }
  }
}

/// Integer keys that are held, in the order in which they were acquired.
private protocol HeldKeys: Sendable {
  var count: Int { get }
  /// Acquires a key that is not held, and releases it.
  func lock(_ key: Int)
  /// Releases the oldest, and acquires another. One thread calls it.
  func replaceOldest()
}

/// LockTable's.
private final class HeldInts: HeldKeys, @unchecked Sendable {
  // Sound to share: what changes is one thread's. The guards are never released, as a loop lasts as long as
  // the program; so it is below.
  let count = 10_000
  private let table: LockTable<Int>
  private let guards: UnsafeMutablePointer<LockTable<Int>.Guard>
  private var next = 0

  init() {
    (table, guards) = tableHolding(0..<count)
  }

  func lock(_ key: Int) { table.withLock(key) {} }

  func replaceOldest() {
    let place = guards.advanced(by: next % count)
    place.move().release()
    place.initialize(to: table.acquire(count + next))
    next += 1
  }
}

private func tableHolding<Keys: Collection>(
  _ keys: Keys
) -> (LockTable<Keys.Element>, UnsafeMutablePointer<LockTable<Keys.Element>.Guard>)
where Keys.Element: Hashable & Sendable {
  let table = LockTable<Keys.Element>()
  let guards = UnsafeMutablePointer<LockTable<Keys.Element>.Guard>.allocate(capacity: keys.count)
  for (place, key) in keys.enumerated() {
    guards.advanced(by: place).initialize(to: table.acquire(key))
  }
  return (table, guards)
}

#if Abseil
  private final class AbseilInts: HeldKeys, @unchecked Sendable {
    let count = 10_000
    private let locks = native_abseil_of_ints
    private let table: UnsafeMutableRawPointer
    private let keys: UnsafeMutablePointer<Int>
    private let holds: UnsafeMutablePointer<native_hold>
    private var next = 0

    init() {
      table = locks.create()
      keys = .allocate(capacity: count)
      holds = .allocate(capacity: count)
      for place in 0..<count { hold(place, at: place) }
    }

    private func hold(_ key: Int, at place: Int) {
      keys[place] = key
      locks.lock(table, keys.advanced(by: place), MemoryLayout<Int>.size, holds.advanced(by: place))
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

    func replaceOldest() {
      let place = next % count
      locks.unlock(table, holds.advanced(by: place))
      hold(count + next, at: place)
      next += 1
    }
  }
#endif
