import Foundation
import LockTable
import Testing

/// One rule for all forms that throw: a task that was cancelled before the previous holder released the
/// key does not get it.
@Suite(.watched) struct CancellationRuleTests {
  @Test(arguments: AnyForm.all)
  func aCancelledTaskDoesNotGetAFreeKey(form: AnyForm) async {
    let locks = LockTable<String>()
    let runs = Tally()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Outcome.of { try await form.run("k", of: locks) { runs.add() } }
    }
    #expect(await task.value == .cancelled)
    #expect(runs.count == 0)
    #expect(locks.isEmpty)
  }

  //  holder      task
  //  holds k
  //              calls, looks k up …
  //              is cancelled
  //  releases
  //              … finds k free: gives it back
  @Test(arguments: AnyForm.all, LockTableConfiguration.Fairness.both)
  func aTaskThatIsCancelledInTheMiddleOfTheCallDoesNotGetTheKey(
    form: AnyForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<ScriptedKey>(
        configuration: .init(fairness: fairness, stripeCount: 1))
      let executor = SteppedExecutor()
      let (pause, runs) = (Pause(), Tally())
      let holder = locks.acquire(ScriptedKey(1))
      let task = Attempt(on: executor) {
        try await form.run(ScriptedKey(1, pause: pause), of: locks) { runs.add() }
      }
      let driver = executor.drive()
      pause.waitForArrival()
      task.cancel()
      holder.release()
      pause.resume()
      task.join()
      executor.stop(driver)
      #expect(task.outcome == .cancelled)
      #expect(runs.count == 0)
      #expect(locks.isEmpty)
    }
  }

  //  holder      task         next
  //  holds k
  //              waits
  //                           waits
  //              is cancelled: leaves, or is woken later and gives k back
  //  releases
  //                           holds k
  @Test(arguments: AnyForm.all, LockTableConfiguration.Fairness.both)
  func aTaskThatIsCancelledBeforeTheReleaseDoesNotGetTheKey(
    form: AnyForm, fairness: LockTableConfiguration.Fairness
  ) async {
    await onPlainThread {
      let locks = LockTable<String>.unmonitored(.init(fairness: fairness))
      let executor = SteppedExecutor()
      let runs = Tally()
      let holder = locks.acquire("k")
      let task = executor.start { try await form.run("k", of: locks) { runs.add() } }
      let next = executor.start { try await locks.withLock("k") {} }
      task.cancel()
      holder.release()
      executor.drain()
      #expect(task.outcome == .cancelled && runs.count == 0)
      #expect(next.outcome == .had)
      #expect(locks.isEmpty)
    }
  }

  /// By chance, what is forced above: in some rounds the task is between its call and the key.
  @Test func aReleaseAfterACancellationNeverStartsABody() async {
    await onPlainThread {
      let locks = LockTable<Int>()
      var dice = Dice(42)
      let runs = Tally()
      for round in 0..<Load.scaled(2400) {
        let form = AnyForm.all[round % AnyForm.all.count]
        let started = Tally()
        let holder = locks.acquire(1)
        let task = Attempt {
          started.add()
          try await form.run(1, of: locks) { runs.add() }
        }
        while started.count == 0 {
          sched_yield()
        }
        for _ in 0..<Int.random(in: 0..<60, using: &dice) {
          _ = started.count
        }
        task.cancel()
        holder.release()
        task.join()
        #expect(task.outcome == .cancelled)
      }
      #expect(runs.count == 0)
      #expect(locks.isEmpty)
    }
  }

  /// They never wait, so they have nothing to end early.
  @Test func aCancelledTaskMayTry() async {
    let locks = LockTable<String>()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      let one = await locks.withLockIfAvailable("k") { locks.count }
      let shared = await locks.withSharedLockIfAvailable("k") { locks.count }
      let several = await locks.withLockIfAvailable(all: ["k", "l"]) { locks.count }
      let mixed = await locks.withLockIfAvailable(exclusive: ["k"], shared: ["l"]) { locks.count }
      let held = locks.acquireIfAvailable("k")
      let count = locks.count
      _ = consume held
      return [one, shared, several, mixed, count]
    }
    #expect(await task.value == [1, 1, 2, 2, 1])
    #expect(locks.isEmpty)
  }
}

/// A way for a task to wait for a key, either way.
enum AnyForm: Sendable, CustomStringConvertible {
  case exclusive(Form)
  case shared(SharedForm)

  static let all = Form.allCases.map(Self.exclusive) + SharedForm.allCases.map(Self.shared)

  var description: String {
    switch self {
    case .exclusive(let form): "\(form)"
    case .shared(let form): "shared \(form)"
    }
  }

  // Not optimised, for the sake of compile time: see `Form.run`.
  @_optimize(none)
  nonisolated(nonsending) func run<Key>(
    _ key: Key, of locks: LockTable<Key>, limit: Duration = .seconds(3600),
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    switch self {
    case .exclusive(let form): try await form.run(key, of: locks, limit: limit, body)
    case .shared(let form): try await form.run(key, of: locks, limit: limit, body)
    }
  }
}
