import Histogram
import LockTableLeases
import SinglePaths
import Synchronization

/// One way to have a key and give it back.
struct LeaseRow: Sendable {
  let loop: Loop
  /// Nanoseconds of each of so many times.
  let sample: @Sendable (_ count: Int) async throws -> [UInt64]

  /// What a task does.
  init(
    _ name: String,
    _ once: nonisolated(nonsending) @escaping @Sendable () async throws -> Void
  ) {
    loop = Loop(name, inTask: { for _ in 0..<$0 { try await once() } })
    sample = { count in
      var times: [UInt64] = []
      times.reserveCapacity(count)
      for _ in 0..<count {
        let begin = monotonicNanoseconds()
        try await once()
        times.append(monotonicNanoseconds() - begin)
      }
      return times
    }
  }

  /// What C does, and so often that a call counts for nothing. With a place for times it writes those
  /// of all turns.
  init(
    _ name: String,
    inC loop: @escaping @Sendable (_ count: Int, _ times: UnsafeMutablePointer<UInt64>?) -> Void
  ) {
    self.loop = Loop(name) { loop($0, nil) }
    sample = { count in
      // The loop writes all of them, and keeps no pointer.
      [UInt64](unsafeUninitializedCapacity: count) { times, written in
        times.initialize(repeating: 0)
        loop(count, times.baseAddress)
        written = count
      }
    }
  }
}

extension LeaseRow {
  /// A store alone: a request, and its release.
  static func store(_ name: String, _ running: RunningStore) -> LeaseRow {
    let (store, process) = (running.store, running.process)
    guard let key = LeaseName(namespace: "bench", key: "store") else {
      fatalError("the benchmark's own key is too long")
    }
    let serials = Serials()
    return LeaseRow(name) {
      let claim = LeaseClaim(key, owner: LeaseOwner(process: process, serial: serials.next()))
      let answer = try await store.acquire(claim, for: .seconds(15), waits: false)
      guard case .granted = answer, try await store.release(claim).wasHeld else {
        throw NotMeasured(reason: "somebody else uses the benchmark's keys")
      }
    }
  }

  static func table(_ name: String, _ running: RunningTable) -> LeaseRow {
    let leases = running.leases
    return LeaseRow(name) { try await leases.withLease("table") { _ in } }
  }
}

/// Each owner is new.
private final class Serials: Sendable {
  private let last = Atomic<UInt64>(0)

  func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}

/// What rows that take turns took.
struct LeaseTimes {
  /// What a round's figure is.
  enum Figure {
    /// The fastest of 15 short loops: an interruption only makes them slower. For calls of one thread.
    case fastestLoop
    /// The median of turns, each of which is timed. For what several processes do: their fastest loop
    /// is the one for which the system has placed them best.
    case medianTurn
  }

  let rows: [LeaseRow]
  private let times: [[Double]]
  private let histograms: [Histogram<UInt64>]

  /// The percentiles are of turns that are timed.
  ///
  /// - Parameter count: How often each row does it in a loop. Ten times as often for the percentiles,
  ///   and 25 times as often if they are the figure.
  init(_ rows: [LeaseRow], rounds: Int, count: Int, _ figure: Figure) {
    self.rows = rows
    let loops = rows.map(\.loop)
    let fastest =
      figure == .fastestLoop
      ? LoopTimes(loops, rounds: rounds, turns: 15, count: count, onPool: true) : nil
    var histograms = rows.map { _ in emptyHistogram() }
    var medians: [[Double]] = rows.map { _ in [] }
    interleave(rounds: rounds, rows.count) { _, index in
      let sample = rows[index].sample
      let turns = blocking { try await sample((fastest == nil ? 25 : 10) * count) }
      for time in turns { histograms[index].record(time) }
      medians[index].append(Double(turns.sorted()[turns.count / 2]))
    }
    self.histograms = histograms
    times = fastest.map { fastest in loops.map { fastest[$0] } } ?? medians
  }

  subscript(index: Int) -> [Double] { times[index] }

  /// - Parameters:
  ///   - bare: The row that the others are divided by.
  ///   - lock: The row of a lock that is no lease.
  func records(_ place: LeasePlace, bare: Int, lock: Int) -> [LeaseRecord] {
    rows.indices.compactMap { index in
      Spread(self[index]).map { spread in
        let percentiles = Percentiles(histograms[index])
        return LeaseRecord(
          place: place.name, name: rows[index].loop.name, nanoseconds: spread,
          p50: percentiles.p50, p99: percentiles.p99,
          bare: Ratio(self[index], over: self[bare]), lock: Ratio(self[index], over: self[lock]))
      }
    }
  }

  func target(_ place: LeasePlace, _ index: Int, over bare: Int, atMost most: Double?)
    -> TargetRecord
  {
    TargetRecord(
      "\(place.name): \(rows[index].loop.name)", "time ÷ that of \(rows[bare].loop.name)",
      Ratio(self[index], over: self[bare]), most.map { .atMost($0) })
  }
}
