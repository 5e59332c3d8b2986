import LockTable
import LockTableTesting
import Testing

@Suite(.watched) struct ManualClockTests {
  private let clock = ManualClock()
  private let log = Guarded<[String]>([])

  private var entries: [String] { log.withLock { $0 } }

  /// Adds an entry, with the time that the clock shows.
  private func note(_ entry: String) {
    log.withLock { $0.append("\(entry) at \(clock.time.components.seconds)") }
  }

  @Test func itStandsStillUntilItIsAdvanced() {
    #expect(clock.time == .zero && ManualClock(time: .seconds(9)).time == .seconds(9))
    clock.advance(by: .milliseconds(1500))
    clock.advance(by: .zero)
    #expect(clock.time == .milliseconds(1500))
    #expect(clock.now == ManualClock.Instant(time: .milliseconds(1500)))
  }

  @Test func callsAreMadeInTheOrderOfTheirTimesAndEachAtItsTime() {
    for (name, time) in [("c", 3), ("a", 1), ("b", 2), ("a'", 1), ("d", 5)] {
      _ = clock.schedule(at: .seconds(time)) { note(name) }
    }
    clock.advance(by: .milliseconds(999))
    #expect(entries.isEmpty && clock.scheduledCount == 5)
    clock.advance(by: .milliseconds(3001))
    #expect(entries == ["a at 1", "a' at 1", "b at 2", "c at 3"])
    #expect(clock.time == .seconds(4) && clock.scheduledCount == 1)
    clock.advance(by: .seconds(1))
    #expect(entries.last == "d at 5" && clock.scheduledCount == 0)
  }

  @Test func aTimeThatHasComeIsNotWaitedFor() {
    clock.advance(by: .seconds(3))
    _ = clock.schedule(at: .seconds(3)) { note("now") }
    _ = clock.schedule(at: .seconds(-1)) { note("before") }
    #expect(entries == ["now at 3", "before at 3"] && clock.scheduledCount == 0)
  }

  @Test func aCallMayScheduleTheNextOneOfTheSameStep() {
    @Sendable func tick() {
      note("tick")
      if clock.time < .seconds(8) {
        _ = clock.schedule(at: clock.time + .seconds(2)) { tick() }
      }
    }
    _ = clock.schedule(at: .seconds(2)) { tick() }
    clock.advance(by: .seconds(7))
    #expect(entries == ["tick at 2", "tick at 4", "tick at 6"])
    #expect(clock.time == .seconds(7) && clock.scheduledCount == 1)
    // What is scheduled refers to the clock.
    clock.advance(by: .seconds(1))
    #expect(clock.scheduledCount == 0)
  }

  @Test func aCallMayAdvanceTheClock() {
    _ = clock.schedule(at: .seconds(1)) { clock.advance(by: .seconds(10)) }
    _ = clock.schedule(at: .seconds(5)) { note("later") }
    clock.advance(by: .seconds(2))
    #expect(entries == ["later at 5"])
    #expect(clock.time == .seconds(12))
  }

  @Test func aCancelledCallIsNotMade() {
    let cancel = clock.schedule(at: .seconds(1)) { note("cancelled") }
    let tooLate = clock.schedule(at: .seconds(1)) { note("made") }
    cancel()
    #expect(clock.scheduledCount == 1)
    clock.advance(by: .seconds(1))
    tooLate()
    #expect(entries == ["made at 1"] && clock.scheduledCount == 0)
  }

  @Test func whatACallOwnsEndsWithIt() {
    final class Owner: Sendable {
      let clock: ManualClock
      init(_ clock: ManualClock) { self.clock = clock }
      // The clock must hold no lock here.
      deinit { clock.advance(by: .zero) }
    }
    var owner: Owner? = Owner(clock)
    weak let first = owner
    let cancel = clock.schedule(at: .seconds(1)) { [owner] in _ = owner }
    owner = Owner(clock)
    weak let second = owner
    _ = clock.schedule(at: .seconds(1)) { [owner] in _ = owner }
    owner = nil
    #expect(first != nil && second != nil)
    cancel()
    #expect(first == nil && second != nil)
    clock.advance(by: .seconds(1))
    #expect(second == nil)
  }

  @Test func stepsOfSeveralThreadsAddUp() {
    let calls = Tally()
    for second in 1...80 {
      _ = clock.schedule(at: .seconds(second)) { calls.add() }
    }
    offThePool { [clock] in
      onThreads(4) { _ in
        for _ in 0..<20 { clock.advance(by: .seconds(1)) }
      }
    }
    #expect(clock.time == .seconds(80) && calls.count == 80 && clock.scheduledCount == 0)
  }

  @Test func aSleeperSleepsUntilItsTime() async {
    await onPlainThread { [clock] in
      let executor = SteppedExecutor()
      let sleepers = [1, 2, 3].map { seconds in
        executor.start { try await clock.sleep(for: .seconds(seconds)) }
      }
      let counting = executor.start { try await clock.untilScheduledCount(reaches: 4) }
      #expect(sleepers.outcomes == [nil] && counting.outcome == nil)
      let last = executor.start {
        try await Task.sleep(until: clock.now + .seconds(4), clock: clock)
      }
      executor.drain(until: { counting.outcome != nil && clock.scheduledCount == 4 })
      sleepers[2].cancel()
      executor.drain(until: { sleepers[2].outcome != nil })
      #expect(sleepers[2].outcome == .cancelled)
      clock.advance(by: .seconds(1))
      executor.drain(until: { sleepers[0].outcome != nil })
      #expect(sleepers.map(\.outcome) == [.had, nil, .cancelled])
      clock.advance(by: .seconds(2))
      executor.drain(until: { sleepers[1].outcome != nil })
      #expect(sleepers[1].outcome == .had && last.outcome == nil)
      clock.advance(by: .seconds(1))
      executor.drain(until: { last.outcome != nil })
      #expect(last.outcome == .had)
      #expect(clock.scheduledCount == 0)
    }
  }

  @Test func whoComesLateDoesNotSleep() async throws {
    clock.advance(by: .seconds(3))
    try await clock.sleep(until: .init(time: .seconds(3)))
    try await clock.sleep(for: .zero)
    #expect(clock.scheduledCount == 0)
  }

  @Test func itMeasuresAsSwiftsClocksDo() {
    let elapsed = clock.measure { clock.advance(by: .seconds(2)) }
    #expect(elapsed == .seconds(2))
    let instant = clock.now
    #expect(instant < instant.advanced(by: .seconds(1)))
    #expect(instant.duration(to: instant + .seconds(5)) == .seconds(5))
    #expect(clock.minimumResolution == .zero)
  }

  @Test func itNeverGoesBack() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      ManualClock().advance(by: .nanoseconds(-1))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("LockTableTesting: a clock was to be advanced by"))
  }

  @Test func tablesOfOneClockShareIt() async throws {
    let first = LockTable<Int>(configuration: .init(clock: clock))
    let second = LockTable<Int>(configuration: .init(clock: clock))
    let one = try await first.acquire(1)
    let two = try await second.acquire(1)
    let tasks = [first, second].map { locks in
      Attempt { try await locks.withLock(1, timeout: .seconds(1)) {} }
    }
    try await clock.untilScheduledCount(reaches: 2)
    clock.advance(by: .seconds(1))
    for task in tasks {
      await task.task.value
    }
    #expect(tasks.outcomes == [.timedOut])
    one.release()
    two.release()
  }

  @Test func configurationsAreEqualIfTheirClockIsOneObject() {
    let other = ManualClock()
    var configuration = LockTableConfiguration(clock: clock)
    #expect(configuration == LockTableConfiguration(clock: clock))
    #expect(configuration.hashValue == LockTableConfiguration(clock: clock).hashValue)
    #expect(configuration != LockTableConfiguration(clock: other))
    #expect(configuration != LockTableConfiguration())
    #expect(configuration.clock === clock)
    configuration.clock = nil
    #expect(configuration == LockTableConfiguration())
  }
}
