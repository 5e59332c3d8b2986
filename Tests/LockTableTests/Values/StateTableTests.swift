import Foundation
import LockTable
import LockTableTesting
import Testing

/// Counts how many were made, and how many have ended.
private struct Counts: Sendable {
  let made = Tally()
  let ended = Tally()
  var living: Int { made.count - ended.count }
}

private final class Room: Sendable {
  let number: Int
  private let counts: Counts
  init(_ counts: Counts) {
    self.counts = counts
    counts.made.add()
    number = counts.made.count
  }
  deinit { counts.ended.add() }
}

private func fail() {
  Issue.record("a body has begun without a state")
}

@Suite(.watched) struct StateTableTests {
  private let counts = Counts()

  private func rooms<Key: Hashable & Sendable>(of _: Key.Type) -> StateTable<Key, Room> {
    StateTable(whileInUse: { [counts] _ in Room(counts) })
  }

  @Test func aStateIsThereWhileItsKeyIsInUse() throws {
    let rooms = rooms(of: String.self)
    for turn in 1...3 {
      try rooms.withLock("a") { room in
        #expect(room.number == turn)
        #expect(rooms.count == 1 && rooms.lockedCount == 1 && !rooms.isEmpty)
        #expect(rooms.keys == ["a"] && rooms.isLocked("a"))
        #expect(counts.living == 1)
      }
      #expect(counts.living == 0 && rooms.isEmpty && rooms.count == 0)
    }
  }

  @Test func itIsForEachKindOfKey() throws {
    try expectStates((0..<20).map { $0 })
    try expectStates((0..<20).map { "\($0)" })
    try expectStates((0..<20).map { String(repeating: "long ", count: 40) + "\($0)" })
    try expectStates((0..<10).map { String(repeating: "longer ", count: 400) + "\($0)" })
    try expectStates((0..<20).map { TenantUser(tenant: $0, user: "u") })
    try expectStates((0..<20).map { Place.room("r", floor: $0) })
    try expectStates((0..<20).map { ScriptedKey($0, group: $0 % 3) })
  }

  private func expectStates<Key: Hashable & Sendable>(_ keys: [Key]) throws {
    let rooms = rooms(of: Key.self)
    func nest(_ depth: Int) throws {
      guard depth < keys.count else {
        #expect(rooms.count == keys.count && counts.living == keys.count)
        return
      }
      if depth % 2 == 0 {
        try rooms.withLock(keys[depth]) { _ in try nest(depth + 1) }
      } else {
        try rooms.withSharedLock(keys[depth]) { _ in try nest(depth + 1) }
      }
    }
    try nest(0)
    #expect(rooms.isEmpty && counts.living == 0)
  }

  @Test func waitersGetTheSameState() throws {
    let rooms = rooms(of: Int.self)
    let waiter = try rooms.withLock(1) { room in
      let number = room.number
      let waiter = NativeThread {
        do {
          try rooms.withLock(1) { room in #expect(room.number == number) }
        } catch {
          Issue.record(error)
        }
      }
      waiter.waitUntilAsleep()
      return waiter
    }
    waiter.join()
    #expect(counts.made.count == 1 && counts.living == 0 && rooms.isEmpty)
  }

  @Test func theLastWaiterToLeaveEndsTheState() async {
    await onPlainThread {
      let rooms = StateTable<Int, Room>(
        configuration: .init(fairness: .fifo), isMonitored: false,
        whileInUse: { [counts] _ in Room(counts) })
      let (first, second) = (SteppedExecutor(), SteppedExecutor())
      let halt = Halt()
      let holder = first.start { try await rooms.withLock(1) { _ in await halt.pass() } }
      let waiter = second.start { try await rooms.withLock(1) { _ in } }
      halt.open()
      // The holder goes on, and the waiter is handed the key and does not run yet.
      first.drain()
      #expect(holder.outcome == .had && waiter.outcome == nil)
      #expect(counts.living == 1 && rooms.isLocked(1))
      waiter.cancel()
      second.drain()
      #expect(waiter.outcome == .cancelled)
      #expect(counts.living == 0 && counts.made.count == 1 && rooms.isEmpty)
    }
  }

  @Test func readersShareAStateThatOneOfThemMade() {
    let rooms = rooms(of: Int.self)
    let inside = [Gate(), Gate()]
    onThreads(2) { index in
      do {
        try rooms.withSharedLock(1) { room in
          #expect(room.number == 1)
          inside[index].open()
          inside[1 - index].pass()
        }
      } catch {
        Issue.record(error)
      }
    }
    #expect(counts.made.count == 1 && counts.living == 0 && rooms.isEmpty)
  }

  /// A reader that was about to make the state reads that of another one, and beside it.
  @Test(arguments: ["waits", "waits up to", "if available", "in a task"])
  func aReaderThatComesTooLateToMakeTheStateSharesIt(form: String) async {
    let rooms = rooms(of: KeyWithLooks.self)
    let late = KeyWithLooks(stopsBefore: 2)
    let isInside = DispatchSemaphore(value: 0)
    let reads: @Sendable (borrowing Room) -> Void = { room in
      #expect(room.number == 1)
      isInside.signal()
    }
    async let reader: Void = {
      switch form {
      case "in a task": try? await rooms.withSharedLock(late, reads)
      default:
        await onPlainThread {
          switch form {
          case "waits": try? rooms.withSharedLock(late, reads)
          case "waits up to": try? rooms.withSharedLock(late, timeout: .seconds(600), reads)
          default: _ = try? rooms.withSharedLockIfAvailable(late, reads)
          }
        }
      }
    }()
    await onPlainThread {
      late.looks.untilStopped()
      try? rooms.withSharedLock(KeyWithLooks()) { _ in
        late.looks.goOn()
        #expect(isInside.wait(timeout: .now() + 600) == .success, "it waits for this reader to end")
      }
    }
    await reader
    #expect(counts.made.count == 1 && counts.living == 0 && rooms.isEmpty)
  }

  @Test func aMakerThatThrowsLeavesNothing() async throws {
    let fails = Guarded(true)
    let rooms = StateTable<ScriptedKey, Room>(whileInUse: { [counts] _ in
      if fails.withLock({ $0 }) { throw Mishap() }
      return Room(counts)
    })
    let mishap = Outcome(Mishap())
    let key = ScriptedKey(1)
    await onPlainThread {
      let forms: [() throws -> Void] = [
        { try rooms.withLock(key) { _ in fail() } },
        { try rooms.withLock(key, timeout: .seconds(60)) { _ in fail() } },
        { try rooms.withLock(key, until: .now + .seconds(60)) { _ in fail() } },
        { _ = try rooms.withLockIfAvailable(key) { _ in fail() } },
        { try rooms.withSharedLock(key) { _ in fail() } },
        { try rooms.withSharedLock(key, timeout: .seconds(60)) { _ in fail() } },
        { _ = try rooms.withSharedLockIfAvailable(key) { _ in fail() } },
      ]
      for form in forms {
        let outcome = Outcome.ofThread(form)
        #expect(outcome == mishap)
        #expect(rooms.isEmpty && rooms.count == 0)
      }
    }
    let outcome = await Outcome.of {
      try await rooms.withLock(key) { _ in fail() }
    }
    #expect(outcome == mishap && rooms.isEmpty)
    fails.withLock { $0 = false }
    try await rooms.withSharedLock(key) { room in #expect(room.number == 1) }
    #expect(counts.living == 0)
  }

  @Test func aStateIsMadeWhileItsKeyIsHeldAndEndsWhenItIsFree() throws {
    final class Probe: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
      deinit { body() }
    }
    final class Weak: @unchecked Sendable {
      weak var rooms: StateTable<Int, Probe>?
    }
    let weak = Weak()
    let held = Guarded<[Bool?]>([])
    let rooms = StateTable<Int, Probe>(
      configuration: .init(stripeCount: 1),
      whileInUse: { key in
        held.withLock { $0.append(weak.rooms?.isLocked(key)) }
        // Other keys of the same stripe can be used.
        if key == 1 { try weak.rooms?.withLock(2) { _ in } }
        return Probe { held.withLock { $0.append(weak.rooms?.isLocked(key)) } }
      })
    weak.rooms = rooms
    try rooms.withLock(1) { _ in }
    // Made: 1, 2. Ended: 2, 1.
    #expect(held.withLock { $0 } == [true, true, false, false])
  }

  @Test func aBodyThatThrowsKeepsTheStateForOthers() throws {
    let numbers = StateTable<Int, Int>(whileInUse: { _ in 0 })
    let waiter = Parcel<NativeThread>(nil)
    #expect(throws: Mishap.self) {
      try numbers.withLock(1) { number in
        number = 7
        let thread = NativeThread {
          do {
            try numbers.withLock(1) { number in #expect(number == 7) }
          } catch {
            Issue.record(error)
          }
        }
        thread.waitUntilAsleep()
        waiter.put(thread)
        throw Mishap()
      }
    }
    waiter.take()?.join()
    #expect(numbers.isEmpty)
  }

  @Test func aStateNeedNotBeCopyableOrSmall() throws {
    let ends = Tally()
    let singles = StateTable<Int, Single>(whileInUse: { key in Single(number: key, ends: ends) })
    try singles.withLock(1) { state in
      state.grow()
      #expect(state.number == 2)
    }
    try singles.withSharedLock(5) { state in #expect(state.number == 5) }
    #expect(ends.count == 2)
    let large = StateTable<Int, InlineArray<200, Int>>(whileInUse: { key in
      InlineArray(repeating: key)
    })
    try large.withLock(3) { state in #expect(state[199] == 3) }
    #expect(large.isEmpty)
  }

  @Test func tasksShareStates() async throws {
    let rooms = rooms(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<Load.scaled(2000) {
        group.addTask {
          if index % 3 == 0 {
            try await rooms.withSharedLock(index % 5) { _ in await Task.yield() }
          } else {
            try await rooms.withLock(index % 5) { _ in await Task.yield() }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(await rooms.drained(until: .now))
    #expect(counts.living == 0 && rooms.count == 0)
  }

  @Test func limitsCount() async throws {
    let rooms = rooms(of: Int.self)
    try await rooms.withLock(1) { _ in
      let attempts: [@Sendable () async throws -> Void] = [
        { try await rooms.withLock(1, timeout: .zero) { _ in } },
        { try await rooms.withLock(1, until: .now) { _ in } },
        { try await rooms.withSharedLock(1, timeout: .zero) { _ in } },
        { try await rooms.withSharedLock(1, until: .now) { _ in } },
      ]
      for attempt in attempts { #expect(await Outcome.of(attempt) == .timedOut) }
      let exclusive: Void? = try await rooms.withLockIfAvailable(1) { _ in }
      let shared: Void? = try await rooms.withSharedLockIfAvailable(1) { _ in }
      #expect(exclusive == nil && shared == nil)
    }
    rooms.close()
    let late = await Outcome.of { try await rooms.withLock(1) { _ in } }
    #expect(late == .closed && rooms.isClosed)
    #expect(counts.made.count == 1 && counts.living == 0)
  }

  // A reader that finds no state asks for the key twice: shared, and then to make one.

  @Test func bothAttemptsOfATaskHaveOneLimit() async {
    let (clock, rooms) = Self.onAClock()
    await onPlainThread {
      let executor = SteppedExecutor()
      let first = rooms.locks.acquire("a")
      let reader = Attempt(on: executor) {
        try await rooms.withSharedLock("a", timeout: .seconds(10)) { _ in fail() }
      }
      executor.drain()
      let turn = rooms.locks.enqueue("a")
      clock.advance(by: .seconds(6))
      first.release()
      executor.drain()
      #expect(rooms.locks.waiterCount(of: "a") == 1)
      clock.advance(by: .seconds(5))
      #expect(rooms.locks.waiterCount(of: "a") == 0)
      turn.cancel()
      executor.drain(until: { reader.outcome != nil })
      #expect(reader.outcome == .timedOut)
    }
  }

  @Test func bothAttemptsOfAThreadHaveOneLimit() async {
    let (clock, rooms) = Self.onAClock()
    await onPlainThread {
      let first = rooms.locks.acquire("a")
      let outcome = Guarded<Outcome?>(nil)
      let reader = NativeThread {
        let result = Outcome.ofThread {
          try rooms.withSharedLock("a", timeout: .seconds(10)) { _ in fail() }
        }
        outcome.withLock { $0 = result }
      }
      rooms.locks.awaitWaiters(1, for: "a")
      let turn = rooms.locks.enqueue("a")
      clock.advance(by: .seconds(6))
      first.release()
      // Now the turn has the key.
      while rooms.snapshot().keys.first?.mode != .exclusive {
        Thread.sleep(forTimeInterval: 0.001)
      }
      rooms.locks.awaitWaiters(1, for: "a")
      clock.advance(by: .seconds(5))
      #expect(rooms.locks.waiterCount(of: "a") == 0)
      turn.cancel()
      reader.join()
      #expect(outcome.withLock(\.self) == .timedOut)
    }
  }

  private static func onAClock() -> (ManualClock, StateTable<String, Int>) {
    let clock = ManualClock()
    let rooms = StateTable<String, Int>(
      configuration: .init(clock: clock), isMonitored: false, whileInUse: { _ in 1 })
    return (clock, rooms)
  }
}

/// All are equal. Counts how often it is looked up, and may stop before a look.
private struct KeyWithLooks: Hashable, Sendable {
  final class Looks: Sendable {
    private let count = Guarded(0)
    private let stops: Int?
    private let hasStopped = DispatchSemaphore(value: 0)
    private let mayGoOn = DispatchSemaphore(value: 0)

    init(stopsBefore look: Int?) { stops = look }

    func look() {
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == stops {
        hasStopped.signal()
        mayGoOn.wait()
      }
    }

    func untilStopped() { hasStopped.wait() }
    func goOn() { mayGoOn.signal() }
  }

  let looks: Looks

  init(stopsBefore look: Int? = nil) { looks = Looks(stopsBefore: look) }

  static func == (left: Self, right: Self) -> Bool { true }
  func hash(into hasher: inout Hasher) { looks.look() }
}
