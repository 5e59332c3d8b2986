import Foundation
import LockTable
import Testing

/// A synchronous form that is called from a task by way of a synchronous function: the compiler lets it
/// pass, and the table does not, once it is about to put the thread to sleep.
@Suite(.watched) struct BlockedTaskTests {
  #if DEBUG
    @Test func aTaskThatIsAboutToBlockEndsTheProcessWithASentence() async throws {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let locks = LockTable<String>()
        let holder = try await locks.acquire("k")
        await Task { block(locks) }.value
        holder.release()
      }
      let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(
        text.contains("LockTable: a synchronous form is about to block a thread that runs a task"))
    }
  #else
    //  thread     task, on a pool thread
    //  holds k
    //             sleeps for k: counted
    //  releases
    //             has k
    @Test(arguments: LockTableConfiguration.Fairness.both)
    func aTaskThatBlocksIsCounted(fairness: LockTableConfiguration.Fairness) async {
      let locks = LockTable<String>(configuration: .init(fairness: fairness))
      let parcel = Parcel(locks.acquireIfAvailable("k"))
      let task = Task { block(locks) }
      await onPlainThread {
        while locks.blockedTaskCount == 0 {
          sched_yield()
        }
        parcel.take()?.release()
      }
      await task.value
      #expect(locks.blockedTaskCount == 1 && locks.statistics().blockedTasks == 1)
      #expect(locks.isEmpty)
    }
  #endif

  @Test func aTaskThatNeedNotWaitIsNotCounted() async {
    let locks = LockTable<String>()
    await Task { block(locks) }.value
    #expect(locks.blockedTaskCount == 0)
  }
}

private func block(_ locks: LockTable<String>) {
  locks.withLock("k") {}
}
