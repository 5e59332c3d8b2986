import LockTable
import Testing

/// Waiting until nobody holds or waits any more.
@Suite(.watched) struct DrainingTests {
  @Test func anEmptyTableIsDrainedAtOnce() async {
    let locks = LockTable<String>()
    #expect(await locks.drained(until: .now - .seconds(1)))
    locks.close()
    #expect(await locks.drained(until: .now + .seconds(3600)))
  }

  @Test func aHeldKeyIsSeenAtTheDeadline() async throws {
    let locks = LockTable<String>()
    let held = try await locks.acquire("k")
    locks.close()
    #expect(await !locks.drained(until: .now - .seconds(1)))
    #expect(await !locks.drained(until: .now + .milliseconds(20)))
    held.release()
    #expect(await locks.drained(until: .now))
  }

  //  holder      waiter, uncancellable   main
  //  holds k
  //              waits
  //                                      closes, waits until the table is drained
  //  releases
  //              holds k
  //              releases
  //                                      goes on
  @Test func drainingWaitsForHoldersAndWaiters() async {
    let locks = LockTable<String>()
    let halt = Halt()
    let ends = Tally()
    let tasks = (0..<2).map { _ in
      Task {
        await locks.withUncancellableLock("k") {
          await halt.pass()
          ends.add()
        }
      }
    }
    while locks.snapshot().keys.first?.waiterCount != 1 {
      await letOthersRun()
    }
    locks.close()
    let drained = Task { await (locks.drained(until: .now + .seconds(3600)), ends.count) }
    #expect(await !locks.drained(until: .now + .milliseconds(5)))
    halt.open()
    #expect(await drained.value == (true, 2))
    for task in tasks {
      await task.value
    }
  }

  @Test func aCancelledTaskLooksOnce() async {
    let locks = LockTable<String>()
    let halt = Halt()
    let holder = Task { await locks.withUncancellableLock("k") { await halt.pass() } }
    while !locks.isLocked("k") {
      await letOthersRun()
    }
    let drained = Task { await locks.drained(until: .now + .seconds(3600)) }
    drained.cancel()
    #expect(await !drained.value)
    halt.open()
    await holder.value
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await locks.drained(until: .now + .seconds(3600))
    }
    #expect(await task.value)
  }
}
