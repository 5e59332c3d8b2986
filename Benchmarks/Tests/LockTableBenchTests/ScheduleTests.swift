import Testing

@testable import lock_table_bench

@Suite struct ScheduleTests {
  @Test func aClosedLoopHasNoIntendedStarts() {
    var starts = IntendedStarts(.closed, number: 0, begin: 5)
    #expect(starts.take() == nil)
  }

  @Test func uniformStartsOfTheThreadsLieBetweenEachOther() {
    let schedule = Schedule(.uniform, rate: 1_000_000, threads: 2)
    var first = IntendedStarts(schedule, number: 0, begin: 0)
    var second = IntendedStarts(schedule, number: 1, begin: 0)
    #expect([first.take(), first.take()] == [1_000, 3_000])
    #expect([second.take(), second.take()] == [2_000, 4_000])
  }

  @Test func randomStartsComeInOrderAndAtTheRate() {
    let schedule = Schedule(.poisson, rate: 1_000_000, threads: 1)
    var starts = IntendedStarts(schedule, number: 0, begin: 0)
    let times = (0..<100_000).compactMap { _ in starts.take() }
    #expect(times == times.sorted())
    let mean = Double(times.last ?? 0) / Double(times.count)
    #expect((980...1_020).contains(mean))
  }

  /// A lock that keeps its caller for 20 ms once: a clock around the call sees one long wait. From the
  /// intended starts on, all that was to begin meanwhile is late. (A sleep is never too short, and nothing
  /// else is relied on.)
  @Test func whatALockDelaysIsNotLeftOut() {
    let workload = Workload<Int>(Scenario(threads: 1))
    let row = workload.row("stalls once", .lesser, make: { StallingLock() })
    let schedule = Schedule(.uniform, rate: 10_000, threads: 1)
    let pass = row.measure(.schedule(schedule), 0.3)
    let late = { (value: UInt64) in value > 2_000_000 }
    #expect(pass.services.recordedValues().filter { late($0.value) }.count >= 1)
    let lateStarts = pass.latencies.recordedValues().filter { late($0.value) }
      .reduce(0) { $0 + $1.count }
    // Those of the first 18 ms of the 20, at 10 a millisecond.
    #expect(lateStarts >= 100)
    #expect(pass.latencies.max >= 19_000_000)
  }
}

private final class StallingLock: Contender, @unchecked Sendable {
  typealias Key = Int

  // Sound to share: one thread works with it.
  private var calls = 0

  func run(_ key: Int, _ body: () -> Void) {
    calls += 1
    if calls == 2 { sleepThread(seconds: 0.02) }
    body()
  }
}
