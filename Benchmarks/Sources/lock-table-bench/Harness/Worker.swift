import Dispatch

/// A thread or a task that is to do a lane's work; which of them, and with what, is forgotten here.
struct Worker {
  /// Returns what waits for the end.
  let start: () -> () -> Void
  /// What was done, when the end has come.
  let tally: () -> Tally

  static func thread<C: Contender>(_ lane: Lane<C>, _ pass: Pass) -> Self {
    thread(tally: { lane.tally }) { lane.run(pass) }
  }

  static func thread(
    tally: @escaping () -> Tally, _ body: @escaping @Sendable () -> Void
  ) -> Self {
    Self(
      start: {
        let thread = WorkerThread(body)
        return { thread.join() }
      },
      tally: tally)
  }

  static func task<C: AsyncContender>(_ lane: Lane<C>, _ pass: Pass) -> Self {
    Self(
      start: {
        let end = DispatchSemaphore(value: 0)
        Task.detached {
          await lane.runInTask(pass)
          end.signal()
        }
        return { end.wait() }
      },
      tally: { lane.tally })
  }
}
