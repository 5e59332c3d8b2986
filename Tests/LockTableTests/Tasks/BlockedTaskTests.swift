import Foundation
import LockTable
import Testing

/// A synchronous form that is called from a task by way of a synchronous function: the compiler lets it
/// pass, and the table notices once it is about to put the thread to sleep.
@Suite(.watched) struct BlockedTaskTests {
  @Test func aTaskThatIsAboutToBlockEndsTheProcessIfItIsToTrap() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      await blockOnce(table(.trap, for: String.self), "account-42\n", .exclusive)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("LockTable: withLock(_:_:), acquire(_:), or the same with mode:, all:"))
    #expect(text.contains("about to block a thread that runs a task"))
    #expect(text.contains(#"for the key account-42\n. Use the asynchronous form: try await"#))
  }

  @Test func aBlockedTaskIsReportedOnceForEachTableByDefault() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      for name in ["one", "two"] {
        let locks = LockTable<String>()
        for _ in 0..<3 {
          await blockOnce(locks, name, .exclusive)
        }
        precondition(locks.blockedTaskCount == 3 && locks.statistics().blockedTasks == 3)
      }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("LockTable: ") }
    #expect(lines.count == 2)
    #expect(lines.first?.contains("for the key one.") == true)
    #expect(lines.last?.contains("for the key two.") == true)
    #expect(lines.allSatisfy { $0.contains("blockedTaskCount") })
  }

  @Test func theReportSaysHowTheKeyIsWanted() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      await blockOnce(table(.report, for: Int.self), -1, .exclusive)
      await blockOnce(table(.report, for: [UInt8].self), [1, 255], .exclusiveTimed)
      await blockOnce(table(.report, for: Place.self), .shelf(3), .shared)
      await blockOnce(table(.report, for: FoldedName.self), .init(name: "Anna"), .sharedTimed)
      await blockOnce(table(.report, for: Int.self), 7, .multiKey)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("LockTable: ") }
    let expected = [
      ("withLock(_:_:), acquire(_:)", "-1"), ("withLock or acquire, with timeout:", "0x01ff"),
      ("withSharedLock(_:_:), acquireShared(_:)", "shelf(3)"),
      ("withSharedLock or acquireShared,", "anna"), ("withLock(_:_:), acquire(_:)", "7"),
    ]
    #expect(lines.count == expected.count)
    for (line, (call, key)) in zip(lines, expected) {
      #expect(line.hasPrefix("LockTable: \(call)") && line.contains("for the key \(key)."))
    }
  }

  @Test func anAllowedBlockIsCountedAndNotReported() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let locks = table(.allow, for: String.self)
      await blockOnce(locks, "k", .exclusive)
      precondition(locks.blockedTaskCount == 1)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(!text.contains("LockTable"))
  }

  //  thread     task, on a pool thread
  //  holds k
  //             sleeps for k: counted
  //  releases
  //             has k
  @Test(arguments: LockTableConfiguration.Fairness.both, Wish.allCases)
  func aTaskThatBlocksIsCounted(fairness: LockTableConfiguration.Fairness, wish: Wish) async {
    let locks = LockTable<String>(
      configuration: .init(fairness: fairness, blockingInTasks: .allow))
    await blockOnce(locks, "k", wish)
    #expect(locks.blockedTaskCount == 1 && locks.statistics().blockedTasks == 1)
    #expect(locks.isEmpty)
  }

  @Test func aTaskThatNeedNotWaitIsNotCounted() async {
    let locks = table(.trap, for: String.self)
    await Task { wait(for: "k", in: locks, .exclusive) }.value
    #expect(locks.blockedTaskCount == 0)
  }

  @Test func aThreadThatBlocksIsNotCounted() async {
    let locks = table(.trap, for: String.self)
    await onPlainThread {
      let holder = locks.acquire("k")
      let thread = NativeThread { locks.withLock("k") {} }
      thread.waitUntilAsleep()
      holder.release()
      thread.join()
    }
    #expect(locks.blockedTaskCount == 0)
  }
}

/// How a synchronous function wants a key.
enum Wish: CaseIterable {
  case exclusive, exclusiveTimed, shared, sharedTimed, multiKey
}

private func table<Key>(
  _ policy: LockTableConfiguration.BlockingInTasks, for key: Key.Type
) -> LockTable<Key> {
  LockTable(configuration: .init(blockingInTasks: policy))
}

/// A task waits for the key by a form for threads, until it is counted.
private func blockOnce<Key>(_ locks: LockTable<Key>, _ key: Key, _ wish: Wish) async {
  let before = locks.blockedTaskCount
  let parcel = Parcel(locks.acquireIfAvailable(key))
  let task = Task { wait(for: key, in: locks, wish) }
  await onPlainThread {
    // Asleep: the task may have to wait long for a thread of the pool.
    while locks.blockedTaskCount == before {
      usleep(1000)
    }
    parcel.take()?.release()
  }
  await task.value
}

private func wait<Key>(for key: Key, in locks: LockTable<Key>, _ wish: Wish) {
  let hour = Duration.seconds(3600)
  switch wish {
  case .exclusive: locks.withLock(key) {}
  case .exclusiveTimed: try? locks.withLock(key, timeout: hour) {}
  case .shared: locks.withSharedLock(key) {}
  case .sharedTimed: try? locks.acquireShared(key, until: .now + hour).release()
  case .multiKey: locks.withLock(all: [key]) {}
  }
}
