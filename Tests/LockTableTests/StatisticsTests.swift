import Foundation
import LockTable
import Synchronization
import Testing

@Suite(.watched) struct StatisticsTests {
  @Test func aNewTableHasDoneNothing() {
    let statistics = LockTable<Int>().statistics()
    #expect(statistics.acquisitions == 0 && statistics.contendedAcquisitions == 0)
    #expect(statistics.keys == 0 && statistics.peakKeys == 0)
    #expect(statistics.bytes > 0)
    #expect(statistics.waitTimes.count == 0 && statistics.waitTimes.sum == .zero)
    #expect(statistics.holdTimes.count == 0 && statistics.waiters == 0)
    #expect(statistics.longestWait == .zero && statistics.longestHold == nil)
  }

  @Test func boundsRiseAndAreFixed() {
    let statistics = LockTable<Int>().statistics()
    #expect(statistics.waitTimes.bounds.first == .microseconds(10))
    #expect(statistics.holdTimes.bounds.first == .milliseconds(10))
    for histogram in [statistics.waitTimes, statistics.holdTimes] {
      #expect(histogram.bounds == histogram.bounds.sorted())
      #expect(Set(histogram.bounds).count == histogram.bounds.count)
      #expect(histogram.bounds.last == .seconds(60))
      #expect(histogram.counts.count == histogram.bounds.count + 1)
    }
  }

  @Test func eachHoldIsCounted() {
    let locks = LockTable<String>()
    locks.withLockIfAvailable("a") {}
    locks.withSharedLockIfAvailable("a") { locks.withSharedLockIfAvailable("a") {} }
    locks.withLockIfAvailable(all: ["a", "b", "c", "c"]) {
      #expect(locks.statistics().keys == 3)
    }
    locks.withLockIfAvailable(String(repeating: "long", count: 100)) {}
    let statistics = locks.statistics()
    #expect(statistics.acquisitions == 7)
    #expect(statistics.contendedAcquisitions == 0 && statistics.parks == 0)
    #expect(statistics.keys == 0 && statistics.peakKeys >= 3)
  }

  /// A call that gets some of its keys and not all counts nothing, at any time.
  @Test func aRefusedCallCountsNothingAndNoCountFalls() async {
    await onPlainThread {
      let locks = LockTable<Int>()
      let holder = locks.acquire(2)
      let rounds = Load.scaled(3_000)
      let isDone = Atomic(false)
      let refused = NativeThread {
        for round in 0..<rounds {
          let keys = round % 2 == 0 ? [1, 2, 3] : [3, 2, 1]
          #expect(locks.withLockIfAvailable(all: keys) {} == nil)
          #expect(locks.withLockIfAvailable(all: Set(keys)) {} == nil)
          #expect(
            Outcome.ofThread {
              try locks.withLock(exclusive: [1], shared: keys, timeout: .zero) {}
            } == .timedOut)
          if round % 16 == 0 {
            #expect(
              Outcome.ofThread {
                try locks.withLock(all: keys, timeout: .microseconds(1)) {}
              } == .timedOut)
          }
        }
        isDone.store(true, ordering: .releasing)
      }
      var before = 0
      while !isDone.load(ordering: .acquiring) {
        let now = locks.statistics().acquisitions
        #expect(now >= before)
        before = now
      }
      refused.join()
      let executor = SteppedExecutor()
      let cancelled = executor.start { try await locks.withLock(all: 0..<5) {} }
      cancelled.cancel()
      let late = executor.start { try await locks.withLock(all: 0..<5, timeout: .zero) {} }
      executor.drain()
      #expect(cancelled.outcome == .cancelled && late.outcome == .timedOut)
      #expect(locks.statistics().acquisitions == 1)
      let served = executor.start { try await locks.withLock(all: 0..<5) {} }
      holder.release()
      executor.drain()
      #expect(served.outcome == .had)
      #expect(locks.statistics().acquisitions == 6)
      #expect(locks.statistics().cancellations == 1)
    }
  }

  @Test func thePeakOfKeysIsRemembered() {
    let locks = LockTable<Int>(configuration: .init(stripeCount: 1))
    let held = locks.acquireIfAvailable(all: 0..<100)
    #expect(held != nil && locks.statistics().keys == 100)
    _ = consume held
    let statistics = locks.statistics()
    #expect(statistics.keys == 0 && statistics.peakKeys == 100)
  }

  @Test func waitsAndTheirEndsCount() async {
    await onPlainThread {
      let locks = LockTable<Int>.unmonitored(.init(fairness: .fifo, maximumWaitersPerKey: 2))
      let executor = SteppedExecutor()
      let holder = locks.acquire(1)
      let cancelled = executor.start { try await locks.withLock(1) {} }
      let served = executor.start { try await locks.withLock(1) {} }
      let refused = executor.start { try await locks.withLock(1) {} }
      #expect(refused.outcome == .crowded)
      #expect(locks.statistics().waiters == 2 && locks.statistics().longestWait > .zero)
      #expect(locks.statistics().waitTimes.count == 0)
      cancelled.cancel()
      executor.drain()
      #expect(Outcome.ofThread { try locks.withLock(1, timeout: .milliseconds(1)) {} } == .timedOut)
      #expect(locks.withLockIfAvailable(1) {} == nil)
      holder.release()
      executor.drain()
      #expect(served.outcome == .had && cancelled.outcome == .cancelled)
      let statistics = locks.statistics()
      #expect(statistics.acquisitions == 2)
      #expect(statistics.contendedAcquisitions == 4)
      #expect(statistics.parks == 3 && statistics.handOffs == 1)
      #expect(statistics.timeouts == 1 && statistics.cancellations == 1)
      #expect(statistics.refusals == 1)
      #expect(statistics.waitTimes.count == 3 && statistics.waitTimes.sum >= .milliseconds(1))
      #expect(statistics.waiters == 0 && statistics.longestWait == .zero)
      #expect(statistics.description.contains("refusals: 1"))
      #expect(statistics.description.contains("waitTimes: 3 in "))
      #expect(statistics.description.contains("longestHold: unknown"))
    }
  }

  @Test func holdsAreTimedWithDiagnostics() {
    let locks = LockTable<Int>(configuration: .init(diagnostics: .init()))
    locks.withLockIfAvailable(1) {
      let statistics = locks.statistics()
      #expect(statistics.longestHold != nil && statistics.holdTimes.count == 0)
    }
    locks.withSharedLockIfAvailable(1) {}
    locks.isRecording = false
    locks.withLockIfAvailable(1) {}
    #expect(locks.statistics().holdTimes.count == 2)
    #expect(locks.statistics().longestHold == .zero)
  }

  @Test func aHistogramPrintsWhatItHas() {
    let bounds = [Duration.microseconds(10), .milliseconds(50), .seconds(5)]
    let histogram = LockTableStatistics.Histogram(
      bounds: bounds, counts: [0, 2, 0, 1], sum: .seconds(6))
    #expect(histogram.description == "3 in 6 s (≤ 50 ms: 2, longer: 1)")
    let empty = LockTableStatistics.Histogram(
      bounds: bounds, counts: [0, 0, 0, 0], sum: .zero)
    #expect(empty.description == "0" && empty.count == 0)
  }

  @Test func aHistogramIsDataInSeconds() throws {
    let histogram = LockTableStatistics.Histogram(
      bounds: [.microseconds(10), .milliseconds(50)], counts: [7, 2, 1], sum: .nanoseconds(123_456))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(histogram)
    let text = """
      {"buckets":[{"boundSeconds":1e-05,"count":7},{"boundSeconds":0.05,"count":2},{"count":1}],\
      "sumSeconds":0.000123456}
      """
    #expect(String(decoding: data, as: UTF8.self) == text)
    let decoder = JSONDecoder()
    #expect(try decoder.decode(LockTableStatistics.Histogram.self, from: data) == histogram)
    for wrong in [
      #"{"buckets":[{"boundSeconds":2,"count":7},{"count":2},{"count":1}],"sumSeconds":1}"#,
      #"{"buckets":[{"boundSeconds":2,"count":7},{"boundSeconds":1,"count":2}],"sumSeconds":1}"#,
      #"{"buckets":[{"boundSeconds":1e300,"count":7},{"count":2}],"sumSeconds":1}"#,
      #"{"buckets":[],"sumSeconds":1}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try decoder.decode(LockTableStatistics.Histogram.self, from: Data(wrong.utf8))
      }
    }
  }

  @Test func aHistogramWhoseCountsDoNotFitEndsTheProcess() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LockTableStatistics.Histogram(bounds: [.seconds(1)], counts: [1], sum: .zero)
    }
    let text = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
    #expect(text.contains("need 2 counts, not 1"))
  }
}
