import CLockTable
import CoreScenarios
import Foundation
import LockTable
import Synchronization
import Testing

/// What looking at a table needs and the system refuses. Each in a process of its own, as it changes
/// the process.
@Suite(.watched) struct RefusalTests {
  //  thread without threads    main                waiter
  //  two hooks: refused, said once
  //                            holds 1
  //                                                waits
  //                            statistics: tries again
  //                            both report the wait
  @Test func aHookWithoutAThreadIsCalledOnceThereIsOne() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      await onPlainThread {
        let locks = LockTable<Int>.diagnosed()
        let log = Log<SlowLockWait<Int>>()
        NativeThread {
          guard core_refuse_threads() else { return }
          for _ in 0..<2 {
            locks.onSlowWait(threshold: .milliseconds(1)) { log.add($0) }
          }
          // Tries again, and is refused again.
          _ = locks.snapshot()
        }.join()
        let holder = locks.acquire(1)
        let waiter = NativeThread { locks.withLock(1) {} }
        waiter.waitUntilAsleep()
        #if os(Linux)
          #expect(log.events.isEmpty)
          _ = locks.statistics()
          log.await(2)
          #expect(log.events.allSatisfy { $0.key.key == 1 })
        #endif
        holder.release()
        waiter.join()
      }
    }
    #if os(Linux)
      let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(text.components(separatedBy: "LockTable: the system refused the thread").count == 2)
    #endif
  }

  //  thread without threads    task, on that thread
  //  holds 1
  //                            waits, with a limit: refused
  //                            waits without one
  //  releases                  has it
  @Test func aDeadlineThatNoThreadWatchesIsAnError() async {
    await #expect(processExitsWith: .success) {
      await onPlainThread {
        NativeThread {
          guard core_refuse_threads() else { return }
          let locks = LockTable<Int>()
          let executor = SteppedExecutor()
          let holder = locks.acquire(1)
          let timed = executor.start { try await locks.withLock(1, timeout: .seconds(3600)) {} }
          #expect(timed.outcome == .failed("\(LockTableError(.noTimer, key: 1))"))
          let patient = executor.start { try await locks.withLock(1) {} }
          holder.release()
          executor.drain()
          #expect(patient.outcome == .had)
          #expect(locks.becomesEmpty)
        }.join()
      }
    }
  }

  @Test func aSnapshotWithoutMemoryIsIncomplete() async {
    await #expect(processExitsWith: .success) {
      await onPlainThread {
        useScarceMemory()
        let locks = LockTable<Int>(configuration: .init(stripeCount: 1))
        #expect(locks.snapshot().isComplete)
        let held = locks.acquire(all: 0..<1400)
        #expect(locks.snapshot().keys.count == 1400)
        // There is a block for the lists of participants, but none for more than the first keys; then neither.
        for (limit, shown) in [(20_000, 32), (10_000, 0)] {
          largestBlock.store(limit, ordering: .relaxed)
          let snapshot = locks.snapshot()
          #expect(!snapshot.isComplete)
          #expect(Set(snapshot.keys.map(\.key)).count == shown)
          #expect("\(snapshot)".hasSuffix("there was no memory to inspect all keys"))
        }
        largestBlock.store(.max, ordering: .relaxed)
        #expect(locks.snapshot().isComplete)
        held.release()
        #expect(locks.becomesEmpty)
      }
    }
  }

  //  main             waiter
  //  holds 1
  //                   waits: reported
  //  no memory: inspections see nothing
  //  memory: not reported again
  @Test func aWaitThatWasReportedIsNotReportedAgainAfterALackOfMemory() async {
    await #expect(processExitsWith: .success) {
      await onPlainThread {
        useScarceMemory()
        let locks = LockTable<Int>.diagnosed()
        let log = Log<SlowLockWait<Int>>()
        locks.onSlowWait(threshold: .milliseconds(2)) { wait in
          if wait.key.key == 1 && !wait.isOver {
            log.add(wait)
          }
        }
        let holder = locks.acquire(1)
        let waiter = NativeThread { locks.withLock(1) {} }
        log.await()
        largestBlock.store(5_000, ordering: .relaxed)
        let before = refusedBlocks.load(ordering: .relaxed)
        while refusedBlocks.load(ordering: .relaxed) < before + 3 {
          Thread.sleep(forTimeInterval: 0.001)
        }
        largestBlock.store(.max, ordering: .relaxed)
        locks.awaitAnInspection(by: 2)
        #expect(log.events.count == 1)
        holder.release()
        waiter.join()
      }
    }
  }
}

private let largestBlock = Atomic<Int>(.max)
private let refusedBlocks = Atomic<Int>(0)

/// From now on the core gets no larger block than `largestBlock`. Before the first table is made.
private func useScarceMemory() {
  var allocator = lt_allocator_t(
    allocate: { size in
      guard size <= largestBlock.load(ordering: .relaxed) else {
        refusedBlocks.add(1, ordering: .relaxed)
        return nil
      }
      return malloc(size)
    },
    deallocate: { block, _ in free(block) })
  lt_set_allocator(&allocator)
}
